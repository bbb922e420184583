/** What numbers in journeys stand for, as told so far: for clients that come later. */
import type { Dictionary } from "../collector/messages.js";

type Interface = Dictionary["interfaces"][number];
type Stack = Dictionary["stacks"][number];

/** A node on which containers come and go makes interfaces for ever; journeys of the oldest are long forgotten. */
const MAX_INTERFACES = 65_536;

/** The dictionary of a trace that runs. */
export class KnownNames {
  /** The one that was told last is the last. */
  readonly #interfaces = new Map<string, Interface>();
  readonly #stacks = new Map<number, Stack>();

  /** Takes what is new; an interface that was renamed replaces the older one. */
  add({ interfaces, stacks }: Dictionary): void {
    for (const one of interfaces) this.#addInterface(`${one.netns}/${one.ifindex}`, one);
    for (const one of stacks) this.#stacks.set(one.stackId, one);
  }

  #addInterface(key: string, one: Interface): void {
    this.#interfaces.delete(key);
    this.#interfaces.set(key, one);
    if (this.#interfaces.size <= MAX_INTERFACES) return;
    const [oldest = ""] = this.#interfaces.keys();
    this.#interfaces.delete(oldest);
  }

  /** Everything so far. */
  get all(): Dictionary {
    return { interfaces: [...this.#interfaces.values()], stacks: [...this.#stacks.values()] };
  }
}
