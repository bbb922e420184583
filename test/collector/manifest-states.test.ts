import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestStates, resolveManifest } from "../../src/collector/resolve.js";
import { FunctionState, Manifest } from "../../src/gen/ipftrace/v1/manifest.js";
import { fakeKernel } from "./fake-kernel.js";

const kernel = fakeKernel({ positions: { ip_rcv: 1, ip_output: 3 }, tracepoints: { net_dev_queue: 1, kfree_skb: 1 } });
const every = (): boolean => true;

/** A manifest of one group. */
function manifest(...functions: { name: string; egress?: boolean }[]): Manifest {
  return Manifest.fromPartial({ groups: [{ name: "g", functions }] });
}

describe("egress marks", () => {
  for (const name of ["kfree_skb", "kfree_skb_reason", "sk_skb_reason_drop", "consume_skb", "__kfree_skb"]) {
    it(`are not for ${name}: the end that follows it tells more`, () => {
      const freeing = fakeKernel({ positions: { [name]: 1 } });
      const [once] = manifestStates(manifest({ name, egress: true }), freeing, "kprobe");
      assert.deepEqual([once?.egress, once?.state], [false, FunctionState.FUNCTION_STATE_ATTACHABLE]);
      const [twice] = manifestStates(manifest({ name }, { name, egress: true }), freeing, "kprobe");
      assert.equal(twice?.egress, false);
    });
  }

  it("are for functions and tracepoints alike, before or after another mention without", () => {
    for (const name of ["ip_output", "tracepoint:net_dev_queue"]) {
      for (const marks of [
        [true, false],
        [false, true],
      ]) {
        const states = manifestStates(manifest(...marks.map((egress) => ({ name, egress }))), kernel, "kprobe");
        assert.deepEqual(
          states.map((one) => [one.name, one.egress]),
          [[name, true]],
        );
      }
    }
  });
});

describe("groups", () => {
  it("tell a function that several list in the first of them", () => {
    const listed = Manifest.fromPartial({
      groups: [
        { name: "a", functions: [{ name: "ip_rcv" }, { name: "ip_output" }] },
        { name: "b", functions: [{ name: "ip_output" }, { name: "no_such" }] },
      ],
    });
    const states = manifestStates(listed, kernel, "kprobe").map(({ name, group }) => `${group}/${name}`);
    assert.deepEqual(states, ["a/ip_rcv", "a/ip_output", "b/no_such"]);
  });
});

describe("a trace", () => {
  it("looks for no similar names: it must start soon", () => {
    const { skipped } = resolveManifest(manifest({ name: "ip_recv" }), kernel, "kprobe", every);
    assert.deepEqual(
      skipped.map(({ reason }) => reason),
      ["this kernel has no such function"],
    );
  });

  it("of tracepoints that are all missing does not become one of others", () => {
    const listed = manifest({ name: "tracepoint:gone" }, { name: "ip_rcv" });
    const { traced, skipped } = resolveManifest(listed, kernel, "tracepoint", every);
    assert.deepEqual(traced, []);
    assert.deepEqual(
      skipped.map(({ name }) => name),
      ["tracepoint:gone", "ip_rcv"],
    );
  });
});
