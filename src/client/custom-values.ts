/** The values that modules add to hops, as text and as JSON. */

import { formatAddress } from "../filter/addresses.js";
import { type CustomField, CustomKind, type CustomSchema, type CustomValue } from "../gen/ipftrace/v1/custom.js";
import { printable } from "./printable.js";

/**
 * A value as a program reads it: bigint for UNSIGNED, SIGNED and HEX, boolean for BOOL, Uint8Array for
 * BYTES, text for all others; undefined for one that says nothing.
 */
export type CustomData = bigint | boolean | string | Uint8Array | undefined;

/** Reads the values of hops by the schemas of one trace. */
export interface CustomReader {
  /** One cell: `(len: 2101 gso_type: SKB_GSO_TCPV4)` for each module; empty where nothing was collected. */
  text(values: readonly CustomValue[]): string;
  /** By field name; a name that two modules use is preceded by the module's: `gso.len`. */
  json(values: readonly CustomValue[]): Record<string, string | boolean>;
  /** The same keys with values of their own types. */
  data(values: readonly CustomValue[]): Record<string, CustomData>;
}

/** Undefined when no module adds anything: then there is no column either. */
export function customReader(schemas: readonly CustomSchema[]): CustomReader | undefined {
  if (schemas.length === 0) return undefined;
  const keys = fieldKeys(schemas);
  const fields = new Map(schemas.flatMap((schema) => schema.fields).map((field) => [field.fieldId, field]));
  const byName = <T>(values: readonly CustomValue[], read: (field: CustomField, value: CustomValue) => T) => {
    const entries = values.flatMap((value) => {
      const field = fields.get(value.fieldId);
      return field === undefined ? [] : [[keys.get(field) ?? field.name, read(field, value)] as const];
    });
    return Object.fromEntries(entries);
  };
  return {
    text: (values) => schemas.flatMap((schema) => schemaText(schema, values)).join(" "),
    json: (values) => byName(values, valueJson),
    data: (values) => byName(values, valueData),
  };
}

function fieldKeys(schemas: readonly CustomSchema[]): Map<CustomField, string> {
  const uses = new Map<string, number>();
  for (const { name } of schemas.flatMap((schema) => schema.fields)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const named = schemas.flatMap((schema) =>
    schema.fields.map((field) => [field, uses.get(field.name) === 1 ? field.name : `${schema.name}.${field.name}`]),
  );
  return new Map(named as [CustomField, string][]);
}

/** A field that could not be read is shown as "?": zero would be a claim. */
function schemaText({ fields }: CustomSchema, values: readonly CustomValue[]): string[] {
  const byId = new Map(values.map((value) => [value.fieldId, value]));
  if (!fields.some(({ fieldId }) => byId.has(fieldId))) return [];
  const cells = fields.map((field) => {
    const value = byId.get(field.fieldId);
    return `${printable(field.name)}: ${value === undefined ? "?" : valueText(field, value)}`;
  });
  return [`(${cells.join(" ")})`];
}

function valueJson(field: CustomField, value: CustomValue): string | boolean {
  if (field.kind === CustomKind.CUSTOM_KIND_BOOL && value.value?.$case === "unsignedValue") {
    return value.value.value !== 0n;
  }
  if (field.kind === CustomKind.CUSTOM_KIND_STRING && value.value?.$case === "bytesValue") {
    return decodeText(value.value.value);
  }
  return valueText(field, value);
}

function valueData(field: CustomField, value: CustomValue): CustomData {
  const { kind } = field;
  const plain: readonly CustomKind[] = [CustomKind.CUSTOM_KIND_UNSIGNED, CustomKind.CUSTOM_KIND_HEX];
  if (value.value === undefined) return undefined;
  if (value.value.$case === "signedValue" || plain.includes(kind)) return value.value.value;
  if (kind === CustomKind.CUSTOM_KIND_BYTES && value.value.$case === "bytesValue") return value.value.value;
  return valueJson(field, value);
}

function valueText(field: CustomField, { value }: CustomValue): string {
  switch (value?.$case) {
    case "unsignedValue":
      return unsignedText(field, value.value);
    case "signedValue":
      return value.value.toString();
    case "bytesValue":
      return bytesText(field.kind, value.value);
    default:
      return "?";
  }
}

function unsignedText({ kind, names }: CustomField, value: bigint): string {
  switch (kind) {
    case CustomKind.CUSTOM_KIND_BOOL:
      return String(value !== 0n);
    case CustomKind.CUSTOM_KIND_HEX:
      return `0x${value.toString(16)}`;
    case CustomKind.CUSTOM_KIND_ENUM:
      return names.find((one) => one.value === value)?.name ?? value.toString();
    case CustomKind.CUSTOM_KIND_FLAGS:
      return flagsText(names, value);
    default:
      return value.toString();
  }
}

/** Bits without a name are shown, too, as one number at the end. */
function flagsText(names: CustomField["names"], value: bigint): string {
  const set = names.filter(({ value: mask }) => mask !== 0n && (value & mask) === mask);
  const rest = set.reduce((bits, { value: mask }) => bits & ~mask, value);
  return [...set.map(({ name }) => name), ...(rest === 0n ? [] : [`0x${rest.toString(16)}`])].join("|");
}

function bytesText(kind: CustomKind, bytes: Buffer): string {
  switch (kind) {
    case CustomKind.CUSTOM_KIND_STRING:
      return printable(decodeText(bytes));
    case CustomKind.CUSTOM_KIND_IP:
      return formatAddress(bytes);
    case CustomKind.CUSTOM_KIND_MAC:
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
    default:
      return bytes.toString("hex");
  }
}

/** Kernel strings end at their first NUL, whatever the array behind them holds. */
function decodeText(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}
