import { readIpv4 } from "./ipv4.js";

const groupCount = 8;

/**
 * Why a text is not an IPv6 address, or its 16 bytes. Reads every form of RFC 4291 §2.2,
 * the last 32 bits as a dotted quad included; zone ids ("%eth0") are refused.
 */
export function readIpv6(text: string): Uint8Array | string {
  if (text.includes("%")) return "zone ids are not accepted: leave out everything from the % on";
  const halves = text.split("::");
  if (halves.length > 2) return `"::" may occur once`;
  const head = readGroups(halves[0] ?? "", halves.length === 1);
  if (typeof head === "string") return head;
  const tail = readGroups(halves[1] ?? "", true);
  if (typeof tail === "string") return tail;
  const missing = groupCount - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1)
    return 'an IPv6 address has eight groups, or fewer around one "::"';
  return toBytes([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

function readGroups(text: string, isEnd: boolean): number[] | string {
  if (text === "") return [];
  const groups = text.split(":");
  const quad = isEnd && groups.at(-1)?.includes(".") === true ? groups.pop() : undefined;
  for (const group of groups) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return "groups are one to four hexadecimal digits";
  }
  const values = groups.map((group) => Number.parseInt(group, 16));
  if (quad === undefined) return values;
  const octets = readIpv4(quad);
  if (typeof octets === "string") return octets;
  const view = new DataView(octets.buffer);
  return [...values, view.getUint16(0), view.getUint16(2)];
}

function toBytes(groups: readonly number[]): Uint8Array {
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** An IPv6 address of 16 bytes as RFC 5952 writes it; IPv4-mapped addresses end in a dotted quad (its §5). */
export function formatIpv6(bytes: Uint8Array): string {
  if (isIpv4Mapped(bytes)) return `::ffff:${bytes.subarray(12).join(".")}`;
  const groups = Array.from({ length: groupCount }, (_, index) => group(bytes, index));
  const zeros = longestZeroRun(groups);
  const hex = groups.map((value) => value.toString(16));
  if (zeros.length < 2) return hex.join(":");
  return `${hex.slice(0, zeros.start).join(":")}::${hex.slice(zeros.start + zeros.length).join(":")}`;
}

function group(bytes: Uint8Array, index: number): number {
  return ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0);
}

function isIpv4Mapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** The first of the longest runs of zero groups, RFC 5952 §4.2. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [index, value] of groups.entries()) {
    length = value === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { start: index - length + 1, length };
  }
  return longest;
}
