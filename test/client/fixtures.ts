import { readIpv4 } from "../../src/filter/ipv4.js";
import { readIpv6 } from "../../src/filter/ipv6.js";
import { CustomKind, type CustomSchema, type CustomValue } from "../../src/gen/ipftrace/v1/custom.js";
import { Flow } from "../../src/gen/ipftrace/v1/flow.js";
import { Completeness, EndReason, Hop, PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";

/** An address as the contract carries it. */
export function address(text: string): Buffer {
  const bytes = text.includes(":") ? readIpv6(text) : readIpv4(text);
  if (typeof bytes === "string") throw new Error(bytes);
  return Buffer.from(bytes);
}

/** A flow between two addresses, each with its port behind a blank where it has one. */
export function flow(l4Protocol: number, source: string, destination: string): Flow {
  const [from = "", sourcePort = "0"] = source.split(" ");
  const [to = "", destinationPort = "0"] = destination.split(" ");
  return Flow.fromPartial({
    l3Protocol: from.includes(":") ? 0x86dd : 0x0800,
    l4Protocol,
    source: address(from),
    destination: address(to),
    sourcePort: Number(sourcePort),
    destinationPort: Number(destinationPort),
  });
}

/** A journey through named functions at absolute times. */
export function journey(
  headers: Flow | undefined,
  steps: readonly (readonly [timeNs: bigint, name: string, custom?: CustomValue[]])[],
): PacketJourney {
  const start = steps[0]?.[0] ?? 0n;
  return {
    ...PacketJourney.fromPartial({ journeyId: 1n, startTimeNs: start }),
    flow: headers,
    endReason: EndReason.END_REASON_EGRESS,
    completeness: Completeness.COMPLETENESS_COMPLETE,
    hops: steps.map(([timeNs, name, custom = []]) => ({
      ...Hop.fromPartial({ function: name, deltaNs: timeNs - start }),
      custom,
    })),
  };
}

/** The first example of the original's README: an echo request on its way out. */
export const echoRequest = journey(flow(1, "10.0.1.10", "10.0.1.11"), [
  [1980357215835183n, "ip_output"],
  [1980357215867067n, "ip_finish_output2"],
  [1980357215884858n, "validate_xmit_skb"],
  [1980357215887496n, "dev_hard_start_xmit"],
]);
/** What the original printed for it. */
export const echoRequestText = `ICMP\t10.0.1.10\t->\t10.0.1.11
      Time Stamp  Function
1980357215835183  ip_output
1980357215867067  ip_finish_output2
1980357215884858  validate_xmit_skb
1980357215887496  dev_hard_start_xmit

`;

/** The second journey of the same example: the reply. */
export const echoReply = journey(flow(1, "10.0.1.11", "10.0.1.10"), [
  [1980357216186467n, "ip_rcv"],
  [1980357216191031n, "ip_route_input_noref"],
  [1980357216193923n, "ip_local_deliver"],
  [1980357216196007n, "ip_local_deliver_finish"],
  [1980357216202247n, "kfree_skb"],
]);
/** What the original printed for it. */
export const echoReplyText = `ICMP\t10.0.1.11\t->\t10.0.1.10
      Time Stamp  Function
1980357216186467  ip_rcv
1980357216191031  ip_route_input_noref
1980357216193923  ip_local_deliver
1980357216196007  ip_local_deliver_finish
1980357216202247  kfree_skb

`;

const gsoFields = [
  { name: "len", kind: CustomKind.CUSTOM_KIND_UNSIGNED, names: [] },
  { name: "gso_size", kind: CustomKind.CUSTOM_KIND_UNSIGNED, names: [] },
  { name: "gso_segs", kind: CustomKind.CUSTOM_KIND_UNSIGNED, names: [] },
  {
    name: "gso_type",
    kind: CustomKind.CUSTOM_KIND_FLAGS,
    names: [
      { value: 1n, name: "SKB_GSO_TCPV4" },
      { value: 2n, name: "SKB_GSO_DODGY" },
      { value: 16n, name: "SKB_GSO_TCPV6" },
    ],
  },
];

/** What the original's gso module collected. */
export const gsoSchema: CustomSchema = {
  schemaId: 1,
  name: "gso",
  description: "",
  fields: gsoFields.map((field, index) => ({
    ...field,
    fieldId: index + 1,
    unit: "",
    description: "",
    absentReason: "",
  })),
};

/** Values of the gso module in the order of its fields. */
export function gso(...values: bigint[]): CustomValue[] {
  return values.map((value, index) => ({ fieldId: index + 1, value: { $case: "unsignedValue", value } }));
}

/** The second example of the original's README: a TCP packet that GSO cuts. */
export const segmented = journey(flow(6, "10.0.1.10 52262", "10.0.1.11 31337"), [
  [1980216709532312n, "ip_output", gso(2101n, 1448n, 2n, 1n)],
  [1980216709556754n, "ip_finish_output2", gso(2101n, 1448n, 2n, 1n)],
  [1980216709564468n, "validate_xmit_skb", gso(2115n, 1448n, 2n, 1n)],
  [1980216709567884n, "__skb_gso_segment", gso(2115n, 1448n, 2n, 1n)],
  [1980216709570449n, "skb_mac_gso_segment", gso(2115n, 1448n, 2n, 1n)],
  [1980216709573461n, "inet_gso_segment", gso(2101n, 1448n, 2n, 1n)],
  [1980216709581026n, "tcp_gso_segment", gso(2081n, 1448n, 2n, 1n)],
  [1980216709591009n, "dev_hard_start_xmit", gso(1514n, 0n, 0n, 0n)],
]);
/** What the original printed for it. */
export const segmentedText = `TCP\t10.0.1.10:52262\t->\t10.0.1.11:31337
      Time Stamp  Function             Custom Data
1980216709532312  ip_output            (len: 2101 gso_size: 1448 gso_segs: 2 gso_type: SKB_GSO_TCPV4)
1980216709556754  ip_finish_output2    (len: 2101 gso_size: 1448 gso_segs: 2 gso_type: SKB_GSO_TCPV4)
1980216709564468  validate_xmit_skb    (len: 2115 gso_size: 1448 gso_segs: 2 gso_type: SKB_GSO_TCPV4)
1980216709567884  __skb_gso_segment    (len: 2115 gso_size: 1448 gso_segs: 2 gso_type: SKB_GSO_TCPV4)
1980216709570449  skb_mac_gso_segment  (len: 2115 gso_size: 1448 gso_segs: 2 gso_type: SKB_GSO_TCPV4)
1980216709573461  inet_gso_segment     (len: 2101 gso_size: 1448 gso_segs: 2 gso_type: SKB_GSO_TCPV4)
1980216709581026  tcp_gso_segment      (len: 2081 gso_size: 1448 gso_segs: 2 gso_type: SKB_GSO_TCPV4)
1980216709591009  dev_hard_start_xmit  (len: 1514 gso_size: 0 gso_segs: 0 gso_type: )

`;
