/** One entry of Filter.allow or Filter.deny as eBPF. Registers and labels are as in compile-values.ts. */
import { FlowFlag, flowLayout } from "../decode/layout.js";
import type { Label, Program } from "../ebpf/program.js";
import {
  anyOf,
  unlessInterface,
  unlessIpv4,
  unlessIpv6,
  unlessMark,
  unlessNumber,
  unlessWide,
} from "./compile-values.js";
import { asksEnds, type Condition, type End } from "./condition.js";
import { packetFieldsLayout } from "./packet-fields.js";
import { protocolsWithPorts } from "./protocols.js";

/** EtherTypes, include/uapi/linux/if_ether.h. */
const etherTypes = { 4: 0x0800, 6: 0x86dd } as const;

/** Where the two ends of the flow lie: of a packet as it is, and of its reply. */
const FORWARD = [
  { address: flowLayout.source, port: flowLayout.source_port },
  { address: flowLayout.destination, port: flowLayout.destination_port },
] as const;
const BACKWARD = [FORWARD[1], FORWARD[0]] as const;

/** Goes on when the packet matches the condition, which asks something; jumps when not. */
export function unlessCondition(code: Program, condition: Condition, mismatch: Label): void {
  if (condition.version !== 0) unlessVersion(code, condition.version, mismatch);
  if (condition.protocols.length > 0) unlessProtocol(code, condition.protocols, mismatch);
  unlessFields(code, condition.fields, mismatch);
  unlessPorts(code, condition, mismatch);
  if (!asksEnds(condition)) return;
  if (!condition.bothDirections) {
    unlessEnds(code, condition, FORWARD, mismatch);
    return;
  }
  const [match, backward] = [code.label(), code.label()];
  unlessEnds(code, condition, FORWARD, backward);
  code.jump(match);
  code.place(backward);
  unlessEnds(code, condition, BACKWARD, mismatch);
  code.place(match);
}

function unlessVersion(code: Program, version: 4 | 6, mismatch: Label): void {
  code.load("u16", "r3", "r1", flowLayout.l3_protocol);
  code.jumpIf32("r3", "!=", etherTypes[version], mismatch);
}

function unlessProtocol(code: Program, protocols: readonly number[], mismatch: Label): void {
  code.load("u8", "r3", "r1", flowLayout.l4_protocol);
  unlessNumber(code, "r3", protocols, mismatch);
}

/** A condition on ports asks for a packet that carries them. */
function unlessPorts(code: Program, { source, destination, protocols }: Condition, mismatch: Label): void {
  if (source.ports.length + destination.ports.length === 0) return;
  // Protocols that are given have ports, or the filter would have been refused.
  if (protocols.length === 0) unlessProtocol(code, protocolsWithPorts, mismatch);
  code.load("u8", "r3", "r1", flowLayout.flags);
  code.jumpIf32("r3", "&", FlowFlag.LATER_FRAGMENT, mismatch);
}

function unlessFields(code: Program, fields: Condition["fields"], mismatch: Label): void {
  const { marks, interfaceNames, lengths, cgroupIds, netns } = fields;
  if (marks.length > 0) {
    code.load("u32", "r3", "r2", packetFieldsLayout.mark);
    unlessMark(code, "r3", marks, mismatch);
  }
  if (lengths.length > 0) {
    code.load("u32", "r3", "r2", packetFieldsLayout.length);
    anyOf(code, lengths, mismatch, ({ min, max }, next) => {
      if (min > 0) code.jumpIf32("r3", "<", min, next);
      if (max > 0) code.jumpIf32("r3", ">", max, next);
    });
  }
  if (netns.length > 0) {
    code.load("u32", "r3", "r2", packetFieldsLayout.netns);
    unlessNumber(code, "r3", netns, mismatch);
  }
  if (interfaceNames.length > 0) unlessInterface(code, interfaceNames, mismatch);
  if (cgroupIds.length > 0) {
    code.load("u64", "r3", "r2", packetFieldsLayout.cgroup);
    anyOf(code, cgroupIds, mismatch, (id, next) => unlessWide(code, "r3", id, next));
  }
}

function unlessEnds(code: Program, condition: Condition, places: typeof FORWARD | typeof BACKWARD, fail: Label): void {
  const ends = [
    [condition.source, places[0]],
    [condition.destination, places[1]],
  ] as const;
  for (const [{ ports }, { port }] of ends) {
    if (ports.length === 0) continue;
    code.load("u16", "r3", "r1", port);
    unlessNumber(code, "r3", ports, fail);
  }
  unlessAddresses(code, condition, places, fail);
}

/** Conditions on the addresses of a family are asked of its packets alone. */
function unlessAddresses(code: Program, condition: Condition, places: typeof FORWARD | typeof BACKWARD, fail: Label) {
  const { version, source, destination } = condition;
  const asks = (family: "ipv4" | "ipv6") => source[family].length + destination[family].length > 0;
  const write = (family: "ipv4" | "ipv6") => {
    unlessAddress(code, family, source, places[0].address, fail);
    unlessAddress(code, family, destination, places[1].address, fail);
  };
  if (version !== 0) return write(version === 4 ? "ipv4" : "ipv6");
  for (const family of ["ipv4", "ipv6"] as const) {
    if (!asks(family)) continue;
    const next = code.label();
    unlessVersion(code, family === "ipv4" ? 4 : 6, next);
    write(family);
    code.place(next);
  }
}

function unlessAddress(code: Program, family: "ipv4" | "ipv6", end: End, offset: number, fail: Label): void {
  const prefixes = end[family];
  if (prefixes.length === 0) return;
  if (family === "ipv4") unlessIpv4(code, offset, prefixes, fail);
  else unlessIpv6(code, offset, prefixes, fail);
}
