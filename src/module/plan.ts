/** From the modules of a trace to the block of values that every hop carries, on one kernel. */
import type { TypeTable } from "../btf/type-table.js";
import type { BlockField } from "../decode/custom-block.js";
import type { Instruction } from "../ebpf/instruction.js";
import type { Violation } from "../errors.js";
import { PRESENCE_BYTES, writeCollector } from "../expression/collect.js";
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
import { Block, type CompiledPart } from "./block.js";
import { FUNCTION, readCompiled } from "./compiled.js";
import { type ReadField, readField } from "./field.js";

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
  /** undefined: none of them is compiled. */
  readonly compiled: CompiledCode | undefined;
}

/** The compiled module of a trace. */
interface CompiledCode extends CompiledPart {
  /** As in {@link NamedModule}. */
  readonly path: string;
  readonly name: string;
  /** Its object file, with types that the linker takes. */
  readonly object: Buffer;
}

/** The plan, or everything that is wrong with the modules. */
export function planModules(table: TypeTable, modules: readonly NamedModule[]): Plan | { violations: Violation[] } {
  const planner = new Planner(table);
  for (const one of modules) planner.add(one);
  return planner.plan();
}

/** Goes through the modules of a trace. */
class Planner {
  readonly #table: TypeTable;
  readonly #violations: Violation[] = [];
  readonly #block = new Block();
  readonly #matches: Value[] = [];
  readonly #schemas: CustomSchema[] = [];
  #compiled: CompiledCode | undefined;
  #lastFieldId = 0;

  constructor(table: TypeTable) {
    this.#table = table;
  }

  add(one: NamedModule): void {
    if (one.module.object.length > 0) this.#addCompiled(one);
    else this.#addDeclarative(one);
  }

  plan(): Plan | { violations: Violation[] } {
    const violations = [...this.#violations, ...this.#block.faults()];
    if (violations.length > 0) return { violations };
    const { fields, bytes, placed } = this.#block;
    const compiled = this.#compiled;
    const common = { schemas: this.#schemas, matches: this.#matches, fields, bytes };
    return { ...common, compiled, collector: writeCollector(placed, compiled) };
  }

  #addDeclarative({ path, module }: NamedModule): void {
    const fields = module.fields.map((field, index): CustomField => {
      const read = readAny(this.#table, field);
      const fieldId = ++this.#lastFieldId;
      if ("error" in read && !(read.isLack && field.optional)) {
        this.#fault(`${path}.fields[${index}].read`, `${quote(field.name)}: ${read.error}`);
      }
      if ("value" in read) this.#block.add(fieldId, field.name, read.value);
      return toSchemaField(fieldId, field, read);
    });
    this.#addSchema(module.name, module.description, fields);
    const match = module.match === "" ? undefined : readCondition(module.match, this.#table);
    if (match !== undefined && "error" in match) this.#fault(`${path}.match`, match.error);
    if (match !== undefined && "value" in match) this.#matches.push(match.value);
  }

  #addCompiled({ path, module }: NamedModule): void {
    const { name } = module;
    if (this.#compiled !== undefined) {
      const description = `${quote(name)} is a compiled module, and so is ${quote(this.#compiled.name)}: a trace can have one, because both define ${FUNCTION}; put both into one source, or run two traces`;
      this.#fault(`${path}.object`, description);
      return;
    }
    const read = readCompiled(module.object, this.#table);
    if ("error" in read) {
      this.#fault(`${path}.object`, `${quote(name)} ${read.error}`);
      return;
    }
    const { object, bytes } = read.value;
    const firstId = this.#lastFieldId + 1;
    const part = this.#block.addStruct(firstId, name, read.value.fields, bytes);
    this.#compiled = { ...part, path, name, object };
    this.#lastFieldId += read.value.fields.length;
    const fields = read.value.fields.map(({ name, kind, unit, description, names }, index) => {
      return { fieldId: firstId + index, name, kind, unit, description, names: [...names], absentReason: "" };
    });
    this.#addSchema(name, module.description || read.value.description, fields);
  }

  #addSchema(name: string, description: string, fields: CustomField[]): void {
    this.#schemas.push({ schemaId: this.#schemas.length + 1, name, description, fields });
  }

  #fault(field: string, description: string): void {
    this.#violations.push({ field, description });
  }
}

/** The first of a field's expressions that this kernel has; else what is wrong with the one that was preferred. */
function readAny(table: TypeTable, field: ModuleField): Understood<ReadField> {
  let first: Understood<ReadField> | undefined;
  for (const text of [field.read, ...field.alternatives]) {
    const read = understand(text, table, (typed, span) => {
      const found = readField(table, field, typed, span);
      // What cannot be written is to be told together with its text.
      writeCollector([{ source: found.source, at: PRESENCE_BYTES, bit: 0 }], undefined, span);
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
