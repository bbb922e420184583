/** What numbers in journeys stand for, as told so far: for clients that come later. */
import type { Dictionary } from "../collector/messages.js";

type Interface = Dictionary["interfaces"][number];
type Stack = Dictionary["stacks"][number];

/** The dictionary of a trace that runs. */
export class KnownNames {
  readonly #interfaces = new Map<string, Interface>();
  readonly #stacks = new Map<number, Stack>();

  /** Takes what is new; an interface that was renamed replaces the older one. */
  add({ interfaces, stacks }: Dictionary): void {
    for (const one of interfaces) this.#interfaces.set(`${one.netns}/${one.ifindex}`, one);
    for (const one of stacks) this.#stacks.set(one.stackId, one);
  }

  /** Everything so far. */
  get all(): Dictionary {
    return { interfaces: [...this.#interfaces.values()], stacks: [...this.#stacks.values()] };
  }
}
