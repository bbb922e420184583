/** Lays the values of all modules of a trace out in one block (bpf/custom.h). */
import type { BlockField } from "../decode/custom-block.js";
import type { Violation } from "../errors.js";
import { type Cleared, type Placed, PRESENCE_BYTES, type Source } from "../expression/collect.js";
import { CustomKind } from "../gen/ipftrace/v1/custom.js";
import type { ReadField } from "./field.js";
import { MAX_FIELDS, MAX_HOP_BYTES } from "./limits.js";
import type { CompiledField } from "./struct.js";

/** Where in the block a compiled module writes. */
export interface CompiledPart extends Cleared {
  /** Its bits in the map of the fields that are there. */
  readonly fields: bigint;
}

/** A block that is being laid out: fields in the order in which they are added. */
export class Block {
  readonly fields: BlockField[] = [];
  readonly placed: Placed[] = [];
  readonly #names: string[] = [];
  #end = PRESENCE_BYTES;

  /** Size of the block; a multiple of 8; 0 when it has no fields. */
  get bytes(): number {
    return this.fields.length === 0 ? 0 : roundUp(this.#end, 8);
  }

  /** Adds a field of a declarative module, aligned to its own size where it is a number. */
  add(fieldId: number, name: string, { kind, source }: ReadField): void {
    const { bytes } = source;
    const at = roundUp(this.#end, source.form === "number" ? bytes : 1);
    this.#end = at + bytes;
    this.#names.push(`${name} ${bytes}`);
    this.placed.push({ source, at, bit: this.fields.length });
    this.fields.push({ fieldId, at, bytes, form: formOf(kind, source) });
  }

  /** Adds the struct of a compiled module, whose fields have the numbers from `firstId` on. */
  addStruct(firstId: number, name: string, fields: readonly CompiledField[], structBytes: number): CompiledPart {
    const at = roundUp(this.#end, 8);
    const bytes = roundUp(structBytes, 8);
    const bits = (1n << BigInt(fields.length)) - 1n;
    const part = { at, bytes, fields: bits << BigInt(this.fields.length) };
    this.#end = at + bytes;
    this.#names.push(`${name} ${bytes}`);
    for (const [index, field] of fields.entries()) {
      const { source, offset, kind } = field;
      // An expression exchanges the bytes where it reads; here they lie as the module wrote them.
      const isSwapped = source.form === "number" && source.value.op === "swap";
      const form = isSwapped ? "big-endian" : formOf(kind, source);
      this.fields.push({ fieldId: firstId + index, at: at + offset, bytes: source.bytes, form });
    }
    return part;
  }

  /** What is too much. */
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

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

function formOf(kind: CustomKind, source: Source): BlockField["form"] {
  if (kind === CustomKind.CUSTOM_KIND_STRING) return "text";
  if (kind === CustomKind.CUSTOM_KIND_SIGNED) return "signed";
  const isBytes =
    kind === CustomKind.CUSTOM_KIND_BYTES || kind === CustomKind.CUSTOM_KIND_IP || kind === CustomKind.CUSTOM_KIND_MAC;
  return isBytes || source.form !== "number" ? "bytes" : "unsigned";
}
