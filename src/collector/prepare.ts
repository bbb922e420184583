/** What a trace is to do, without doing it: the backend, the functions, and what is asked of packets and journeys. */
import { IpftraceError, type Violation } from "../errors.js";
import { quote } from "../filter/quote.js";
import type { TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import type { BackendName } from "../kernel/attach-request.js";
import type { BackendVerdict } from "../kernel/backends.js";
import type { TracedFunction } from "../kernel/traced-function.js";
import { type Compiled, compileConditions } from "./compile-conditions.js";
import { type JourneyTest, testOfJourneys } from "./end-conditions.js";
import { compileFunctionRegex } from "./function-regex.js";
import type { Kernel } from "./kernel.js";
import type { TraceSpec } from "./messages.js";
import { type Resolved, resolveManifest } from "./resolve.js";
import { canBegin } from "./state.js";

/** A trace that could be started. */
export interface Prepared extends Compiled {
  readonly backend: BackendName;
  /** Better backends that this kernel does not allow. */
  readonly passedOver: readonly BackendVerdict[];
  readonly traced: readonly TracedFunction[];
  readonly skipped: readonly TraceableFunction[];
  /** Conditions on journeys; undefined without any. */
  readonly isWanted: JourneyTest | undefined;
}

/** @throws IpftraceError; of what is wrong with the request everything at once */
export async function prepareTrace(kernel: Kernel, spec: TraceSpec): Promise<Prepared> {
  const { backend, passedOver } = await kernel.choose(spec.backend);
  const faults: Violation[] = [];
  const compiled = await collect(faults, () => compileConditions(spec, kernel.catalog));
  const resolved = await collect(faults, () => resolveFunctions(kernel, spec, backend));
  const names = { dropReasons: kernel.catalog.dropReasons().names, functions: (resolved?.traced ?? []).map(nameById) };
  // Without functions nothing can be said of those that are to be passed.
  const asked = resolved === undefined ? { ...spec.journeys, passedFunctions: [] } : spec.journeys;
  const journeys = await collect(faults, () => ({ isWanted: testOfJourneys(asked, names) }));
  if (compiled === undefined || resolved === undefined || journeys === undefined) throw IpftraceError.invalid(faults);
  return { backend, passedOver, ...resolved, ...compiled, ...journeys };
}

/** What a step gives; undefined when it finds faults in the request. */
async function collect<T>(faults: Violation[], step: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (reason) {
    if (!(reason instanceof IpftraceError) || reason.violations.length === 0) throw reason;
    faults.push(...reason.violations);
    return undefined;
  }
}

async function resolveFunctions(kernel: Kernel, spec: TraceSpec, backend: BackendName): Promise<Resolved> {
  const faults: Violation[] = [];
  const matches = await collect(faults, () => compileFunctionRegex(spec.functionRegex));
  const begins = await collect(faults, () => compileFunctionRegex(spec.beginRegex, "begin_regex"));
  if (matches === undefined || begins === undefined) throw IpftraceError.invalid(faults);
  const resolved = resolveManifest(spec.manifest, kernel.catalog.functions(), backend, matches, begins);
  checkNumber(spec, resolved);
  checkBegin(spec, resolved);
  return resolved;
}

function nameById({ id, name }: TracedFunction): readonly [number, string] {
  return [id, name];
}

function checkNumber(spec: TraceSpec, { traced, skipped }: Resolved): void {
  const { functionRegex, maxFunctions } = spec;
  const count = traced.length;
  const manifest = `manifest ${quote(spec.manifest.name)}`;
  if (count > maxFunctions) {
    const description = `${manifest} has ${count} functions on this kernel, and a trace can have ${maxFunctions}: narrow it`;
    throw IpftraceError.invalid([{ field: "function_regex", description }]);
  }
  if (count > 0) return;
  if (functionRegex === "" || skipped.length > 0) throw nothingToTrace(spec, skipped);
  const description = `${quote(functionRegex)} matches no function of ${manifest}: it is searched for in their names`;
  throw IpftraceError.invalid([{ field: "function_regex", description }]);
}

function checkBegin({ beginRegex, functionRegex }: TraceSpec, { traced }: Resolved): void {
  if (traced.some(({ followOnly }) => !followOnly)) return;
  if (beginRegex === "") {
    const names = traced.map(({ name }) => name).join(" and ");
    const description = `no journey could begin at ${names}, where the packet may have been freed already: trace more than that`;
    throw IpftraceError.invalid([{ field: functionRegex === "" ? "manifest" : "function_regex", description }]);
  }
  const count = traced.filter(({ name }) => canBegin(name)).length;
  const description = `${quote(beginRegex)} is in the name of none of the trace's ${count} functions where a journey can begin`;
  throw IpftraceError.invalid([{ field: "begin_regex", description }]);
}

function nothingToTrace(spec: TraceSpec, skipped: readonly TraceableFunction[]): IpftraceError {
  const examples = skipped.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`);
  const more = skipped.length > examples.length ? `; and ${skipped.length - examples.length} more` : "";
  return new IpftraceError(
    "KERNEL_UNSUPPORTED",
    `none of the functions of manifest "${spec.manifest.name}" can be traced on this kernel: ${examples.join("; ")}${more}`,
  );
}
