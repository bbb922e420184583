import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { enumNames, structOffsets } from "../../src/btf/lookup.js";
import { countersLayout, FlowFlag, flowLayout, HopFlag, hopLayout, interfaceLayout } from "../../src/decode/layout.js";
import { packetViewLayout, ViewLayer } from "../../src/ebpf/view.js";
import { PacketField, packetFieldsLayout } from "../../src/filter/packet-fields.js";
import { EndReason, LinkKind } from "../../src/gen/ipftrace/v1/journey.js";
import { trackedLayout } from "../../src/kernel/counters.js";
import { lifeKinds } from "../../src/kernel/life-probes.js";
import { hitSides, slotLayout, stackModes } from "../../src/kernel/rodata.js";
import { objectBtf } from "./built-object.js";

/** User space's idea of each struct: offsets of its members, and its size under the empty name. */
const structs: Record<string, Record<string, number>> = {
  hop_record: sizeUnnamed(hopLayout),
  flow_record: sizeUnnamed(flowLayout),
  interface_record: sizeUnnamed(interfaceLayout),
  counters: sizeUnnamed(countersLayout),
  slot: sizeUnnamed(slotLayout),
  tracked: sizeUnnamed(trackedLayout),
  packet_view: sizeUnnamed(packetViewLayout),
  packet_fields: sizeUnnamed(packetFieldsLayout),
  full_record: { "": hopLayout.size + flowLayout.size, hop: 0, flow: hopLayout.size },
};

function sizeUnnamed({ size, ...offsets }: Record<string, number> & { size: number }): Record<string, number> {
  return { "": size, ...offsets };
}

/** What nobody reads or writes need not be known. */
function withoutReserved(offsets: Iterable<readonly [string, number]>): Record<string, number> {
  return Object.fromEntries([...offsets].filter(([name]) => name !== "reserved"));
}

const enums: [name: string, prefix: string, values: Record<string, number>][] = [
  ["hop_flag", "HOP_", HopFlag],
  ["flow_flag", "FLOW_", FlowFlag],
  ["stack_mode", "STACKS_", { NONE: stackModes.none, OF_DROPS: stackModes.drops, OF_ALL: stackModes.all }],
  [
    "life_kind",
    "LIFE_",
    Object.fromEntries(Object.entries(lifeKinds).map(([name, kind]) => [name.toUpperCase(), kind])),
  ],
  ["hit_side", "SIDE_", { UNKNOWN: hitSides.unknown, RECEIVE: hitSides.receive, SEND: hitSides.send }],
  ["view_layer", "LAYER_", ViewLayer],
  ["packet_field", "FIELD_", PacketField],
  [
    "end_reason",
    "END_",
    {
      NONE: EndReason.END_REASON_UNSPECIFIED,
      EGRESS: EndReason.END_REASON_EGRESS,
      DROPPED: EndReason.END_REASON_DROPPED,
      CONSUMED: EndReason.END_REASON_CONSUMED,
      REUSED: EndReason.END_REASON_REUSED,
    },
  ],
  [
    "link_kind",
    "LINK_",
    {
      NONE: LinkKind.LINK_KIND_UNSPECIFIED,
      CONTINUATION: LinkKind.LINK_KIND_CONTINUATION,
      CLONE: LinkKind.LINK_KIND_CLONE,
      COPY: LinkKind.LINK_KIND_COPY,
      SEGMENT: LinkKind.LINK_KIND_SEGMENT,
      MERGE: LinkKind.LINK_KIND_MERGE,
      FRAGMENT: LinkKind.LINK_KIND_FRAGMENT,
      REASSEMBLY: LinkKind.LINK_KIND_REASSEMBLY,
    },
  ],
];

describe("layout of the built BPF object", () => {
  for (const [name, layout] of Object.entries(structs)) {
    it(`struct ${name} lies where user space reads it`, () => {
      const built = structOffsets(objectBtf, name);
      assert.ok(built !== undefined, `the object's BTF has no struct ${name}`);
      assert.deepEqual(withoutReserved(built), withoutReserved(Object.entries(layout)));
    });
  }

  for (const [name, prefix, values] of enums) {
    it(`enum ${name} has the values that user space knows`, () => {
      const built = [...enumNames(objectBtf, name)].map(([value, text]) => [text, value]);
      const known = Object.entries(values).map(([text, value]) => [prefix + text, value]);
      assert.deepEqual(Object.fromEntries(built), Object.fromEntries(known));
    });
  }
});
