import { readIpv4 } from "./ipv4.js";
import { formatIpv6, readIpv6 } from "./ipv6.js";
import type { Parsed } from "./parsed.js";
import { quote } from "./quote.js";

/** A block of addresses. */
export interface Prefix {
  /** First address of the block in network order, 4 or 16 bytes: the bits after `bits` are zero. */
  readonly bytes: Uint8Array;
  /** How many leading bits an address must share with it, 0-32 or 0-128. */
  readonly bits: number;
}

interface Family {
  readonly name: string;
  readonly example: string;
  readonly maxBits: number;
  readonly read: (text: string) => Uint8Array | string;
}

const families: Readonly<Record<4 | 6, Family>> = {
  4: { name: "IPv4", example: '"10.0.1.10" or "10.0.0.0/8"', maxBits: 32, read: readIpv4 },
  6: { name: "IPv6", example: '"fc00::1" or "fc00::/7"', maxBits: 128, read: readIpv6 },
};

/**
 * Reads an address ("10.0.1.10", which is a block of one) or a prefix ("10.0.0.0/8") of one family.
 * Bits after the prefix length are cleared: "10.1.2.3/8" means 10.0.0.0/8.
 */
export function parsePrefix(text: string, family: 4 | 6): Parsed<Prefix> {
  const { name, example, maxBits, read } = families[family];
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const bytes = read(address);
  if (typeof bytes === "string") return { error: addressFault(address, family, bytes) };
  const bits = slash < 0 ? maxBits : readPrefixLength(text.slice(slash + 1), maxBits);
  if (bits === undefined) {
    return { error: `${quote(text)} has a bad prefix length: ${name} has 0-${maxBits}, for example ${example}` };
  }
  return { value: { bytes: clearHostBits(bytes, bits), bits } };
}

function addressFault(address: string, family: 4 | 6, reason: string): string {
  const { name, example } = families[family];
  const other = families[family === 4 ? 6 : 4];
  if (typeof other.read(address) !== "string") {
    return `${quote(address)} is an ${other.name} address, and this is the place for an ${name} one: give for example ${example}`;
  }
  return `${quote(address)} is not an ${name} address (${reason}): give for example ${example}`;
}

function readPrefixLength(text: string, maxBits: number): number | undefined {
  const bits = /^(0|[1-9]\d{0,2})$/.test(text) ? Number(text) : Number.NaN;
  return bits <= maxBits ? bits : undefined;
}

function clearHostBits(bytes: Uint8Array, bits: number): Uint8Array {
  const mask = prefixMask(bits, bytes.length);
  return bytes.map((byte, index) => byte & (mask[index] ?? 0));
}

/** The netmask of a prefix length in network order, as many bytes as the address has. */
export function prefixMask(bits: number, byteLength: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, index) => {
    const ones = Math.min(8, Math.max(0, bits - 8 * index));
    return (0xff << (8 - ones)) & 0xff;
  });
}

/**
 * An address in network order as text: 4 bytes as a dotted quad, 16 bytes as RFC 5952 writes IPv6
 * (lower case, compressed). Bytes of any other length are no address and come out in hexadecimal.
 */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length === 16) return formatIpv6(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
