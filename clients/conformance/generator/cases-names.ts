/** What numbers stand for: functions, interfaces, stacks, custom data. */
import { CustomKind } from "../../../src/gen/ipftrace/v1/custom.js";
import { Completeness, EndReason } from "../../../src/gen/ipftrace/v1/journey.js";
import { address, batch, ended, flow, functionTable, hop, journey, schemas, started, stream, value } from "./build.js";
import type { Case } from "./case.js";

const ping = flow(1, "10.0.1.10", "10.0.1.11", { icmp: { type: 8, code: 0 } });

const dictionaries: Case = {
  name: "dictionaries",
  about:
    "Functions by id; interfaces by netns and ifindex, that come later and are renamed: a journey has the names of its own time.",
  messages: stream([
    started({
      attachedFunctions: 3,
      functions: functionTable("ip_rcv", "tracepoint:net_dev_queue", "ip_output"),
      interfaces: [
        { netns: 4026531840, ifindex: 1, name: "lo" },
        { netns: 4026531840, ifindex: 2, name: "eth0" },
      ],
    }),
    batch(
      journey(1n, {
        startTimeNs: 100n,
        flow: ping,
        hops: [
          hop(0n, 2, { netns: 4026531840, ifindex: 2 }),
          hop(1n, 1, { netns: 4026532200, ifindex: 2 }),
          hop(2n, 9, { netns: 0, ifindex: 1 }),
        ],
      }),
    ),
    {
      $case: "dictionary",
      value: {
        interfaces: [
          { netns: 4026532200, ifindex: 2, name: "veth0" },
          { netns: 4026531840, ifindex: 2, name: "wan" },
        ],
        stacks: [],
      },
    },
    batch(
      journey(2n, {
        startTimeNs: 200n,
        flow: ping,
        hops: [hop(0n, 3, { netns: 4026531840, ifindex: 2 }), hop(5n, 1, { netns: 4026532200, ifindex: 2 })],
      }),
    ),
    ended(),
  ]),
};

const stacks: Case = {
  name: "stacks",
  about: "Call stacks of hops and of a drop; one that is not in the dictionary; a drop without a stack.",
  messages: stream([
    started(),
    {
      $case: "dictionary",
      value: {
        interfaces: [],
        stacks: [
          { stackId: 7, frames: ["ip_local_deliver+0x5", "ip_rcv+0x1 [bridge]", "[unknown]"] },
          { stackId: 8, frames: ["kfree_skb_reason+0x5", "icmp_rcv+0x2a"] },
          { stackId: 9, frames: [] },
        ],
      },
    },
    batch(
      journey(1n, {
        startTimeNs: 5n,
        flow: ping,
        endReason: EndReason.END_REASON_DROPPED,
        dropReason: { code: 3, name: "NO_SOCKET", subsystem: "core", location: "icmp_rcv+0x2a" },
        endStackId: 8,
        hops: [hop(0n, "ip_rcv"), hop(1n, "ip_local_deliver", { stackId: 7 }), hop(2n, "icmp_rcv", { stackId: 70 })],
      }),
      journey(2n, {
        startTimeNs: 9n,
        flow: ping,
        endReason: EndReason.END_REASON_DROPPED,
        dropReason: { code: 65538, name: "", subsystem: "mac80211", location: "" },
        endStackId: 8,
        hops: [hop(0n, "ip_rcv", { stackId: 9 })],
      }),
      journey(3n, {
        startTimeNs: 12n,
        flow: ping,
        endReason: EndReason.END_REASON_DROPPED,
        dropReason: { code: 2, name: "NOT_SPECIFIED", subsystem: "core", location: "rule_drop+0x1f [nf_tables]" },
        hops: [hop(0n, "ip_rcv")],
      }),
    ),
    ended(),
  ]),
};

