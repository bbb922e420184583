/**
 * Public numbers of journeys that ended with an egress function, for the journeys in
 * which their packets go on. Bounded: packets that leave the node never go on.
 */
const MAX_KEPT = 65_536;

/** Kernel number → public number, the oldest forgotten first. */
export class ParentIds {
  readonly #ids = new Map<number, number>();

  /** Remembers a journey. */
  put(key: number, publicId: number): void {
    if (this.#ids.size >= MAX_KEPT) {
      const [oldest] = this.#ids.keys();
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    this.#ids.set(key, publicId);
  }

  /** The public number, once; 0 when it is not known. */
  take(key: number): number {
    if (key === 0) return 0;
    const publicId = this.#ids.get(key) ?? 0;
    this.#ids.delete(key);
    return publicId;
  }
}
