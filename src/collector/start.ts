/** Starts a trace in the worker: choose a backend, resolve the manifest, attach. */
import { IpftraceError } from "../errors.js";
import { quote } from "../filter/quote.js";
import type { TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import { FunctionState } from "../gen/ipftrace/v1/manifest.js";
import { attach } from "../kernel/attach.js";
import type { BackendName } from "../kernel/attach-request.js";
import { BACKENDS, type BackendVerdict, tryBackend } from "../kernel/backends.js";
import type { Catalog } from "../kernel/catalog.js";
import { interfaces } from "../kernel/interfaces.js";
import { requirePrivileges } from "../kernel/privileges.js";
import type { Refused, TracedFunction } from "../kernel/traced-function.js";
import { compileConditions } from "./compile-conditions.js";
import { compileFunctionRegex } from "./function-regex.js";
import type { TraceInfo, TraceSpec } from "./messages.js";
import { resolveManifest } from "./resolve.js";
import { RunningTrace, type TraceOutput } from "./trace.js";

/** The running kernel, with the verdict on each backend once it is known. */
export class Kernel {
  readonly #catalog: Catalog;
  readonly #verdicts = new Map<BackendName, Promise<BackendVerdict>>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  get catalog(): Catalog {
    return this.#catalog;
  }

  /** Whether a backend works; tried once. */
  verdict(backend: BackendName): Promise<BackendVerdict> {
    const known = this.#verdicts.get(backend) ?? tryBackend(backend);
    this.#verdicts.set(backend, known);
    return known;
  }

  /** The best backend, or the one asked for, and the better ones that do not work. */
  async choose(wanted: BackendName | undefined): Promise<{ backend: BackendName; passedOver: BackendVerdict[] }> {
    requirePrivileges();
    const passedOver: BackendVerdict[] = [];
    for (const backend of wanted === undefined ? BACKENDS : [wanted]) {
      const verdict = await this.verdict(backend);
      if (verdict.available) return { backend, passedOver };
      passedOver.push(verdict);
    }
    const reasons = passedOver.map(({ backend, reason, remedy }) => `${backend}: ${reason}${remedy && ` (${remedy})`}`);
    throw new IpftraceError("KERNEL_UNSUPPORTED", `cannot trace on this kernel: ${reasons.join("; ")}`);
  }
}

/** A trace that was started. */
export interface Started {
  readonly trace: RunningTrace;
  readonly info: TraceInfo;
}

/** @throws IpftraceError; then nothing is attached. */
export async function startTrace(
  kernel: Kernel,
  spec: TraceSpec,
  output: TraceOutput,
  onProgress: (attached: number, total: number) => void,
): Promise<Started> {
  const matches = await compileFunctionRegex(spec.functionRegex);
  const { backend, passedOver } = await kernel.choose(spec.backend);
  const { traced, skipped } = resolveManifest(spec.manifest, kernel.catalog.functions(), backend, matches);
  checkNumber(spec, traced.length, skipped);
  const { conditions, plan } = await compileConditions(spec, kernel.catalog);
  const baseNs = process.hrtime.bigint();
  const { ringBytes, trackingEntries, stacks } = spec;
  const customBytes = plan?.bytes ?? 0;
  const request = { backend, functions: traced, conditions, customBytes, ringBytes, trackingEntries, stacks };
  const attachment = await attach(kernel.catalog, request, (attached) => onProgress(attached, traced.length));
  const refused = new Set(attachment.refused.map((one) => one.function));
  const names = {
    functions: traced.map(({ id, name }) => [id, name] as const),
    dropReasons: kernel.catalog.dropReasons(),
    symbols: () => kernel.catalog.symbols(),
    customFields: plan?.fields ?? [],
    customBytes: plan?.bytes ?? 0,
  };
  const trace = new RunningTrace(attachment, spec, names, baseNs, output);
  const info = {
    backend,
    passedOver,
    functions: traced.filter((one) => !refused.has(one)).map(toEntry),
    skipped: [...skipped, ...attachment.refused.map(toSkipped)],
    interfaces: interfaces(),
    schemas: plan?.schemas ?? [],
  };
  return { trace, info };
}

function checkNumber(spec: TraceSpec, count: number, skipped: readonly TraceableFunction[]): void {
  const { functionRegex, maxFunctions } = spec;
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

function nothingToTrace(spec: TraceSpec, skipped: readonly TraceableFunction[]): IpftraceError {
  const examples = skipped.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`);
  const more = skipped.length > examples.length ? `; and ${skipped.length - examples.length} more` : "";
  return new IpftraceError(
    "KERNEL_UNSUPPORTED",
    `none of the functions of manifest "${spec.manifest.name}" can be traced on this kernel: ${examples.join("; ")}${more}`,
  );
}

function toEntry({ id, name, module, group, egress }: TracedFunction) {
  return { functionId: id, name, module, group, egress };
}

function toSkipped({ function: one, reason }: Refused): TraceableFunction {
  const { name, group, module, position: skbPosition, egress } = one;
  return { name, group, module, skbPosition, egress, state: FunctionState.FUNCTION_STATE_NOT_PROBEABLE, reason };
}
