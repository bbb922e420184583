/**
 * Comparisons of one value with lists of values.
 *
 * Each function goes on behind what it writes when the value matches, and jumps to `mismatch`
 * when it does not. Lists are not empty. Registers: r1 struct flow_record, r2 struct
 * packet_fields; r3 to r9 are free.
 */
import type { Register } from "../ebpf/instruction.js";
import type { Label, Program } from "../ebpf/program.js";
import type { MarkCondition } from "../gen/ipftrace/v1/filter.js";
import { type Prefix, prefixMask } from "./addresses.js";
import { INTERFACE_NAME_BYTES, packetFieldsLayout } from "./packet-fields.js";

const ALL_BITS = 0xffff_ffff;
const WORDS_OF_IPV6 = ["r6", "r7", "r8", "r9"] as const;
const WORD_BYTES = 4;

/** One of the values: `unless` jumps to its label when one value does not match. */
export function anyOf<T>(
  code: Program,
  values: readonly T[],
  mismatch: Label,
  unless: (value: T, mismatch: Label) => void,
): void {
  const match = code.label();
  for (const value of values.slice(0, -1)) {
    const next = code.label();
    unless(value, next);
    code.jump(match);
    code.place(next);
  }
  for (const last of values.slice(-1)) unless(last, mismatch);
  code.place(match);
}

/** A register of 32 bits. */
export function unlessNumber(code: Program, register: Register, numbers: readonly number[], mismatch: Label): void {
  anyOf(code, numbers, mismatch, (number, next) => code.jumpIf32(register, "!=", number, next));
}

/** A register with a mark; r4 is lost. */
export function unlessMark(code: Program, register: Register, marks: readonly MarkCondition[], mismatch: Label): void {
  anyOf(code, marks, mismatch, ({ value, mask }, next) => unlessMasked(code, register, value, mask || ALL_BITS, next));
}

/** The IPv4 address at r1 + offset. */
export function unlessIpv4(code: Program, offset: number, prefixes: readonly Prefix[], mismatch: Label): void {
  code.load("u32", "r3", "r1", offset);
  anyOf(code, prefixes, mismatch, (prefix, next) => unlessInPrefix(code, ["r3"], prefix, next));
}

/** The IPv6 address at r1 + offset. */
export function unlessIpv6(code: Program, offset: number, prefixes: readonly Prefix[], mismatch: Label): void {
  for (const [index, register] of WORDS_OF_IPV6.entries()) {
    code.load("u32", register, "r1", offset + index * WORD_BYTES);
  }
  anyOf(code, prefixes, mismatch, (prefix, next) => unlessInPrefix(code, WORDS_OF_IPV6, prefix, next));
}

/** The interface's name at r2. */
export function unlessInterface(code: Program, names: readonly string[], mismatch: Label): void {
  code.load("u64", "r3", "r2", packetFieldsLayout.interface);
  code.load("u64", "r4", "r2", packetFieldsLayout.interface + 8);
  anyOf(code, names, mismatch, (name, next) => {
    const bytes = Buffer.alloc(INTERFACE_NAME_BYTES);
    bytes.write(name);
    unlessWide(code, "r3", bytes.readBigUInt64LE(0), next);
    unlessWide(code, "r4", bytes.readBigUInt64LE(8), next);
  });
}

/** A register of 64 bits; r5 is lost. */
export function unlessWide(code: Program, register: Register, value: bigint, mismatch: Label): void {
  code.moveWide("r5", value);
  code.jumpIf(register, "!=", "r5", mismatch);
}

/** Words and masks lie in registers as they lie in the packet, in network order: all of them alike. */
function unlessInPrefix(code: Program, words: readonly Register[], { bytes, bits }: Prefix, mismatch: Label): void {
  const masks = Buffer.from(prefixMask(bits, bytes.length));
  const values = Buffer.from(bytes);
  for (const [index, register] of words.entries()) {
    const at = index * WORD_BYTES;
    const mask = masks.readUInt32LE(at);
    if (mask !== 0) unlessMasked(code, register, values.readUInt32LE(at), mask, mismatch);
  }
}

function unlessMasked(code: Program, register: Register, value: number, mask: number, mismatch: Label): void {
  if (mask === ALL_BITS) {
    code.jumpIf32(register, "!=", value, mismatch);
    return;
  }
  code.move32("r4", register);
  code.alu32("r4", "&", mask);
  code.jumpIf32("r4", "!=", value, mismatch);
}
