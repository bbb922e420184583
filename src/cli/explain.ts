/** The command `explain`: what a trace would do. */

import { ask } from "../client/ask.js";
import { type Column, layOut } from "../client/columns.js";
import { enumName } from "../client/enum-name.js";
import { printable } from "../client/printable.js";
import { functionStateToJSON, type TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import { backendToJSON } from "../gen/ipftrace/v1/node.js";
import { type ExplainTraceResponse, FilterPlace, filterPlaceToJSON } from "../gen/ipftrace/v1/trace_service.js";
import { counted } from "./counted.js";
import { failUsage } from "./exit.js";
import type { Io } from "./io.js";
import { print } from "./output.js";
import type { ParsedOptions } from "./parse.js";
import { withServer } from "./reach.js";
import { resolveRequest } from "./request-source.js";

/** A first answer tries every backend and reads the kernel's types; slow machines take their time. */
const TIMEOUT_MS = 60_000;

/** Prints the explanation. Exit status 0; 2 when what the options name does not exist. Throws the ServiceError of a call that failed. */
export async function explain({ operand, values }: ParsedOptions, io: Io): Promise<number> {
  const request = resolveRequest(operand ?? "", values, io);
  if ("error" in request) return failUsage(io, request.error);
  const explanation = await withServer(values, (client) =>
    ask(client.explainTrace.bind(client), { trace: request.value }, TIMEOUT_MS),
  );
  await print(io, values.output === "jsonl" ? jsonLines(explanation) : text(explanation));
  return 0;
}

function text(explanation: ExplainTraceResponse): string {
  const { backend, passedOver, functions, skippedFunctions, filterParts } = explanation;
  const parts = filterParts.map(({ field, place, description }) => [field, placeText(place), description]);
  const lines = [
    `would trace ${counted(functions.length, "function")} with ${backendName(backend)}`,
    ...passedOver.map(({ backend: other, reason }) => `not with ${backendName(other)}: ${reason}`),
    "",
    ...(parts.length === 0 ? ["no filter: every IPv4 and IPv6 packet"] : table(["FILTER", "DECIDED", "ASKS"], parts)),
    "",
    ...table(
      ["FUNCTION", "GROUP", "MODULE"],
      functions.map(({ name, group, module }) => [name, group, module]),
    ),
    ...(skippedFunctions.length === 0 ? [] : ["", ...leftOut(skippedFunctions)]),
  ];
  return `${lines.join("\n")}\n`;
}

function leftOut(functions: readonly TraceableFunction[]): string[] {
  return table(
    ["LEFT OUT", "STATE", "REASON"],
    functions.map((one) => [one.name, stateName(one), one.reason]),
  );
}

function table(headers: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const columns: Column[] = headers.map((header) => ({ header, align: "left" }));
  return layOut(
    columns,
    rows.map((row) => row.map(printable)),
  );
}

function placeText(place: FilterPlace): string {
  return place === FilterPlace.FILTER_PLACE_KERNEL ? "in the kernel" : "at the journey's end";
}

/** One line for the trace, then one for each part of the filter and for each function. */
function jsonLines({ backend, passedOver, functions, skippedFunctions, filterParts }: ExplainTraceResponse): string {
  const others = passedOver.map(({ backend: other, reason }) => ({ backend: backendName(other), reason }));
  const lines = [
    {
      backend: backendName(backend),
      passedOver: others,
      functions: functions.length,
      leftOut: skippedFunctions.length,
    },
    ...filterParts.map(({ field, place, description }) => ({
      filter: field,
      decided: enumName(filterPlaceToJSON, place, "FILTER_PLACE_"),
      asks: description,
    })),
    ...[...functions, ...skippedFunctions].map((one) => {
      const { name, group, module, reason } = one;
      return { function: name, group, module, state: stateName(one), reason };
    }),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function backendName(backend: ExplainTraceResponse["backend"]): string {
  return enumName(backendToJSON, backend, "BACKEND_").toLowerCase().replaceAll("_", "-");
}

function stateName({ state }: TraceableFunction): string {
  return enumName(functionStateToJSON, state, "FUNCTION_STATE_");
}
