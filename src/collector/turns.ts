/**
 * Costly questions to a thread that must not be long away from its rings.
 *
 * Problem: Node.js hands over all messages of a port before anything else gets a turn; ten clients that list the
 *          modules kept every ring unread for seconds.
 * Choice:  one question after the other, and a turn of the event loop, in which timers fire, before each.
 */

/** Resolves when whatever else is due has had its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Answers questions in the order in which they come. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** What `answer` gives, when those before it have been given. */
  take<T>(answer: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(turn).then(answer);
    this.#last = mine.catch(() => {});
    return mine;
  }
}
