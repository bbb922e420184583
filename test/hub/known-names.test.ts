import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KnownNames } from "../../src/hub/known-names.js";

const eth = (ifindex: number, name = `eth${ifindex}`) => ({ netns: 1, ifindex, name });

describe("names that are known", () => {
  it("are all that were told, a renamed interface once", () => {
    const names = new KnownNames();
    names.add({ interfaces: [eth(1), eth(2)], stacks: [{ stackId: 7, frames: ["ip_rcv"] }] });
    names.add({ interfaces: [eth(1, "wan")], stacks: [] });
    assert.deepEqual(names.all, {
      interfaces: [eth(2), eth(1, "wan")],
      stacks: [{ stackId: 7, frames: ["ip_rcv"] }],
    });
  });

  it("of interfaces are the newest 65,536", () => {
    const names = new KnownNames();
    for (let ifindex = 1; ifindex <= 65_537; ifindex++) names.add({ interfaces: [eth(ifindex)], stacks: [] });
    const { interfaces } = names.all;
    assert.deepEqual([interfaces.length, interfaces[0]?.ifindex, interfaces.at(-1)?.ifindex], [65_536, 2, 65_537]);
  });
});
