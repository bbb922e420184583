/**
 * Reads a compiled module: an object file whose function fills a struct. The struct's BTF is the
 * schema, so that its author writes no decoder; tags.ts has what C cannot say.
 */
import { bpfObjectFault, hasEndlessType } from "../btf/bpf-object.js";
import { Btf, Kind } from "../btf/btf.js";
import { elfDefinition, elfSection } from "../btf/elf.js";
import type { TypeTable } from "../btf/type-table.js";
import { IpftraceError } from "../errors.js";
import { quote } from "../filter/quote.js";
import { type CompiledField, readMembers } from "./struct.js";
import { tagsOf } from "./tags.js";

/** The function that a module defines; bpf/module.h has one that gives way to it. */
export const FUNCTION = "module_collect";
/** What the collector and all that is linked with it is licensed under (bpf/ipftrace.bpf.c). */
const LICENSE = "Dual BSD/GPL";
const HOW_TO_COMPILE = '"ipftrace module check FILE.bpf.c" compiles as it must be';
const SIGNATURE = `int ${FUNCTION}(struct sk_buff *skb, struct NAME *values)`;

/** A compiled module, as far as its file tells. */
export interface CompiledModule {
  /** From the struct's tag; empty: none. */
  readonly description: string;
  readonly fields: readonly CompiledField[];
  /** Size of the struct. */
  readonly bytes: number;
  /** The file, with the types of the function that the collector's own has. */
  readonly object: Buffer;
}

/** Reads the file; names of values come from it or from the kernel's `table`. The error follows the module's name. */
export function readCompiled(
  bytes: Uint8Array,
  table: TypeTable,
): { readonly value: CompiledModule } | { readonly error: string } {
  try {
    return { value: read(Buffer.from(bytes), table) };
  } catch (reason) {
    if (reason instanceof ModuleFault) return { error: reason.message };
    throw reason;
  }
}

/** What is wrong with the file, to follow the module's name. */
class ModuleFault extends Error {
  override readonly name = "ModuleFault";
}

function read(file: Buffer, table: TypeTable): CompiledModule {
  const fault = bpfObjectFault(file);
  if (fault !== undefined) throw new ModuleFault(`${fault}: compile it with clang -target bpf; ${HOW_TO_COMPILE}`);
  const section = elfSection(file, ".BTF");
  if (section === undefined) {
    throw new ModuleFault(
      `has no BTF, which tells its fields: compile it with -g, and do not strip it; ${HOW_TO_COMPILE}`,
    );
  }
  checkDefinition(file);
  checkLicense(file);
  const btf = readBtf(section);
  const { prototype, struct } = readSignature(btf);
  const own = table.before(btf);
  const members = readMembers(own, { btf, id: struct });
  if ("error" in members) throw new ModuleFault(members.error);
  const { description } = tagsOf(btf, struct, -1);
  const object = withPlainTypes(file, btf, prototype);
  return { description, fields: members.value, bytes: btf.size(struct), object };
}

function readBtf(section: Buffer): Btf {
  try {
    const btf = new Btf(section);
    if (hasEndlessType(btf)) throw new ModuleFault("cannot be read: its BTF refers to itself");
    return btf;
  } catch (reason) {
    if (reason instanceof IpftraceError) throw new ModuleFault(`cannot be read: ${reason.message}`);
    throw reason;
  }
}

function checkDefinition(file: Buffer): void {
  const found = elfDefinition(file, FUNCTION);
  if (found === undefined || found.section === "")
    throw new ModuleFault(`defines no function ${FUNCTION}: add ${SIGNATURE}`);
  if (found.binding === "local") throw new ModuleFault(`defines ${FUNCTION} as static: leave the word out`);
  if (found.binding === "weak") throw new ModuleFault(`defines ${FUNCTION} as weak: leave __weak out`);
  if (found.section !== ".text") {
    throw new ModuleFault(`puts ${FUNCTION} into the section ${quote(found.section)}: leave SEC() out`);
  }
}

function checkLicense(file: Buffer): void {
  const section = elfSection(file, "license");
  const license = section?.toString("latin1").replace(/\0+$/, "");
  if (license === undefined || license === LICENSE) return;
  throw new ModuleFault(
    `declares the license ${quote(license)}: leave it out, it is linked with what is ${quote(LICENSE)}`,
  );
}

/** The ids of the function's prototype and of the struct that it fills. */
function readSignature(btf: Btf): { prototype: number; struct: number } {
  const id = btf.find(Kind.FUNC, FUNCTION);
  if (id === undefined) throw new ModuleFault(`does not describe ${FUNCTION} in its BTF: compile it with -g`);
  const prototype = btf.ref(id);
  const [skb, values] = [0, 1].map((i) => pointedTo(btf, i < btf.length(prototype) ? btf.item(prototype, i, 1) : 0));
  const isInt = btf.name(btf.skipModifiers(btf.ref(prototype))) === "int";
  const struct = values ?? 0;
  const isSkb = skb !== undefined && btf.name(skb) === "sk_buff";
  if (!isInt || !isSkb || btf.length(prototype) !== 2 || btf.kind(struct) !== Kind.STRUCT) {
    throw new ModuleFault(`has another ${FUNCTION} than is called: it must be ${SIGNATURE}`);
  }
  return { prototype, struct };
}

/** The type that a pointer points to; undefined for what is no pointer. */
function pointedTo(btf: Btf, id: number): number | undefined {
  const pointer = btf.skipModifiers(id);
  return btf.kind(pointer) === Kind.PTR ? btf.skipModifiers(btf.ref(pointer)) : undefined;
}

/**
 * The file with pointers to void as the function's arguments: the linker wants the same types
 * wherever a function is defined, and the collector knows no module's struct. It does not
 * matter to the verifier, which checks a hidden function's code by what it is called with.
 */
function withPlainTypes(file: Buffer, btf: Btf, prototype: number): Buffer {
  const copy = Buffer.from(file);
  const section = elfSection(copy, ".BTF") ?? Buffer.alloc(0);
  for (const i of [0, 1]) {
    const pointer = btf.skipModifiers(btf.item(prototype, i, 1));
    section.writeUInt32LE(pointer, btf.itemOffset(prototype, i, 1));
    section.writeUInt32LE(0, btf.refOffset(pointer));
  }
  section.writeUInt32LE(btf.skipModifiers(btf.ref(prototype)), btf.refOffset(prototype));
  return copy;
}
