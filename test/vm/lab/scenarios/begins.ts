/** Journeys that begin at certain functions only. */
import assert from "node:assert/strict";
import { assertConsumed, assertFlows, assertPath, onlyWithFlow, pathOf } from "../expect.js";
import { IPV4, RECEIVED } from "../functions.js";
import type { BackendName, Scenario } from "../scenario.js";
import { journeysText } from "../show.js";

/** Where they begin: what a ping passed before is not told. */
const ENTRY = "ip_rcv";

function begins(name: string, backend?: BackendName): Scenario {
  return {
    name,
    why: "no journey begins before the function that was asked for, and what comes after it is there",
    functions: IPV4,
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.1.10"] },
    ...(backend === undefined ? {} : { backend }),
    beginRegex: `^${ENTRY}$`,
    traffic: "ping_once client 10.1.1.1",
    expect(seen) {
      assertFlows(seen, ["ICMP 10.1.1.10 > 10.1.1.1", "ICMP 10.1.1.1 > 10.1.1.10"]);
      for (const journey of seen.journeys) {
        assert.equal(pathOf(journey)[0], ENTRY, journeysText([journey]));
        assertPath(journey, [...RECEIVED.slice(RECEIVED.indexOf(ENTRY)), "icmp_rcv"]);
      }
      assertConsumed(onlyWithFlow(seen, "ICMP 10.1.1.10 > 10.1.1.1"));
    },
  };
}

/** With the best backend, and with single kprobes where that is another one. */
export const journeysBegin: readonly Scenario[] = [
  begins("begin"),
  {
    ...begins("begin-kprobe", "kprobe"),
    missing: ({ backend }) => (backend === "kprobe" ? "the same as begin, there" : undefined),
  },
];
