/** Many packets at once: no journey may contain hops of two of them. */
import assert from "node:assert/strict";
import {
  Completeness,
  EndReason,
  LinkKind,
  LinkRole,
  type PacketJourney,
} from "../../../../src/gen/ipftrace/v1/journey.js";
import { LossStage } from "../../../../src/gen/ipftrace/v1/loss.js";
import { pathOf } from "../expect.js";
import {
  assertAll,
  direction,
  FLOOD_PACKETS,
  FLOOD_PORT,
  FUNCTIONS,
  floodPayload,
  isClean,
  isPartOf,
  payloads,
  send,
  skippedAtMost,
  WAY,
} from "../flood.js";
import { lostAt, lostElsewhere } from "../losses.js";
import type { Scenario } from "../scenario.js";
import type { Seen } from "../seen.js";
import { journeysText, journeyText } from "../show.js";

/** Packets while the tracer does not read (its process is the parent of the traffic's), and when it does again. */
const SUSPENDED_PACKETS = 1800;
const LIVE_PACKETS = 400;
const OVERLOAD = `
  trap 'kill -CONT $PPID' EXIT
  kill -STOP $PPID
  ${send(0, FLOOD_PORT, SUSPENDED_PACKETS)}
  kill -CONT $PPID
  ${send(1, FLOOD_PORT + SUSPENDED_PACKETS, LIVE_PACKETS)}`;

/**
 * A flood through a ring that cannot hold it while nobody reads. Every packet passes the same
 * functions and then its end, so that what a journey lacks is what it says that it lost, and
 * what no journey lacks was lost with whole journeys.
 */
function overload(ringBytes: number): Scenario {
  return {
    name: `overload-${ringBytes / 1024}k`,
    why: "marked journeys lost as many hops as they say, unmarked ones are whole, and nothing is lost unseen",
    functions: FUNCTIONS,
    filter: { l4Protocols: [17], sourceIpv4: ["10.1.1.10"], destinationIpv4: ["10.1.2.20"], direction },
    options: { ringBytes: BigInt(ringBytes), idleTimeoutMs: 60_000 },
    traffic: OVERLOAD,
    loses: true,
    expect: assertOverloaded,
  };
}

function assertOverloaded(seen: Seen): void {
  const { account, journeys } = seen;
  const ring = lostAt(seen, LossStage.LOSS_STAGE_RING);
  assert.ok(ring > 0, "the ring held all of it: the test no longer overloads");
  assert.deepEqual(lostElsewhere(seen, LossStage.LOSS_STAGE_RING), []);
  assertAll(seen, isMarkedRight);
  const cut = journeys.filter(({ endReason }) => endReason === EndReason.END_REASON_EVICTED);
  assert.deepEqual(cut, [], `the map had room for all of them:\n${journeysText(cut)}`);
  const missing = journeys.reduce((total, { lostHops }) => total + lostHops, 0);
  const whole = Number(account.matchedPackets) - journeys.length;
  // Events of marked journeys, and of those that are not there; some of them the kernel may have skipped.
  const skipped = missing + whole * EVENTS - ring;
  const counted = `${account.matchedPackets} packets matched, ${skippedAtMost(seen)} probes were skipped`;
  const others = journeys.filter((journey) => !isMarkedRight(journey));
  assert.ok(
    skipped >= 0 && skipped <= skippedAtMost(seen),
    `${ring} lost, ${skipped} more; ${counted}\n${journeysText(others)}`,
  );
}

/** What a packet leads to: the functions on its way, and its end. */
const EVENTS = WAY.length + 1;

function isMarkedRight(journey: PacketJourney): boolean {
  const { completeness, lostHops, hops } = journey;
  if (completeness === Completeness.COMPLETENESS_COMPLETE) return isClean(journey);
  // Its end may be among what was lost.
  return [WAY.length, EVENTS].includes(hops.length + lostHops);
}

const TRACKED = 64;
/** A queueing discipline hands over several packets at a time, of which dev_hard_start_xmit sees the first. */
const withoutDevice = (name: string): boolean => name !== "dev_hard_start_xmit";
const HELD_PACKETS = 300;

/** Fails unless each part of a packet names none, or the part before; returns how many name it. */
function assertContinued(parts: readonly PacketJourney[]): number {
  let named = 0;
  for (const [n, { links }] of parts.entries()) {
    if (links.length === 0) continue;
    const journeyId = parts[n - 1]?.journeyId ?? 0n;
    const kind = LinkKind.LINK_KIND_CONTINUATION;
    assert.deepEqual(links, [{ journeyId, role: LinkRole.LINK_ROLE_PARENT, kind }], journeysText(parts));
    named++;
  }
  return named;
}

