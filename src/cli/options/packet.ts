/** Options that ask for what the kernel knows of a packet, and for how its journey ended. */
import { parseInterfaceName } from "../../filter/interface-names.js";
import { readCgroup, readMark, readNames, readNamespace, readRange, readTimeNs } from "../filter-values.js";
import { type OptionSpec, tracing } from "./spec.js";

const one = { ...tracing, filter: true } as const;
const list = { ...one, kind: "list" } as const;

/** Conditions on packets that are asked in the kernel. */
export const packetOptions = {
  mark: { ...list, names: ["--mark"], metavar: "VALUE[/MASK]", help: "Packets with this mark", read: readMark },
  ifname: {
    ...list,
    names: ["--ifname"],
    metavar: "NAME",
    help: "Packets at the interface NAME, in any network namespace",
    read: parseInterfaceName,
  },
  netns: {
    ...list,
    names: ["--netns"],
    metavar: "NETNS",
    help: "Packets in the network namespace of a PID, at a PATH, inode:N, or a name of ip netns",
    read: readNamespace,
  },
  length: {
    ...list,
    names: ["--length"],
    metavar: "MIN-MAX",
    help: "Packets of so many bytes",
    read: readRange("bytes"),
  },
  cgroup: {
    ...list,
    names: ["--cgroup"],
    metavar: "PATH",
    help: "Packets of sockets in the control group (version 2) at PATH, or id:N",
    read: readCgroup,
  },
} as const satisfies Record<string, OptionSpec>;

/** Conditions on journeys that have ended. */
export const journeyOptions = {
  dropped: {
    kind: "flag",
    filter: true,
    names: ["--dropped"],
    help: "Only journeys that end in a drop",
    commands: tracing.commands,
  },
  dropReason: {
    ...list,
    names: ["--drop-reason"],
    metavar: "NAME",
    help: "Only journeys that end in a drop for this reason; several with commas",
    read: readNames("NO_SOCKET,NETFILTER_DROP"),
  },
  minDurationNs: {
    ...one,
    names: ["--min-duration"],
    metavar: "TIME",
    help: "Only journeys that last TIME or longer: 50us, 2ms",
    read: readTimeNs,
  },
  hops: {
    ...one,
    names: ["--hops"],
    metavar: "MIN-MAX",
    help: "Only journeys with so many hops",
    read: readRange("hops"),
  },
  passed: {
    ...list,
    names: ["--passed"],
    metavar: "FUNCTION",
    help: "Only journeys that pass FUNCTION; several with commas",
    read: readNames("ip_rcv,ip_output"),
  },
} as const satisfies Record<string, OptionSpec>;
