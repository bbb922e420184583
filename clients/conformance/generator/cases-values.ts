/** Values at the edges of the contract. */
import { Buffer } from "node:buffer";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { CustomField, CustomKind, CustomSchema, CustomValue } from "../../../src/gen/ipftrace/v1/custom.js";
import { Flow } from "../../../src/gen/ipftrace/v1/flow.js";
import { DropReason, Hop, JourneyLink, PacketJourney } from "../../../src/gen/ipftrace/v1/journey.js";
import type { LossStage } from "../../../src/gen/ipftrace/v1/loss.js";
import type { FunctionState } from "../../../src/gen/ipftrace/v1/manifest.js";
import type { Backend } from "../../../src/gen/ipftrace/v1/node.js";
import { TraceEnded, type TraceEndReason, TraceStarted } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { account, batch, ended, flow, hop, journey, schemas, started, stream, value } from "./build.js";
import type { Case } from "./case.js";

const MAX_64 = 2n ** 64n - 1n;
const MAX_32 = 2 ** 32 - 1;

const everyStage = {
  stage: 1,
  lostEvents: MAX_64,
  totalLostEvents: MAX_64,
  firstTimeNs: MAX_64,
  lastTimeNs: MAX_64,
  totalCutJourneys: MAX_64,
} as const;

const maximum: Case = {
  name: "maximum-values",
  about: "The largest value of every number; start_time_ns + delta_ns never exceeds 64 bits.",
  messages: stream([
    {
      $case: "attachProgress",
      value: { attached: MAX_32, total: MAX_32 },
    },
    started({
      clock: { monotonicNs: MAX_64, boottimeNs: MAX_64, realtimeNs: MAX_64 },
      traceId: MAX_64,
      attachedFunctions: MAX_32,
      functions: [{ functionId: MAX_32, name: "ip_rcv", module: "", group: "", egress: true }],
      interfaces: [{ netns: MAX_32, ifindex: MAX_32, name: "veth-fifteen-by" }],
      schemas: schemas({
        most: [
          { name: "unsigned", kind: CustomKind.CUSTOM_KIND_UNSIGNED, fieldId: MAX_32 },
          { name: "least", kind: CustomKind.CUSTOM_KIND_SIGNED },
          { name: "signed", kind: CustomKind.CUSTOM_KIND_SIGNED },
          { name: "hex", kind: CustomKind.CUSTOM_KIND_HEX },
          {
            name: "flags",
            kind: CustomKind.CUSTOM_KIND_FLAGS,
            names: [{ value: 2n ** 63n, name: "TOP" }],
          },
          { name: "enum", kind: CustomKind.CUSTOM_KIND_ENUM, names: [{ value: MAX_64, name: "LAST" }] },
        ],
      }),
    }),
    { $case: "dictionary", value: { interfaces: [], stacks: [{ stackId: MAX_32, frames: ["ip_rcv+0x0"] }] } },
    batch(
      journey(MAX_64, {
        startTimeNs: MAX_64 - 1n,
        durationNs: MAX_64,
        lostHops: MAX_32,
        endStackId: MAX_32,
        process: { pid: MAX_32, tid: MAX_32, comm: "fifteen-bytes-x" },
        flow: flow(255, "255.255.255.255 65535", "255.255.255.255 65535", { icmp: { type: 255, code: 255 } }),
        dropReason: { code: MAX_32, name: "LAST", subsystem: "", location: "x+0xffffffffffffffff" },
        links: [{ journeyId: MAX_64, role: 1, kind: 7 }],
        hops: [
          hop(1n, MAX_32, {
            cpu: MAX_32,
            ifindex: MAX_32,
            netns: MAX_32,
            length: MAX_32,
            stackId: MAX_32,
            custom: [
              value(MAX_32, MAX_64),
              value(2, { signed: -(2n ** 63n) }),
              value(3, { signed: 2n ** 63n - 1n }),
              value(4, MAX_64),
              value(5, MAX_64),
              value(6, MAX_64),
            ],
          }),
        ],
      }),
    ),
    { $case: "loss", value: { stages: [everyStage] } },
    {
      $case: "heartbeat",
      value: { monotonicNs: MAX_64, account: account({ seenEvents: MAX_64, lost: [everyStage] }) },
    },
    ended({
      account: account({
        seenEvents: MAX_64,
        filteredEvents: MAX_64,
        deliveredEvents: MAX_64,
        matchedPackets: MAX_64,
        deliveredJourneys: MAX_64,
        deliveredHops: MAX_64,
      }),
    }),
  ]),
};

/** Fields that no version of the contract has, one of each wire type. */
const later = new BinaryWriter()
  .uint32((1000 << 3) | WireType.Varint)
  .uint64(MAX_64)
  .uint32((1001 << 3) | WireType.LengthDelimited)
  .string("later")
  .uint32((1002 << 3) | WireType.Bit64)
  .fixed64(MAX_64)
  .uint32((1003 << 3) | WireType.Bit32)
  .fixed32(MAX_32)
  .finish();

