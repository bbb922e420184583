/** From a TraceRequest to what the collector needs, or to everything that is wrong with it. */
import type { BackendName, StackMode as StackModeName, TraceSpec } from "../collector/messages.js";
import { IpftraceError, type Violation } from "../errors.js";
import { followsAnyProtocol } from "../filter/any-protocol.js";
import { checkFilter, checkFilterSize } from "../filter/check.js";
import { compileFilter } from "../filter/compile.js";
import { Filter } from "../gen/ipftrace/v1/filter.js";
import type { Manifest } from "../gen/ipftrace/v1/manifest.js";
import { Backend, type NodeLimits } from "../gen/ipftrace/v1/node.js";
import { FunctionEncoding, StackMode, type TraceOptions, type TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import { checkManifest } from "../manifest/check.js";
import { loadShippedManifest } from "../manifest/shipped.js";
import { checkModules } from "../module/check.js";
import type { NamedModule } from "../module/plan.js";
import { type Access, leastAccess } from "./access.js";
import { resolveMandatory } from "./mandatory.js";
import { modulesOf } from "./modules.js";
import { resolveNamespaces } from "./namespaces.js";
import { checkOptions, fillOptions } from "./options.js";
import { refuseDeepReading } from "./plain-requests.js";

const DEFAULT_MANIFEST = "generic";
const MAX_REGEX_LENGTH = 512;

const backendNames: ReadonlyMap<number, BackendName | undefined> = new Map([
  [Backend.BACKEND_UNSPECIFIED, undefined],
  [Backend.BACKEND_KPROBE_MULTI, "kprobe-multi"],
  [Backend.BACKEND_KPROBE, "kprobe"],
  [Backend.BACKEND_TRACEPOINT, "tracepoint"],
]);

const stackModes: Readonly<Record<number, StackModeName>> = {
  [StackMode.STACK_MODE_NONE]: "none",
  [StackMode.STACK_MODE_DROPS]: "drops",
  [StackMode.STACK_MODE_ALL]: "all",
};

/** A request that can be carried out. */
export interface CheckedRequest {
  readonly spec: TraceSpec;
  readonly options: TraceOptions;
  /** The filter as it was understood. */
  readonly filter: Filter;
  /** What packets must match, too. */
  readonly mandatoryFilter: Filter | undefined;
}

/** @throws IpftraceError INVALID_INPUT that tells all faults at once, FORBIDDEN for what its client may not ask for. */
export function checkRequest(request: TraceRequest, access: Access = leastAccess): CheckedRequest {
  refuseDeepReading(request, access);
  const options = fillOptions(request.options);
  const { filter, violations: unknownNamespaces } = resolveNamespaces(request.filter ?? Filter.fromPartial({}));
  const violations = [
    ...checkFilter(filter),
    ...unknownNamespaces,
    ...checkOptions(options, access.limits),
    ...checkModules(request.modules),
    ...checkBackend(request.backend),
    ...checkRegex("function_regex", request.functionRegex),
    ...checkRegex("begin_regex", request.beginRegex),
  ];
  const modules = modulesOf(request, access, violations);
  const manifest = collect(violations, () => manifestOf(request.manifestSource));
  if (violations.length > 0 || manifest === undefined) throw IpftraceError.invalid(violations);
  const mandatoryFilter = resolveMandatory(access.mandatory);
  const spec = toSpec({ ...request, filter }, mandatoryFilter, manifest, modules, options, access.limits);
  return { spec, options, filter, mandatoryFilter };
}

/** Where a manifest comes from: TraceRequest's and ListFunctionsRequest's oneof. */
export type ManifestSource = TraceRequest["manifestSource"];

/** The manifest of a request. @throws IpftraceError INVALID_INPUT */
export function manifestOf(source: ManifestSource): Manifest {
  if (source?.$case !== "manifest") return loadShippedManifest(source?.value || DEFAULT_MANIFEST).manifest;
  const violations = checkManifest(source.value);
  if (violations.length > 0) throw IpftraceError.invalid(violations);
  return source.value;
}

/** The backend's number in the contract. */
export function backendNumber(name: BackendName): Backend {
  const found = [...backendNames].find(([, candidate]) => candidate === name);
  return (found?.[0] ?? Backend.BACKEND_UNSPECIFIED) as Backend;
}

/** The collector says what is wrong with the expression itself: it has the library. */
export function checkRegex(field: string, text: string): Violation[] {
  if (text.length <= MAX_REGEX_LENGTH) return [];
  const description = `has ${text.length} characters: give ${MAX_REGEX_LENGTH} at most`;
  return [{ field, description }];
}

function collect<T>(violations: Violation[], get: () => T): T | undefined {
  try {
    return get();
  } catch (reason) {
    if (!(reason instanceof IpftraceError) || reason.violations.length === 0) throw reason;
    violations.push(...reason.violations);
    return undefined;
  }
}

function checkBackend(backend: Backend): Violation[] {
  if (backendNames.has(backend)) return [];
  return [{ field: "backend", description: `${backend} is not a Backend` }];
}

type WithFilter = TraceRequest & { readonly filter: Filter };

function toSpec(
  request: WithFilter,
  mandatory: Filter | undefined,
  manifest: Manifest,
  modules: readonly NamedModule[],
  options: TraceOptions,
  { maxFunctions }: NodeLimits,
): TraceSpec {
  const filters = mandatory === undefined ? [request.filter] : [request.filter, mandatory];
  const filter = compileFilter(...filters);
  const tooLarge = checkFilterSize(filter);
  if (tooLarge.length > 0) throw IpftraceError.invalid(tooLarge);
  return {
    manifest,
    functionRegex: request.functionRegex,
    beginRegex: request.beginRegex,
    maxFunctions,
    backend: backendNames.get(request.backend),
    filter,
    whereExpression: request.filter.whereExpression,
    journeys: endConditionsOf(request.filter),
    pcapExpression: request.filter.pcapExpression,
    innerPcapExpression: request.filter.innerPcapExpression,
    // Of what is not IP, allow and deny lists cannot tell whether it may be seen.
    followsAnyProtocol: mandatory === undefined && followsAnyProtocol(request.filter),
    modules,
    maxHops: options.maxHops,
    idleTimeoutMs: options.idleTimeoutMs,
    ringBytes: Number(options.ringBytes),
    trackingEntries: options.trackingEntries,
    maxPacketsPerSecond: options.maxPacketsPerSecond,
    maxCpuPercent: options.maxCpuPercent,
    stacks: stackModes[options.stacks] ?? "none",
    functionNames: options.functionEncoding !== FunctionEncoding.FUNCTION_ENCODING_IDS,
    batchJourneys: options.batchJourneys,
    batchDelayMs: options.batchDelayMs,
  };
}

function endConditionsOf(filter: Filter): TraceSpec["journeys"] {
  const { dropReasons, dropped, minDurationNs, minHops, maxHops, passedFunctions } = filter;
  return { dropReasons, dropped, minDurationNs, minHops, maxHops, passedFunctions };
}
