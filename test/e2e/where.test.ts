import assert from "node:assert/strict";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import type { PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { serve } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, clientOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;
const SMALL = 100;
const LARGE = 1000;

/** Conditions, and whether packets of a small ping and of a large one meet them; every packet is a ping over IPv4. */
const conditions: readonly [text: string, small: boolean, large: boolean][] = [
  ["skb->len > 500", false, true],
  ["skb->len <= 500", true, false],
  ["icmp_hdr(skb)->type == 8 && ip_hdr(skb)->ttl == 64", true, true],
  ["ntohs(ip_hdr(skb)->tot_len) == 1028", false, true],
  ["tcp_hdr(skb)->source || udp_hdr(skb)->source || ipv6_hdr(skb)->nexthdr", false, false],
  ["!tcp_hdr(skb)->source", false, false],
  ["tcp_hdr(skb)->source || skb->len > 500", false, true],
  ['skb->dev->name == "no-such-device"', false, false],
  ['skb->dev->name != "no-such-device" && skb->dev->mtu == 1500', true, true],
  ["(skb->len - 2000 < 0) == false && skb->len % 1000 < 50 && (int)skb->len - 2000 < 0", false, true],
  ["skb->sk->__sk_common.skc_family == 2", true, true],
  [
    "ip_hdr(skb)->saddr == htonl(0x0a00010a) ? skb->len > 500 : ip_hdr(skb)->saddr == 0x0b01000a && skb->len > 500",
    false,
    true,
  ],
  ["skb->head[skb->network_header ? skb->network_header : skb->data - skb->head] >> 4 == 4", true, true],
];

function payloads(journeys: readonly PacketJourney[]): Set<number> {
  return new Set(journeys.flatMap(({ hops }) => hops.map(({ length }) => (length > 500 ? LARGE : SMALL))));
}

kernelTest("conditions on sk_buff fields let through what they describe", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  const allow = [{ sourceIpv4: [labAddresses.left.ipv4], l4Protocols: [1] }];
  const traces = conditions.map(([whereExpression]) => new Traced(client, { filter: { allow, whereExpression } }));
  for (const trace of traces) await trace.started();
  for (const size of [SMALL, LARGE]) {
    await lab.run("left", ["ping", "-c", "2", "-i", "0.2", "-s", String(size), "-W", "5", labAddresses.right.ipv4]);
  }
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  for (const [index, [text, small, large]] of conditions.entries()) {
    const trace = traces[index] as Traced;
    const account = await trace.stop();
    assert.equal(account.seenEvents, accountSum(account), text);
    const expected = [...(small ? [SMALL] : []), ...(large ? [LARGE] : [])];
    assert.deepEqual(
      [...payloads(trace.journeys)].sort((a, b) => a - b),
      expected,
      text,
    );
  }
});

kernelTest("a condition that cannot be read is told with its place", whyNotHere, async (context) => {
  const { target } = await serve(context);
  const client = clientOf(target);
  context.after(() => client.close());
  const trace = new Traced(client, { filter: { whereExpression: "skb->len > 5 && skb->dev->mtuu == 1500" } });
  const error = await trace.done;
  assert.equal(error?.code, 3);
  assert.equal(
    error?.details,
    'filter.where_expression: struct net_device has no member "mtuu" (did you mean "mtu"?), at column 27\n' +
      "  skb->len > 5 && skb->dev->mtuu == 1500\n" +
      "                            ^^^^",
  );
});
