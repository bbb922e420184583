/** The two examples of the original's README. */
import { CustomKind } from "../../../src/gen/ipftrace/v1/custom.js";
import type { Hop } from "../../../src/gen/ipftrace/v1/journey.js";
import { account, batch, ended, flow, functionTable, hop, journey, schemas, started, stream, value } from "./build.js";
import type { Case } from "./case.js";

const gso = schemas({
  gso: [
    { name: "len", kind: CustomKind.CUSTOM_KIND_UNSIGNED, unit: "bytes" },
    { name: "gso_size", kind: CustomKind.CUSTOM_KIND_UNSIGNED, unit: "bytes" },
    { name: "gso_segs", kind: CustomKind.CUSTOM_KIND_UNSIGNED },
    {
      name: "gso_type",
      kind: CustomKind.CUSTOM_KIND_FLAGS,
      names: [
        { value: 1n, name: "SKB_GSO_TCPV4" },
        { value: 2n, name: "SKB_GSO_DODGY" },
        { value: 16n, name: "SKB_GSO_TCPV6" },
      ],
    },
  ],
});

function segmented(deltaNs: bigint, functionId: number, ...values: bigint[]): Hop {
  return hop(deltaNs, functionId, { custom: values.map((one, index) => value(index + 1, one)) });
}

const icmp = { icmp: { type: 8, code: 0 } };
const echo = journey(1n, {
  startTimeNs: 1980357215835183n,
  durationNs: 52_313n,
  flow: flow(1, "10.0.1.10", "10.0.1.11", icmp),
  process: { pid: 4321, tid: 4321, comm: "ping" },
  hops: [
    hop(0n, "ip_output", { length: 84 }),
    hop(31_884n, "ip_finish_output2", { length: 84 }),
    hop(49_675n, "validate_xmit_skb", { length: 98 }),
    hop(52_313n, "dev_hard_start_xmit", { length: 98 }),
  ],
});
const reply = journey(2n, {
  startTimeNs: 1980357216186467n,
  durationNs: 15_780n,
  flow: flow(1, "10.0.1.11", "10.0.1.10", { icmp: { type: 0, code: 0 } }),
  hops: [
    hop(0n, "ip_rcv", { length: 84 }),
    hop(4_564n, "ip_route_input_noref", { length: 84 }),
    hop(7_456n, "ip_local_deliver", { length: 84 }),
    hop(9_540n, "ip_local_deliver_finish", { length: 84 }),
    hop(15_780n, "kfree_skb", { length: 84 }),
  ],
});

const whole = account({
  seenEvents: 9n,
  deliveredEvents: 9n,
  matchedPackets: 2n,
  deliveredJourneys: 2n,
  deliveredHops: 9n,
});

const tcpSegments = journey(1n, {
  startTimeNs: 1980216709532312n,
  durationNs: 58_697n,
  flow: flow(6, "10.0.1.10 52262", "10.0.1.11 31337"),
  hops: [
    segmented(0n, 1, 2101n, 1448n, 2n, 1n),
    segmented(24_442n, 2, 2101n, 1448n, 2n, 1n),
    segmented(32_156n, 3, 2115n, 1448n, 2n, 1n),
    segmented(35_572n, 4, 2115n, 1448n, 2n, 1n),
    segmented(38_137n, 5, 2115n, 1448n, 2n, 1n),
    segmented(41_149n, 6, 2101n, 1448n, 2n, 1n),
    segmented(48_714n, 7, 2081n, 1448n, 2n, 1n),
    segmented(58_697n, 8, 1514n, 0n, 0n, 0n),
  ],
});
const tcpFunctions = functionTable(
  "ip_output",
  "ip_finish_output2",
  "validate_xmit_skb",
  "__skb_gso_segment",
  "skb_mac_gso_segment",
  "inet_gso_segment",
  "tcp_gso_segment",
  "dev_hard_start_xmit",
);

/** Their texts are byte for byte what the original printed. */
export const originalCases: Case[] = [
  {
    name: "icmp-journey",
    about: "An echo request and its reply, functions by name: the first example of the original's README.",
    messages: stream([started({ attachedFunctions: 9 }), batch(echo, reply), ended({ account: whole })]),
  },
  {
    name: "gso",
    about: "A TCP packet that GSO cuts, functions by id, custom data: the second example of the original's README.",
    messages: stream([
      started({ attachedFunctions: 8, functions: tcpFunctions, schemas: gso }),
      batch(tcpSegments),
      ended(),
    ]),
  },
];
