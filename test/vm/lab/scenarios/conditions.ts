/** One flow among many, and conditions that the kernel's own fields and a journey's end decide. */
import assert from "node:assert/strict";
import { EndReason } from "../../../../src/gen/ipftrace/v1/journey.js";
import type { Scenario } from "../scenario.js";

const FLOWS = 50;
const OURS = 7010;

export const conditions: readonly Scenario[] = [
  {
    name: "one-flow-of-fifty",
    why: "only the packets of the flow that was asked for come out of the kernel",
    functions: ["ip_rcv", "udp_rcv", "icmp_rcv"],
    filter: { ipVersion: 4, l4Protocols: [17], destinationPorts: [OURS] },
    traffic: `for ((port = 7000; port < ${7000 + FLOWS}; port++)); do datagram client 10.1.1.1 $port; done`,
    expect: ({ journeys, account }) => {
      assert.equal(account.matchedPackets, 1n);
      assert.ok(journeys.every(({ flow }) => flow?.destinationPort === OURS));
      // What the kernel side filtered never reached the ring: there, an event is delivered or lost.
      assert.ok(account.filteredEvents >= BigInt(FLOWS - 1), `${account.filteredEvents} filtered`);
      assert.equal(account.seenEvents - account.filteredEvents, account.deliveredEvents);
    },
  },
  {
    name: "kernel-fields",
    why: "mark, length and interface are found on every kernel, and only drops are sent",
    functions: ["ip_rcv", "udp_rcv", "icmp_rcv"],
    filter: { ipVersion: 4, lengths: [{ min: 100, max: 1500 }], interfaceNames: ["r0"] },
    expressions: { dropped: true },
    traffic: "datagram client 10.1.1.1 7001 200; datagram client 10.1.1.1 7001 20",
    expect: ({ journeys }) => {
      const own = journeys.filter(({ flow }) => flow?.l4Protocol === 17);
      assert.ok(own.length > 0 && own.every(({ hops }) => (hops[0]?.length ?? 0) >= 200));
      assert.ok(journeys.every(({ endReason }) => endReason === EndReason.END_REASON_DROPPED));
    },
  },
];
