import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Btf, Kind } from "../../src/btf/btf.js";
import { enumNames } from "../../src/btf/lookup.js";
import { functionPosition, skbFunctions, skbTracepoints, tracepointArgumentCount } from "../../src/btf/sk-buff.js";
import { KERNEL_BTF, kernelTest, whyNoBtf } from "../helpers/require-kernel.js";

kernelTest("the running kernel's BTF tells what it is known to have", whyNoBtf, () => {
  const btf = new Btf(readFileSync(KERNEL_BTF));
  assert.ok(btf.count > 10_000, `${btf.count} types`);
  const positions = skbFunctions(btf);
  // int ip_rcv(skb, …); int ip_output(net, sk, skb): so since Linux 4.4.
  for (const [name, position] of [
    ["ip_rcv", 1],
    ["ip_output", 3],
    ["__alloc_skb", 0],
  ] as const) {
    assert.equal(positions.get(name) ?? 0, position, name);
    assert.equal(functionPosition(btf, name), position, name);
  }
  const tracepoints = new Map(skbTracepoints(btf).map((one) => [one.name, one]));
  assert.equal(tracepoints.get("net_dev_queue")?.position, 1);
  assert.equal(tracepoints.get("kfree_skb")?.position, 1);
  assert.equal(tracepoints.get("kfree_skb")?.argumentCount, tracepointArgumentCount(btf, "kfree_skb"));
  assert.equal(tracepoints.has("sched_switch"), false);
  const reasons = enumNames(btf, "skb_drop_reason");
  // Since Linux 5.17; what is named there has kept its name.
  if (reasons.size > 0) assert.ok([...reasons.values()].includes("SKB_DROP_REASON_NO_SOCKET"));
});

kernelTest("a function is the same one whether it is asked for first, or after many", whyNoBtf, () => {
  const bytes = readFileSync(KERNEL_BTF);
  const asked = new Btf(bytes);
  // The first one of each name counts, and names are many.
  const functions = asked.ofKind(Kind.FUNC).filter((_, n) => n % 997 === 0);
  const names = [...functions].map((id) => asked.name(id));
  assert.ok(names.length > 30, `${names.length} functions`);
  for (const name of [...names, "no_such_function", ""]) {
    assert.equal(asked.find(Kind.FUNC, name), new Btf(bytes).find(Kind.FUNC, name), name);
  }
});
