/** Writes the function that puts values of a packet into a block of memory. */
import type { Instruction } from "../ebpf/instruction.js";
import { Program } from "../ebpf/program.js";
import type { Span } from "./fault.js";
import { Generator } from "./generate.js";
import { SIZES } from "./generate-truth.js";
import { choosePointers } from "./kept.js";
import type { Value } from "./typed.js";

/** What to put: a number, bytes of memory, or a text up to its NUL. */
export type Source =
  | { readonly form: "number"; readonly value: Value; readonly bytes: 1 | 2 | 4 | 8 }
  | { readonly form: "memory" | "text"; readonly base: Value; readonly offset: number; readonly bytes: number };

/** A source, and where it goes. */
export interface Placed {
  readonly source: Source;
  /** Bytes from the start of the block. */
  readonly at: number;
  /** Its bit in the map of those that are there. */
  readonly bit: number;
}

/** A part of the block that somebody else fills; both are multiples of 8. */
export interface Cleared {
  /** Bytes from the start of the block. */
  readonly at: number;
  readonly bytes: number;
}

/** Bytes of the bit map at the start of a block. */
export const PRESENCE_BYTES = 8;

/**
 * A function that takes an sk_buff in r1 and a block in r2. `span` is what a fault about a source
 * that cannot be written points to.
 */
export function writeCollector(
  all: readonly Placed[],
  cleared?: Cleared,
  span: Span = { at: 0, end: 0 },
): readonly Instruction[] {
  const program = new Program();
  const generator = new Generator(program, span);
  program.move("r6", "r1");
  program.move("r7", "r2");
  generator.hiddenZero("r8");
  generator.keep(choosePointers(all.map(({ source }) => asRead(source))));
  for (const placed of all) writeSource(generator, placed);
  for (let at = 0; at < (cleared?.bytes ?? 0); at += 8) program.store("u64", "r7", (cleared?.at ?? 0) + at, 0);
  program.store("u64", "r7", 0, "r8");
  program.move("r0", 0);
  program.exit();
  return program.finish();
}

function writeSource(generator: Generator, { source, at, bit }: Placed): void {
  const { program } = generator;
  const absent = program.label();
  if (source.form === "number") {
    generator.value(source.value, absent);
    program.store(SIZES[source.bytes], "r7", at, "r0");
  } else {
    const to = { register: "r7", offset: at } as const;
    const { base, offset, bytes } = source;
    if (source.form === "text") generator.readText(base, offset, bytes, absent, to);
    else generator.read(base, offset, bytes, absent, to);
  }
  generator.hiddenZero("r0");
  program.moveWide("r1", 1n << BigInt(bit));
  program.alu("r0", "+", "r1");
  program.alu("r8", "|", "r0");
  program.place(absent);
}

/** Memory as a value that is read: what is kept is chosen by the reads. */
function asRead(source: Source): Value {
  if (source.form === "number") return source.value;
  const { base, offset } = source;
  const type = { kind: "integer", name: "", bytes: 8, isSigned: false, isBool: false } as const;
  return { op: "load", base, offset, type };
}
