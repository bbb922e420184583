import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { numbersOf, ownCapabilities } from "../../src/kernel/execution.js";
import { bitsOf, type Needs, neededCapabilities, planOf } from "../../src/security/confine.js";

const root: Needs = { isRoot: true, lowPorts: false, measures: false, probes: false };
const ALL = (1n << 41n) - 1n;
const SETPCAP = bitsOf(["CAP_SETPCAP"]);

describe("capabilities of the server", () => {
  const needs: [what: string, needs: Needs, more: string[]][] = [
    ["root", root, []],
    ["root at a port below 1024", { ...root, lowPorts: true }, ["CAP_NET_BIND_SERVICE"]],
    ["root that measures", { ...root, measures: true }, ["CAP_SYS_ADMIN"]],
    ["root of a kernel whose probes take it", { ...root, probes: true }, ["CAP_SYS_ADMIN"]],
    ["another user", { ...root, isRoot: false }, ["CAP_DAC_OVERRIDE"]],
  ];
  for (const [what, given, more] of needs) {
    it(`are few for ${what}`, () => {
      assert.deepEqual(neededCapabilities(given), ["CAP_BPF", "CAP_PERFMON", "CAP_SYSLOG", ...more]);
    });
  }

  const own = bitsOf(neededCapabilities(root));
  const plans: [what: string, permitted: bigint, needs: Needs, plan: ReturnType<typeof planOf>][] = [
    ["all", ALL, root, "execute-again"],
    ["what is needed", own, root, "nothing"],
    ["less", own & ~bitsOf(["CAP_SYSLOG"]), root, "nothing"],
    ["none", 0n, root, "nothing"],
    ["one too many, for root that may not bound", ALL & ~SETPCAP, root, "impossible"],
    ["one too many, for another user", own | bitsOf(["CAP_SYS_ADMIN"]), { ...root, isRoot: false }, "execute-again"],
  ];
  for (const [what, permitted, given, plan] of plans) {
    it(`${what}: ${plan}`, () => assert.equal(planOf({ permitted }, given), plan));
  }

  it("are read as the kernel writes them", () => {
    const text =
      "Name:\tnode\nCapInh:\t0000000000000000\nCapPrm:\t000000c400000000\nCapEff:\t0000000000000001\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000402\n";
    const { permitted, bounding, ambient } = ownCapabilities(text);
    assert.deepEqual([numbersOf(permitted), bounding, numbersOf(ambient)], [[34, 38, 39], ALL, [1, 10]]);
  });
});
