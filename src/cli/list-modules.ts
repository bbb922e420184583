/** `list --modules`: the modules of a server, and what their fields are on its kernel. */

import { ask } from "../client/ask.js";
import { type Column, layOut } from "../client/columns.js";
import { printable } from "../client/printable.js";
import { CustomKind } from "../gen/ipftrace/v1/custom.js";
import type { InstalledModule } from "../gen/ipftrace/v1/trace_service.js";
import { kindWord } from "../module/kinds.js";
import type { Io } from "./io.js";
import type { OptionValues } from "./options.js";
import { print } from "./output.js";
import { withServer } from "./reach.js";

/** A first answer may need the BTF of every module; slow machines take their time. */
const TIMEOUT_MS = 60_000;

const columns: readonly Column[] = ["MODULE", "FIELD", "KIND", "UNIT", "DESCRIPTION"].map((header) => ({
  header,
  align: "left",
}));

/** Exit status 0. Throws the ServiceError of a call that failed. */
export async function listModules(values: OptionValues, io: Io): Promise<number> {
  const { modules } = await withServer(values, (client) => ask(client.listModules.bind(client), {}, TIMEOUT_MS));
  await print(io, values.output === "jsonl" ? modules.map(moduleJson).join("") : moduleTable(modules));
  return 0;
}

/** A table of modules and their fields. */
export function moduleTable(modules: readonly InstalledModule[]): string {
  const rows = modules.flatMap(({ schema, reason }) => {
    const name = schema?.name ?? "";
    const about = reason === "" ? (schema?.description ?? "") : `not on this kernel: ${reason}`;
    const fields = schema?.fields ?? [];
    return [
      [name, "", "", "", about],
      ...fields.map((field) => [
        name,
        field.name,
        wordOf(field.kind),
        field.unit,
        field.absentReason === "" ? field.description : `not on this kernel: ${field.absentReason}`,
      ]),
    ];
  });
  return `${layOut(
    columns,
    rows.map((row) => row.map(printable)),
  ).join("\n")}\n`;
}

/** A module as one line of JSON. */
export function moduleJson({ schema, hopBytes, match, reason }: InstalledModule): string {
  const fields = (schema?.fields ?? []).map(({ name, kind, unit, description, names, absentReason }) => {
    const known = names.map((one) => ({ value: one.value.toString(), name: one.name }));
    return { name, kind: wordOf(kind), unit, description, names: known, absentReason };
  });
  const { name = "", description = "" } = schema ?? {};
  return `${JSON.stringify({ name, description, match, hopBytes, reason, fields })}\n`;
}

function wordOf(kind: CustomKind): string {
  return kind === CustomKind.CUSTOM_KIND_UNSPECIFIED ? "" : kindWord(kind);
}
