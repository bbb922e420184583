import { didYouMean } from "./nearest.js";
import type { Parsed } from "./parsed.js";
import { otherProtocolNames, protocolNames } from "./protocol-names.js";
import { quote } from "./quote.js";

/** Largest protocol number: the field is one byte in both IP headers. */
export const maxProtocol = 255;

/** TCP, UDP, DCCP, SCTP and UDP-Lite: their headers all begin with the source and the destination port. */
export const protocolsWithPorts: readonly number[] = [6, 17, 33, 132, 136];

const numbersByName = new Map<string, number>(Object.entries(otherProtocolNames));
for (const [number, name] of protocolNames.entries()) {
  if (name !== undefined) numbersByName.set(name, number);
}
const numbersByLowerCaseName = new Map([...numbersByName].map(([name, number]) => [name.toLowerCase(), number]));

/** Reads a transport protocol: its name in any letter case, or its IANA number, decimal, 0-255. */
export function parseProtocol(text: string): Parsed<number> {
  if (/^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= maxProtocol) return { value: Number(text) };
  const number = numbersByLowerCaseName.get(text.toLowerCase());
  if (number !== undefined) return { value: number };
  const suggestion = /^[a-z]/i.test(text) ? didYouMean(text, numbersByName.keys()) : "";
  return {
    error: `${quote(text)} is not a transport protocol${suggestion}: give a name such as ICMP, TCP, UDP or IPv6-ICMP, or a decimal number, 0-${maxProtocol}`,
  };
}

/** The name of a protocol as the original tool printed it, for example "IPv6-ICMP"; "Unknown(253)" without one. */
export function protocolName(number: number): string {
  return protocolNames[number] ?? `Unknown(${number})`;
}

/** Whether packets of this protocol carry a source and a destination port. */
export function hasPorts(protocol: number): boolean {
  return protocolsWithPorts.includes(protocol);
}