const flags = [
  { value: 0n, name: "NOTHING" },
  { value: 1n, name: "ONE" },
  { value: 2n, name: "TWO" },
  { value: 3n, name: "BOTH" },
  { value: 0x100n, name: "HIGH" },
];
const kinds = schemas({
  kinds: [
    { name: "unsigned", kind: CustomKind.CUSTOM_KIND_UNSIGNED, unit: "bytes" },
    { name: "signed", kind: CustomKind.CUSTOM_KIND_SIGNED, unit: "ns" },
    { name: "bool", kind: CustomKind.CUSTOM_KIND_BOOL },
    { name: "string", kind: CustomKind.CUSTOM_KIND_STRING },
    { name: "bytes", kind: CustomKind.CUSTOM_KIND_BYTES },
    { name: "ip", kind: CustomKind.CUSTOM_KIND_IP },
    { name: "mac", kind: CustomKind.CUSTOM_KIND_MAC },
    { name: "enum", kind: CustomKind.CUSTOM_KIND_ENUM, names: flags },
    { name: "flags", kind: CustomKind.CUSTOM_KIND_FLAGS, names: flags },
    { name: "hex", kind: CustomKind.CUSTOM_KIND_HEX },
    { name: "same", kind: CustomKind.CUSTOM_KIND_UNSIGNED },
    { name: "missing", kind: CustomKind.CUSTOM_KIND_UNSIGNED, absentReason: "this kernel lacks it" },
  ],
  other: [
    { name: "same", kind: CustomKind.CUSTOM_KIND_UNSIGNED },
    { name: "only", kind: CustomKind.CUSTOM_KIND_STRING },
  ],
});
const custom: Case = {
  name: "custom-data",
  about: "Custom data of every kind, of two modules with a field of the same name, and values that are absent.",
  messages: stream([
    started({ schemas: kinds }),
    batch(
      journey(1n, {
        startTimeNs: 1000n,
        flow: ping,
        hops: [
          hop(0n, "all", {
            custom: [
              value(1, 2101n),
              value(2, { signed: -5n }),
              value(3, 1n),
              value(4, "eth0\0rest"),
              value(5, Uint8Array.of(0, 255, 16)),
              value(6, address("10.0.1.10")),
              value(7, Uint8Array.of(2, 0, 0, 0, 0, 10)),
              value(8, 2n),
              value(9, 0x103n),
              value(10, 255n),
              value(11, 1n),
              value(13, 2n),
              value(14, "only"),
            ],
          }),
          hop(1n, "zeros", {
            custom: [
              value(1, 0n),
              value(2, { signed: 0n }),
              value(3, 0n),
              value(4, ""),
              value(5, ""),
              value(6, ""),
              value(7, ""),
              value(8, 0n),
              value(9, 0n),
              value(10, 0n),
            ],
          }),
          hop(2n, "odd", {
            custom: [
              value(3, 2n),
              value(4, "a\u001b[2Jb\n\u007f\u0085é€𝄞"),
              value(6, address("fc00::1")),
              value(8, 7n),
              value(9, 0x40006n),
              value(99, 1n),
            ],
          }),
          hop(3n, "cut", {
            custom: [
              value(4, Uint8Array.of(0x61, 0xff, 0x62, 0xe2, 0x82)),
              value(6, Uint8Array.of(1, 2, 3)),
              value(7, Uint8Array.of(1, 2)),
              value(9, 0x40000n),
              value(1, undefined),
              value(3, undefined),
            ],
          }),
          hop(4n, "other", { custom: [value(13, 5n)] }),
          hop(5n, "none"),
        ],
      }),
    ),
    ended(),
  ]),
};

const wide: Case = {
  name: "widths",
  about: "Columns as wide as their longest cell in characters, and texts with characters that a terminal would act on.",
  messages: stream([
    started({ schemas: schemas({ wide: [{ name: "na\tme", kind: CustomKind.CUSTOM_KIND_STRING }] }) }),
    batch(
      journey(1n, { startTimeNs: 5n, flow: ping, hops: [hop(0n, "x")] }),
      journey(2n, {
        startTimeNs: 9_999_999_999_999_999_999n,
        flow: ping,
        hops: [hop(0n, "ip_rcv"), hop(1n, "kfree_skb")],
      }),
      journey(3n, {
        startTimeNs: 5n,
        flow: ping,
        hops: [
          hop(0n, "é𝄞\u0007name", { custom: [value(1, "𝄞𝄞")] }),
          hop(1n, "a_function_with_quite_a_long_name.isra.0", { custom: [value(1, "b ")] }),
        ],
      }),
      journey(4n, { startTimeNs: 5n, flow: ping, hops: [hop(0n, "inf"), hop(1n, "1e5"), hop(2n, "0x10  ")] }),
    ),
    ended(),
  ]),
};

const links: Case = {
  name: "links",
  about: "Every kind and role of a link, every end reason and completeness.",
  messages: stream([
    started(),
    batch(
      ...Array.from({ length: 9 }, (_, index) =>
        journey(BigInt(index + 1), {
          startTimeNs: BigInt(index),
          flow: ping,
          endReason: index as EndReason,
          completeness: (index % 4) as Completeness,
          lostHops: index % 4 === Completeness.COMPLETENESS_HOPS_LOST ? 3 : 0,
          links: index < 8 ? [1, 2].map((role) => ({ journeyId: 100n, role: role as 1 | 2, kind: index as 1 })) : [],
          hops: [hop(0n, "ip_rcv")],
        }),
      ),
    ),
    ended(),
  ]),
};

/** What clients must look up. */
export const nameCases: Case[] = [dictionaries, stacks, custom, wide, links];
