/** Journeys in words, for the messages of failed assertions. */
import { isIPv6 } from "node:net";
import type { Flow } from "../../../src/gen/ipftrace/v1/flow.js";
import {
  Completeness,
  EndReason,
  LinkKind,
  LinkRole,
  type PacketJourney,
} from "../../../src/gen/ipftrace/v1/journey.js";

/** "10.0.1.10" or "fc00:0:…", by the number of bytes. */
function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const words = Array.from({ length: bytes.length / 2 }, (_, n) =>
    Buffer.from(bytes)
      .readUInt16BE(n * 2)
      .toString(16),
  );
  return new URL(`http://[${words.join(":")}]`).hostname.slice(1, -1);
}

/** For example "UDP 10.0.1.10:5000 > 10.0.1.11:53"; a number where the protocol has no short name here. */
export function flowText(flow: Flow | undefined): string {
  if (flow === undefined) return "no flow";
  if (flow.source.length === 0) return `EtherType 0x${flow.l3Protocol.toString(16).padStart(4, "0")}`;
  const names: Readonly<Record<number, string>> = {
    1: "ICMP",
    4: "IPIP",
    6: "TCP",
    17: "UDP",
    47: "GRE",
    58: "ICMPv6",
  };
  const end = (bytes: Uint8Array, port: number): string => {
    const text = addressText(bytes);
    if (port === 0) return text;
    return isIPv6(text) ? `[${text}]:${port}` : `${text}:${port}`;
  };
  const name = names[flow.l4Protocol] ?? String(flow.l4Protocol);
  return `${name} ${end(flow.source, flow.sourcePort)} > ${end(flow.destination, flow.destinationPort)}`;
}

/** One journey, one line a hop. */
export function journeyText(journey: PacketJourney): string {
  const links = journey.links.map(
    ({ role, kind, journeyId }) => `${nameOf(LinkRole, role)} ${nameOf(LinkKind, kind)} ${journeyId}`,
  );
  const end = [
    nameOf(EndReason, journey.endReason),
    journey.dropReason?.name,
    journey.dropReason?.location,
    nameOf(Completeness, journey.completeness),
  ];
  const head = `#${journey.journeyId} ${flowText(journey.flow)} ${end.filter(Boolean).join(" ")} ${links.join(", ")}`;
  const hops = journey.hops.map(({ function: name, length, cpu, netns, ifindex, flow }) => {
    const changed = flow === undefined ? "" : ` -> ${flowText(flow)}`;
    return `  ${name} (${length} bytes, CPU ${cpu}, netns ${netns}, ifindex ${ifindex})${changed}`;
  });
  return [head, ...hops].join("\n");
}

/** Several journeys; the first 40 of them. */
export function journeysText(journeys: readonly PacketJourney[]): string {
  const more = journeys.length > 40 ? [`… and ${journeys.length - 40} more`] : [];
  return [...journeys.slice(0, 40).map(journeyText), ...more].join("\n");
}

/** The last word of an enumerator's name is what tells it from the others. */
function nameOf(values: Readonly<Record<string, number>>, value: number): string {
  const name = Object.keys(values).find((key) => values[key] === value) ?? String(value);
  return name.replace(/^(END_REASON|LINK_ROLE|LINK_KIND|COMPLETENESS)_/, "");
}