/**
 * More packets under way than can be followed at a time: the router holds them all. Not by a delay: its
 * timer comes while probes of the sender run, and kernels skip those that an interrupt hits then.
 */
const trackingFull: Scenario = {
  name: "tracking-map-full",
  why: "a packet that is forgotten ends as EVICTED and goes on in a journey that names the first; the account says how many",
  functions: FUNCTIONS.filter(withoutDevice),
  filter: { l4Protocols: [17], sourceIpv4: ["10.1.1.10"], destinationIpv4: ["10.1.2.20"], direction },
  options: { trackingEntries: TRACKED },
  traffic: `
    in_ns router tc qdisc add dev r1 root plug
    ${send(0, FLOOD_PORT, HELD_PACKETS)}
    in_ns router tc qdisc change dev r1 root plug release_indefinite
    queue_passed router r1 ${HELD_PACKETS}
    in_ns router tc qdisc del dev r1 root`,
  loses: true,
  expect(seen) {
    const evicted = seen.journeys.filter(({ endReason }) => endReason === EndReason.END_REASON_EVICTED);
    assert.ok(evicted.length > 0, "the map held all of them: the test no longer overloads");
    const cut = seen.account.lost.find(({ stage }) => stage === LossStage.LOSS_STAGE_TRACKING)?.totalCutJourneys;
    assert.equal(cut, BigInt(evicted.length));
    assert.deepEqual(lostElsewhere(seen), []);
    const way = WAY.filter(withoutDevice);
    let [skipped, named] = [0, 0];
    for (let port = FLOOD_PORT; port < FLOOD_PORT + HELD_PACKETS; port++) {
      const found = seen.journeys.filter(({ flow }) => flow?.destinationPort === port);
      const parts = found.toSorted((a, b) => Number(a.startTimeNs - b.startTimeNs));
      const path = parts.flatMap(pathOf);
      named += assertContinued(parts);
      skipped += way.length - path.length;
      assert.ok(isPartOf(path, way), journeysText(parts));
    }
    assert.ok(skipped <= skippedAtMost(seen), `${skipped} hops are not there`);
    // Less those in whose bucket another packet died meanwhile: some thousand deaths in 65,536 buckets.
    assert.ok(named > 0.8 * evicted.length, `${named} of ${evicted.length} are known again`);
  },
};

/** Two CPUs, a flood, overload. */
export const crowds: readonly Scenario[] = [
  {
    name: "two-cpus",
    why: "two senders with one socket, so one flow, on two CPUs: each packet a clean journey of its own",
    functions: FUNCTIONS,
    filter: { destinationPorts: [6401], direction },
    traffic: `in_ns client bash -c '
      exec 3>/dev/udp/10.1.2.20/6401
      send() { taskset -pc "$1" $BASHPID >/dev/null; for ((n = 0; n < 100; n++)); do printf "%0$2d" 0 >&3; done; }
      send 0 100 & send 1 200 & wait'`,
    expect(seen) {
      assert.equal(seen.journeys.length, 200, journeysText(seen.journeys));
      assertAll(seen, isClean);
      const sizes = seen.journeys.flatMap(payloads);
      assert.equal(sizes.filter((size) => size === 100).length, 100);
      assert.equal(sizes.filter((size) => size === 200).length, 100);
    },
  },
  {
    name: "flood",
    why: "the kernel reuses sk_buffs at once: each packet has a port and a length of its own, a mixture would show",
    functions: FUNCTIONS,
    filter: { l4Protocols: [17], sourceIpv4: ["10.1.1.10"], destinationIpv4: ["10.1.2.20"], direction },
    traffic: `
      ${send(0, FLOOD_PORT, FLOOD_PACKETS / 2)} &
      ${send(1, FLOOD_PORT + FLOOD_PACKETS / 2, FLOOD_PACKETS / 2)}
      wait`,
    expect(seen) {
      const ports = seen.journeys.map(({ flow }) => flow?.destinationPort ?? 0).sort((a, b) => a - b);
      assertAll(seen, isClean);
      const all = Array.from({ length: FLOOD_PACKETS }, (_, n) => FLOOD_PORT + n);
      const missing = all.filter((port) => !ports.includes(port));
      const { matchedPackets } = seen.account;
      const counted = `${matchedPackets} packets matched, ${skippedAtMost(seen)} probes were skipped`;
      assert.equal(missing.length, 0, `no journey to the ports ${missing.join(", ")}; ${counted}`);
      assert.deepEqual(ports, all);
      for (const journey of seen.journeys) {
        assert.deepEqual(payloads(journey), [floodPayload(journey.flow?.destinationPort ?? 0)], journeyText(journey));
      }
    },
  },
  trackingFull,
  overload(4096),
  overload(65_536),
  overload(1024 * 1024),
];
