import assert from "node:assert/strict";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import { type FlowFilter, IpVersion } from "../../src/gen/ipftrace/v1/filter.js";
import type { PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;
const { left, right } = labAddresses;
const MARK = 0x1234;
const pings = {
  ipVersion: IpVersion.IP_VERSION_4,
  sourceIpv4: [left.ipv4],
  destinationIpv4: [right.ipv4],
  l4Protocols: [1],
};

type Entry = Partial<FlowFilter>;
type Case = { allow: Entry[]; deny?: Entry[]; holds: (journeys: readonly PacketJourney[]) => boolean };

function inode(value: number): Pick<FlowFilter, "netns"> {
  return { netns: [{ namespace: { $case: "inode", value } }] };
}

kernelTest("packets are chosen by what the kernel knows of them", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  const spaces = { left: lab.netns("left"), right: lab.netns("right") };
  const some = (journeys: readonly PacketJourney[]) => journeys.length > 0;
  const none = (journeys: readonly PacketJourney[]) => journeys.length === 0;
  const large = (journeys: readonly PacketJourney[]) =>
    some(journeys) && journeys.every(({ hops }) => (hops[0]?.length ?? 0) > 500);
  const cases: Record<string, Case> = {
    everything: { allow: [pings], holds: some },
    "a mark": { allow: [{ ...pings, marks: [{ value: MARK, mask: 0 }] }], holds: some },
    "bits of a mark": { allow: [{ ...pings, marks: [{ value: 0x1000, mask: 0xf000 }] }], holds: some },
    "another mark": { allow: [{ ...pings, marks: [{ value: MARK + 1, mask: 0 }] }], holds: none },
    "a length": { allow: [{ ...pings, lengths: [{ min: 500, max: 0 }] }], holds: large },
    "no such length": { allow: [{ ...pings, lengths: [{ min: 2000, max: 3000 }] }], holds: none },
    "without the large ones": {
      allow: [pings],
      deny: [{ lengths: [{ min: 500, max: 0 }] }],
      holds: (journeys) => some(journeys) && journeys.every(({ hops }) => (hops[0]?.length ?? 0) < 500),
    },
    "an interface": { allow: [{ ...pings, interfaceNames: ["nothing", "veth0"] }], holds: some },
    "no such interface": { allow: [{ ...pings, interfaceNames: ["nothing"] }], holds: none },
    "a namespace": {
      allow: [{ ...pings, ...inode(spaces.right) }],
      holds: (journeys) => some(journeys) && journeys.every(({ hops }) => hops[0]?.netns === spaces.right),
    },
    "another namespace": { allow: [{ ...pings, ...inode(1) }], holds: none },
    "all but both namespaces": { allow: [pings], deny: [inode(spaces.left), inode(spaces.right)], holds: none },
    "all but pings": { allow: [pings], deny: [{ l4Protocols: [1] }], holds: none },
    "no such control group": { allow: [{ ...pings, cgroupIds: [1n << 60n] }], holds: none },
  };
  const traces = new Map<string, Traced>();
  for (const [name, { allow, deny = [] }] of Object.entries(cases)) {
    const trace = new Traced(client, { filter: { allow, deny } });
    traces.set(name, trace);
    await trace.started();
  }
  const ping = ["ping", "-c", "2", "-i", "0.2", "-W", "5", "-m", String(MARK)];
  await lab.run("left", [...ping, "-s", "100", right.ipv4]);
  await lab.run("left", [...ping, "-s", "1000", right.ipv4]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  for (const [name, trace] of traces) {
    const account = await trace.stop();
    assert.equal(account.seenEvents, accountSum(account), name);
    const journeys = trace.journeys;
    const seen = journeys.map(({ hops }) => `${hops[0]?.netns} ${hops[0]?.length}`);
    assert.ok(cases[name]?.holds(journeys), `${name}: ${JSON.stringify(seen)}`);
  }
});
