/** From the modules of a trace to the block of values that every hop carries, on one kernel. */
import type { TypeTable } from "../btf/type-table.js";
import type { BlockField } from "../decode/custom-block.js";
import type { Instruction } from "../ebpf/instruction.js";
import type { Violation } from "../errors.js";
import { type Placed, PRESENCE_BYTES, type Source, writeCollector } from "../expression/collect.js";
import { readCondition } from "../expression/condition.js";
import type { Value } from "../expression/typed.js";
import { type Understood, understand } from "../expression/understand.js";
import { quote } from "../filter/quote.js";
import {
  type CustomField,
  CustomKind,
  type CustomSchema,
  type Module,
  type ModuleField,
} from "../gen/ipftrace/v1/custom.js";
import { type ReadField, readField } from "./field.js";
import { MAX_FIELDS, MAX_HOP_BYTES } from "./limits.js";

/** A module, and how messages call it: "modules[0]". */
export interface NamedModule {
  readonly path: string;
  readonly module: Module;
}

/** What the modules of a trace mean on one kernel. */
export interface Plan {
  readonly schemas: readonly CustomSchema[];
  readonly fields: readonly BlockField[];
  /** Size of the block; a multiple of 8; 0 when there is nothing to collect. */
  readonly bytes: number;
  /** The function that fills the block. */
  readonly collector: readonly Instruction[];
  /** The modules' conditions on packets. */
  readonly matches: readonly Value[];
}

/** The plan, or everything that is wrong with the modules. */
export function planModules(table: TypeTable, modules: readonly NamedModule[]): Plan | { violations: Violation[] } {
  const violations: Violation[] = [];
  const block = new Block();
  const matches: Value[] = [];
  const schemas: CustomSchema[] = [];
  let fieldId = 0;
  for (const { path, module } of modules) {
    const fields = module.fields.map((field, index): CustomField => {
      const read = readAny(table, field);
      fieldId++;
      if ("error" in read && !(read.isLack && field.optional)) {
        violations.push({ field: `${path}.fields[${index}].read`, description: `${quote(field.name)}: ${read.error}` });
      }
      if ("value" in read) block.add(fieldId, field.name, read.value);
      return toSchemaField(fieldId, field, read);
    });
    schemas.push({ schemaId: schemas.length + 1, name: module.name, description: module.description, fields });
    const match = module.match === "" ? undefined : readCondition(module.match, table);
    if (match !== undefined && "error" in match) violations.push({ field: `${path}.match`, description: match.error });
    if (match !== undefined && "value" in match) matches.push(match.value);
  }
  violations.push(...block.faults());
  if (violations.length > 0) return { violations };
  return { schemas, matches, fields: block.fields, bytes: block.bytes, collector: writeCollector(block.placed) };
}

/** The first of a field's expressions that this kernel has; else what is wrong with the one that was preferred. */
function readAny(table: TypeTable, field: ModuleField): Understood<ReadField> {
  let first: Understood<ReadField> | undefined;
  for (const text of [field.read, ...field.alternatives]) {
    const read = understand(text, table, (typed, span) => {
      const found = readField(table, field, typed, span);
      // What cannot be written is to be told together with its text.
      writeCollector([{ source: found.source, at: PRESENCE_BYTES }], span);
      return found;
    });
    if ("value" in read || !read.isLack) return read;
    first ??= read;
  }
  return first ?? { error: "nothing to read", isLack: false };
}

function toSchemaField(fieldId: number, field: ModuleField, read: Understood<ReadField>): CustomField {
  const { name, unit, description } = field;
  const common = { fieldId, name, unit, description };
  if ("error" in read) {
    const [what = ""] = read.error.split("\n");
    return { ...common, kind: CustomKind.CUSTOM_KIND_UNSPECIFIED, names: [], absentReason: what };
  }
  return { ...common, kind: read.value.kind, names: [...read.value.names], absentReason: "" };
}

/** Lays the fields out, each aligned to its own size where it is a number. */
class Block {
  readonly fields: BlockField[] = [];
  readonly placed: Placed[] = [];
  readonly #names: string[] = [];
  #end = PRESENCE_BYTES;

  get bytes(): number {
    return this.fields.length === 0 ? 0 : Math.ceil(this.#end / 8) * 8;
  }

  add(fieldId: number, name: string, { kind, source }: ReadField): void {
    const { bytes } = source;
    const step = source.form === "number" ? bytes : 1;
    const at = Math.ceil(this.#end / step) * step;
    this.#end = at + bytes;
    this.#names.push(`${name} ${bytes}`);
    this.fields.push({ fieldId, at, bytes, form: formOf(kind, source) });
    this.placed.push({ source, at });
  }

  *faults(): Generator<Violation> {
    if (this.fields.length > MAX_FIELDS) {
      yield {
        field: "modules",
        description: `the modules have ${this.fields.length} fields together: ${MAX_FIELDS} are the most`,
      };
    }
    if (this.bytes > MAX_HOP_BYTES) {
      const sizes = this.#names.join(", ");
      const description = `the modules add ${this.bytes} bytes to every hop, and ${MAX_HOP_BYTES} are the most: leave out fields (bytes of each: ${sizes}; 8 say which are there)`;
      yield { field: "modules", description };
    }
  }
}

function formOf(kind: CustomKind, source: Source): BlockField["form"] {
  if (kind === CustomKind.CUSTOM_KIND_STRING) return "text";
  if (kind === CustomKind.CUSTOM_KIND_SIGNED) return "signed";
  const isBytes =
    kind === CustomKind.CUSTOM_KIND_BYTES || kind === CustomKind.CUSTOM_KIND_IP || kind === CustomKind.CUSTOM_KIND_MAC;
  return isBytes || source.form !== "number" ? "bytes" : "unsigned";
}
