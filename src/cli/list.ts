/** The command `list`: which functions there are, and whether this kernel can trace them. */

import { ask } from "../client/ask.js";
import { type Column, layOut } from "../client/columns.js";
import { enumName } from "../client/enum-name.js";
import { printable } from "../client/printable.js";
import { functionStateToJSON, type TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import type { ListFunctionsRequest, TraceServiceClient } from "../gen/ipftrace/v1/trace_service.js";
import { failUsage } from "./exit.js";
import type { Io } from "./io.js";
import { listModules } from "./list-modules.js";
import { resolveManifest } from "./manifest-source.js";
import { print } from "./output.js";
import type { ParsedOptions } from "./parse.js";
import { withServer } from "./reach.js";

/** The largest page that the contract allows. */
const PAGE_SIZE = 1_000;
/** A first answer may need the BTF of every module; slow machines take their time. */
const PAGE_TIMEOUT_MS = 60_000;

/**
 * Lists modules where these are asked for, else the functions of a manifest, or without one every function of the kernel that has a
 * packet among its arguments. Exit status 0; 2 when the manifest does not exist. Throws the
 * ServiceError of a call that failed.
 */
export async function list({ operand, values }: ParsedOptions, io: Io): Promise<number> {
  if (values.modules) return listModules(values, io);
  const source = operand === undefined ? { value: undefined } : resolveManifest(operand, values.server, io);
  if ("error" in source) return failUsage(io, source.error);
  const functions = await withServer(values, (client) =>
    listAll(client, { manifestSource: source.value, functionRegex: values.functionRegex ?? "" }),
  );
  await print(io, values.output === "jsonl" ? functions.map(jsonLine).join("") : table(functions));
  return 0;
}

async function listAll(
  client: TraceServiceClient,
  wanted: Pick<ListFunctionsRequest, "manifestSource" | "functionRegex">,
): Promise<TraceableFunction[]> {
  const functions: TraceableFunction[] = [];
  let pageToken = "";
  do {
    const request = { ...wanted, nameContains: "", pageSize: PAGE_SIZE, pageToken };
    const page = await ask(client.listFunctions.bind(client), request, PAGE_TIMEOUT_MS);
    functions.push(...page.functions);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return functions;
}

const columns: readonly Column[] = ["NAME", "GROUP", "MODULE", "POS", "STATE", "REASON"].map((header) => ({
  header,
  align: header === "POS" ? "right" : "left",
}));

function table(functions: readonly TraceableFunction[]): string {
  const rows = functions.map((one) => [
    one.name,
    one.group,
    one.module,
    one.skbPosition === 0 ? "" : String(one.skbPosition),
    stateName(one),
    one.reason,
  ]);
  const cells = rows.map((row) => row.map(printable));
  return `${layOut(columns, cells).join("\n")}\n`;
}

function jsonLine(one: TraceableFunction): string {
  const { name, group, module, skbPosition, egress, reason } = one;
  return `${JSON.stringify({ name, group, module, skbPosition, egress, state: stateName(one), reason })}\n`;
}

function stateName({ state }: TraceableFunction): string {
  return enumName(functionStateToJSON, state, "FUNCTION_STATE_");
}
