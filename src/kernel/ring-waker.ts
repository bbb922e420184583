/**
 * Says when to drain the ring: no timer while nothing happens, one drain a millisecond
 * while something does.
 *
 * Problem: waiting for every event on the map's file descriptor makes the kernel send
 *          40,000 wake-ups a second, which the traced packets pay for; a timer alone
 *          costs 5 % of a CPU for nothing.
 * Choice:  the descriptor is watched only while the ring is idle. Once it fires, a timer
 *          takes over until it has found the ring empty for some ticks. First event after
 *          silence: 0.1 ms; under load: 1 ms.
 */
import koffi from "koffi";

const TICK_MS = 1;
/** Empty ticks after which the ring counts as idle: more than a scheduling hiccup, less than a blink. */
const IDLE_TICKS = 20;

/** koffi's binding of uv_poll: exported and typed, but not in its manual. */
type PollHandle = ReturnType<typeof koffi.node.poll>;

/** Watches one ring until {@link close}. */
export class RingWaker {
  readonly #drain: () => number;
  readonly #poll: PollHandle;
  #timer: NodeJS.Timeout | undefined;
  #emptyTicks = 0;

  /** `drain` empties the ring and returns how many records it found (or more than 0 when it wants to be called again). */
  constructor(mapFd: number, drain: () => number) {
    this.#drain = drain;
    this.#poll = koffi.node.poll(mapFd, { readable: true }, () => this.#wake());
  }

  #wake(): void {
    this.#poll.stop();
    this.#emptyTicks = 0;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  #tick(): void {
    this.#emptyTicks = this.#drain() > 0 ? 0 : this.#emptyTicks + 1;
    if (this.#emptyTicks < IDLE_TICKS || this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#poll.start({ readable: true }, () => this.#wake());
  }

  /** Stops watching; `drain` is not called any more. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#poll.close();
  }
}
