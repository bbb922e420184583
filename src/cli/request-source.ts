/** From options to a request, with what they name on this machine read. */
import type { Parsed } from "../filter/parsed.js";
import type { TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import type { Io } from "./io.js";
import { resolveLocalNames } from "./local-names.js";
import { resolveManifest } from "./manifest-source.js";
import { resolveModules } from "./module-source.js";
import type { OptionValues } from "./options.js";
import { buildRequest } from "./request.js";

/** The request of `trace` and `explain`, or one sentence about what does not exist. Throws the faults of a file. */
export function resolveRequest(operand: string, values: OptionValues, io: Io): Parsed<TraceRequest> {
  const source = resolveManifest(operand, values.server, io);
  if ("error" in source) return source;
  const modules = resolveModules(values.module ?? [], values.server, io);
  if ("error" in modules) return modules;
  const local = resolveLocalNames(values);
  return "error" in local ? local : { value: buildRequest(local.value, source.value, modules.value) };
}
