/**
 * Public numbers of journeys that are closed, for those that come from them later. Bounded:
 * most packets leave nothing behind.
 */
const MAX_KEPT = 65_536;

/** Kernel number → public number, the oldest forgotten first. */
export class ClosedIds {
  readonly #ids = new Map<number, number>();

  /** Remembers a journey. */
  put(key: number, publicId: number): void {
    if (this.#ids.size >= MAX_KEPT) {
      const [oldest] = this.#ids.keys();
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    this.#ids.set(key, publicId);
  }

  /** The public number; 0 when it is not known. */
  get(key: number): number {
    return this.#ids.get(key) ?? 0;
  }
}
