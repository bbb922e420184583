import assert from "node:assert/strict";
import { it } from "node:test";
import { DictionaryWriter } from "../../src/collector/dictionary.js";
import type { CallStack } from "../../src/collector/messages.js";
import { Slab } from "../../src/journey/slab.js";
import { LOST_STACK } from "../../src/kernel/stacks.js";

it("tells a stack once, without the program's own frames, and says of those that were not kept that they were not", () => {
  const told: CallStack[] = [];
  const symbols = () => ({
    at: (address: number) => ["prog [bpf]", "ip_rcv+0x1", "netif+0x2"][address] ?? "",
    near: String,
  });
  const dictionary = new DictionaryWriter({ read: () => [0, 1, 2] }, symbols, ({ stacks }) => told.push(...stacks));
  const slab = new Slab(3, 3, 0);
  for (const stack of [7, LOST_STACK, 0]) {
    const slot = slab.takeSlot();
    slab.endStack[slot] = stack;
    dictionary.prepare(slab, slot);
    dictionary.prepare(slab, slot);
  }
  assert.deepEqual(told, [
    { stackId: 7, frames: ["ip_rcv+0x1", "netif+0x2"] },
    { stackId: LOST_STACK, frames: ["[lost: another stack has its place]"] },
  ]);
});