/** A message with fields of a later version, and with parts that have them, too; [field number, bytes]. */
function withLater(message: Uint8Array, ...parts: readonly [number, Uint8Array][]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [field, bytes] of parts) writer.uint32((field << 3) | WireType.LengthDelimited).bytes(bytes);
  return Buffer.concat([later, message, writer.finish(), later]);
}

const hopWithLater = withLater(
  Hop.encode(hop(0n, "ip_rcv")).finish(),
  [9, withLater(Flow.encode(flow(17, "10.0.0.1 53", "10.0.0.2 5353")).finish())],
  [10, withLater(CustomValue.encode(value(1, 7n)).finish())],
);
const journeyWithLater = withLater(
  PacketJourney.encode(journey(1n, { startTimeNs: 5n })).finish(),
  [3, hopWithLater],
  [4, withLater(Flow.encode(flow(1, "10.0.0.1", "10.0.0.2", { icmp: { type: 8, code: 0 } })).finish())],
  [6, withLater(DropReason.encode({ ...DropReason.create(), code: 3, name: "NO_SOCKET" }).finish())],
  [7, withLater(JourneyLink.encode({ journeyId: 2n, role: 2, kind: 2 }).finish())],
);
const schemaWithLater = withLater(
  CustomSchema.encode({ ...CustomSchema.create(), schemaId: 1, name: "later" }).finish(),
  [4, withLater(CustomField.encode({ ...CustomField.create(), fieldId: 1, name: "len", kind: 1 }).finish())],
);

const unknownFields: Case = {
  name: "unknown-fields",
  about: "Fields of a later version of the contract in every message, and an event of a kind that is not known.",
  messages: [
    withLater(Uint8Array.of(), [
      2,
      withLater(TraceStarted.encode(TraceStarted.create()).finish(), [8, schemaWithLater]),
    ]),
    withLater(Uint8Array.of(), [100, later]),
    withLater(Uint8Array.of(), [3, withLater(Uint8Array.of(), [1, journeyWithLater])]),
    withLater(Uint8Array.of(), [6, withLater(TraceEnded.encode({ ...TraceEnded.create(), reason: 1 }).finish())]),
  ],
};

const UNKNOWN = 99;
const unknownEnums: Case = {
  name: "unknown-enums",
  about: "Values that this version of the contract gives no name, also a negative one: they are told as numbers.",
  messages: stream([
    started({
      backend: UNKNOWN as Backend,
      skippedFunctions: [
        {
          name: "ip_rcv",
          group: "",
          module: "",
          skbPosition: 0,
          egress: false,
          reason: "",
          state: UNKNOWN as FunctionState,
        },
      ],
      schemas: schemas({
        later: [
          { name: "number", kind: UNKNOWN as CustomKind },
          { name: "signed", kind: UNKNOWN as CustomKind },
          { name: "bytes", kind: UNKNOWN as CustomKind },
          { name: "nothing", kind: UNKNOWN as CustomKind },
        ],
      }),
    }),
    batch(
      journey(1n, {
        startTimeNs: 5n,
        endReason: UNKNOWN as PacketJourney["endReason"],
        completeness: UNKNOWN as PacketJourney["completeness"],
        links: [{ journeyId: 2n, role: UNKNOWN as JourneyLink["role"], kind: UNKNOWN as JourneyLink["kind"] }],
        hops: [
          hop(0n, "ip_rcv", {
            custom: [value(1, 18n), value(2, { signed: -18n }), value(3, "\u0001\u0002"), value(4, undefined)],
          }),
        ],
      }),
      journey(2n, { endReason: -1 as PacketJourney["endReason"] }),
    ),
    { $case: "loss", value: { stages: [{ ...everyStage, stage: UNKNOWN as LossStage }] } },
    ended({ reason: UNKNOWN as TraceEndReason, detail: "of a later version" }),
  ]),
};

const absent: Case = {
  name: "absent-values",
  about: "Messages and fields that are not there: no node, no flow, no hops, no names, no account, no event.",
  messages: stream([
    started({ node: undefined, clock: undefined }),
    undefined,
    { $case: "batch", value: { journeys: [] } },
    { $case: "dictionary", value: { interfaces: [], stacks: [] } },
    batch(
      PacketJourney.create(),
      journey(2n, {
        startTimeNs: 5n,
        hops: [hop(0n, ""), hop(1n, 7), hop(2n, 0, { ifindex: 3, netns: 1, stackId: 4 })],
      }),
      journey(3n, { startTimeNs: 5n, flow: Flow.create(), hops: [hop(0n, "x", { flow: Flow.create() })] }),
      journey(4n, { dropReason: DropReason.create(), endReason: 2, process: { pid: 0, tid: 0, comm: "" } }),
      journey(5n, { flow: flow(1, "10.0.0.1", "10.0.0.2", { icmp: { type: 0, code: 0 } }), hops: [] }),
      journey(6n, { startTimeNs: 5n, hops: [hop(0n, "x", { custom: [value(1, 5n)] })] }),
    ),
    { $case: "loss", value: { stages: [] } },
    { $case: "heartbeat", value: { account: undefined, monotonicNs: 0n } },
    ended({ reason: 0 }),
  ]),
};

/** Numbers and messages as large, as new and as empty as they can be. */
export const valueCases: Case[] = [maximum, unknownFields, unknownEnums, absent];
