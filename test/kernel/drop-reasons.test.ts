import assert from "node:assert/strict";
import { it } from "node:test";
import { Btf, Kind } from "../../src/btf/btf.js";
import { readDropReasons, reasonsOf } from "../../src/kernel/drop-reasons.js";
import { BtfBuilder } from "../btf/builder.js";

function tableOf(...enums: [name: string, values: [name: string, value: number][]][]): Btf {
  const builder = new BtfBuilder();
  for (const [name, values] of enums) builder.items(Kind.ENUM, name, 4, values);
  return new Btf(builder.bytes());
}

const kernel = tableOf(
  [
    "skb_drop_reason",
    [
      ["SKB_NOT_DROPPED_YET", 0],
      ["SKB_CONSUMED", 1],
      ["SKB_DROP_REASON_NO_SOCKET", 3],
    ],
  ],
  [
    "skb_drop_reason_subsys",
    [
      ["SKB_DROP_REASON_SUBSYS_CORE", 0],
      ["SKB_DROP_REASON_SUBSYS_QDISC", 3],
    ],
  ],
  [
    "qdisc_drop_reason",
    [
      ["__QDISC_DROP_REASON", 0x3_0000],
      ["QDISC_DROP_OVERLIMIT", 0x3_0001],
    ],
  ],
);

it("reasons have the names of the kernel without their prefixes", () => {
  const { names, subsystems } = readDropReasons(kernel, []);
  assert.deepEqual(Object.fromEntries(names), {
    0: "YET",
    1: "SKB_CONSUMED",
    3: "NO_SOCKET",
    [0x3_0001]: "OVERLIMIT",
  });
  assert.deepEqual(Object.fromEntries(subsystems), { 0: "core", 3: "qdisc" });
});

it("a kernel without subsystems has the core", () => {
  const { names, subsystems } = readDropReasons(tableOf(), ["openvswitch"]);
  assert.deepEqual([[...names], [...subsystems]], [[], [[0, "core"]]]);
});

it("reasons of a module have names", () => {
  const ovs = tableOf([
    "ovs_drop_reason",
    [
      ["__OVS_DROP_REASON", 0x3_0000],
      ["OVS_DROP_LAST_ACTION", 0x3_0001],
    ],
  ]);
  assert.deepEqual(reasonsOf(ovs, "ovs_drop_reason"), [[0x3_0001, "LAST_ACTION"]]);
});
