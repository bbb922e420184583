/** A flood of datagrams from the client to a closed port of the server, and what it must lead to. */
import assert from "node:assert/strict";
import { Direction } from "../../../src/gen/ipftrace/v1/filter.js";
import { EndReason, type PacketJourney } from "../../../src/gen/ipftrace/v1/journey.js";
import { LossStage } from "../../../src/gen/ipftrace/v1/loss.js";
import { namespacesOf, pathOf } from "./expect.js";
import { FORWARDED, IPV4, RECEIVED, SENT } from "./functions.js";
import { lostAt } from "./losses.js";
import type { Seen } from "./seen.js";
import { journeysText, journeyText } from "./show.js";

export const direction = Direction.DIRECTION_FORWARD;
/** All that a UDP packet passes from the client to a closed port of the server, less what only some kernels show. */
export const WAY = [...SENT, ...FORWARDED, ...RECEIVED, "udp_rcv"];
export const FUNCTIONS = IPV4.filter((name) => name !== "ip_local_out" && name !== "ip_mc_output");
const UDP_HEADERS = 28;

/** Bytes that a function sees more than IP does. */
const OFFSETS: Readonly<Record<string, number>> = { dev_hard_start_xmit: 14, udp_rcv: -20 };

/** UDP payloads that the hops tell of: of one packet one. */
export function payloads(journey: PacketJourney): number[] {
  return [...new Set(journey.hops.map((hop) => hop.length - (OFFSETS[hop.function] ?? 0) - UDP_HEADERS))];
}

/** Whether the hops are of one packet, as far as they tell. */
function isOfOne(journey: PacketJourney): boolean {
  return payloads(journey).length <= 1 && journey.hops.every(({ flow }) => flow === undefined);
}

/** One packet and nothing else: the whole way once, one length, one flow. */
export function isClean(journey: PacketJourney): boolean {
  const isWhole = pathOf(journey).join() === WAY.join() && namespacesOf(journey).length === 3;
  return isWhole && isOfOne(journey) && journey.endReason === EndReason.END_REASON_DROPPED;
}

/** Whether `path` is `way` less some of its functions. */
export function isPartOf(path: readonly string[], way: readonly string[]): boolean {
  let at = -1;
  return path.every((name) => {
    at = way.indexOf(name, at + 1);
    return at >= 0;
  });
}

/** Hops that may be lacking because the kernel skipped a probe: as many as it counted. */
export function skippedAtMost(seen: Seen): number {
  return lostAt(seen, LossStage.LOSS_STAGE_PROBE_MISSED);
}

/** Fails unless all journeys fulfil this, less those that may lack a hop because the kernel skipped a probe. */
export function assertAll(seen: Seen, fulfils: (journey: PacketJourney) => boolean): void {
  const others = seen.journeys.filter((journey) => !fulfils(journey));
  assert.ok(others.length <= skippedAtMost(seen), journeysText(others));
  for (const journey of seen.journeys) assert.ok(isOfOne(journey), `hops of two packets:\n${journeyText(journey)}`);
}

export const FLOOD_PORT = 20_000;
export const FLOOD_PACKETS = 400;
/** A packet's port tells its payload. */
export const floodPayload = (port: number): number => 10 + (port % 100);

/** Sends a packet to each of these ports of the server. */
export function send(cpu: number, from: number, packets: number): string {
  return `in_ns client taskset -c ${cpu} bash -c 'for ((port = ${from}; port < ${from + packets}; port++)); do
    printf "%0$((10 + port % 100))d" 0 >/dev/udp/10.1.2.20/$port
  done'`;
}
