/** Journeys as the original printed them, byte for byte. */

import { formatAddress } from "../filter/addresses.js";
import { etherTypeName, isIp } from "../filter/ether-types.js";
import { protocolName } from "../filter/protocols.js";
import type { Flow } from "../gen/ipftrace/v1/flow.js";
import type { PacketJourney } from "../gen/ipftrace/v1/journey.js";
import { type Column, layOut } from "./columns.js";
import { printable } from "./printable.js";
import { plain, type Style } from "./style.js";
import type { TraceNames } from "./trace-names.js";

/** Stands for whatever is not known because the hop that told it was lost. */
const UNKNOWN = "?";
/** Stands for the addresses of a packet that is not IP. */
const NONE = "-";

const timeStamp: Column = { header: "Time Stamp", align: "right" };
const functionName: Column = { header: "Function", align: "left" };
const customData: Column = { header: "Custom Data", align: "left" };
const changedFlow: Column = { header: "Changed Flow", align: "left" };

/**
 * One journey: a line with the flow, the table of its hops, an empty line. Time stamps are
 * nanoseconds since boot. The flow of a journey whose first hop was lost is `?\t?\t->\t?`.
 * Where a flow changes under way (NAT, encapsulation), that journey gets one more column.
 * Call stacks, where they were asked for, stand below the row of their hop.
 */
export function renderJourney(journey: PacketJourney, names: TraceNames, style: Style = plain): string {
  const { custom } = names;
  const changes = journey.hops.some(({ flow }) => flow !== undefined);
  const columns = [timeStamp, functionName, ...(custom ? [customData] : []), ...(changes ? [changedFlow] : [])];
  const rows = journey.hops.map((hop) => [
    (journey.startTimeNs + hop.deltaNs).toString(),
    printable(hop.function || (names.functions.get(hop.functionId) ?? UNKNOWN)),
    ...(custom ? [custom.text(hop.custom)] : []),
    ...(changes ? [changeText(hop.flow)] : []),
  ]);
  const [header = "", ...table] = layOut(columns, rows);
  const body = names.stacks.size === 0 ? table : withStacks(table, journey, names);
  const lines = [style.heading(flowLine(journey.flow)), header, ...body, ...dropLines(journey, names)];
  return `${lines.join("\n")}\n\n`;
}

function withStacks(table: readonly string[], { hops }: PacketJourney, names: TraceNames): string[] {
  return table.flatMap((line, index) => [line, ...stackLines(hops[index]?.stackId, names)]);
}

function stackLines(stackId: number | undefined, { stacks }: TraceNames): string[] {
  return (stacks.get(stackId ?? 0) ?? []).map((frame) => `    ${printable(frame)}`);
}

/** Why and where a packet was dropped; only above a call stack, since the original did not tell. */
function dropLines({ dropReason, endStackId }: PacketJourney, names: TraceNames): string[] {
  const stack = stackLines(endStackId, names);
  if (dropReason === undefined || stack.length === 0) return [];
  const { name, code, location } = dropReason;
  return [`dropped: ${printable(name || String(code))} at ${printable(location || UNKNOWN)}`, ...stack];
}

function changeText(flow: Flow | undefined): string {
  if (flow === undefined) return "";
  const { protocol, source, destination } = flowTexts(flow);
  return `${protocol} ${source} -> ${destination}`;
}

function flowLine(flow: Flow | undefined): string {
  if (flow === undefined) return `${UNKNOWN}\t${UNKNOWN}\t->\t${UNKNOWN}`;
  const { protocol, source, destination } = flowTexts(flow);
  return `${protocol}\t${source}\t->\t${destination}`;
}

function flowTexts({ l3Protocol, l4Protocol, source, destination, sourcePort, destinationPort }: Flow) {
  if (!isIp(l3Protocol)) return { protocol: etherTypeName(l3Protocol), source: NONE, destination: NONE };
  return {
    protocol: protocolName(l4Protocol),
    source: endpoint(source, sourcePort),
    destination: endpoint(destination, destinationPort),
  };
}

/** No brackets around IPv6, and no port 0: so the original did it. */
function endpoint(address: Uint8Array, port: number): string {
  return port === 0 ? formatAddress(address) : `${formatAddress(address)}:${port}`;
}
