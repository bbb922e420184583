/** From the expressions of a trace to the functions that the kernel runs. */
import type { Instruction } from "../ebpf/instruction.js";
import { inject, type Stub, stubFor } from "../ebpf/patch.js";
import { translatePcap } from "../ebpf/pcap.js";
import { IpftraceError, type Violation } from "../errors.js";
import { readCondition, writeConditions } from "../expression/condition.js";
import { explainPcapFault } from "../expression/pcap-fault.js";
import type { Value } from "../expression/typed.js";
import type { Parsed } from "../filter/parsed.js";
import type { Catalog } from "../kernel/catalog.js";
import type { Conditions } from "../kernel/conditions.js";
import { compilePcap } from "../kernel/libpcap.js";
import { readObjectFile } from "../kernel/object.js";
import { type Plan, planModules } from "../module/plan.js";
import type { TraceSpec } from "./messages.js";

type Code = Parsed<readonly Instruction[]>;
type Types = Pick<Catalog, "types">;

/** The expressions of a {@link TraceSpec}. */
type Spec = Pick<
  TraceSpec,
  "filter" | "pcapExpression" | "innerPcapExpression" | "whereExpression" | "followsAnyProtocol" | "modules"
>;

/** One function of the kernel side, and the field of the request that it comes from. */
interface Part {
  readonly stub: Stub;
  readonly field: string;
  readonly compile: () => Code | Promise<Code>;
}

/** What a trace injects, and what its modules collect. */
export interface Compiled {
  readonly conditions: Conditions;
  /** undefined: no modules. */
  readonly plan: Plan | undefined;
}

/** libpcap's word for a VLAN tag, which then is shown where the device has taken it off. */
const VLAN = /\bvlan\b/;

/**
 * @throws IpftraceError INVALID_INPUT that shows where each expression is wrong, KERNEL_UNSUPPORTED
 * when a pcap expression is given and libpcap is not installed.
 */
export async function compileConditions(spec: Spec, catalog: Types): Promise<Compiled> {
  const { filter, pcapExpression, followsAnyProtocol } = spec;
  const violations: Violation[] = [];
  const plan = planOf(spec, catalog, violations);
  const injected = new Map<Stub, readonly Instruction[]>();
  if (filter !== undefined) injected.set(stubFor("flow_matches", filter.instructions), filter.instructions);
  for (const { stub, field, compile } of partsOf(spec, plan, catalog)) {
    const code = fitted(stub, await compile());
    if ("error" in code) violations.push({ field, description: code.error });
    else injected.set(stubFor(stub, code.value), code.value);
  }
  if (violations.length > 0) throw IpftraceError.invalid(violations);
  const askedFields = filter?.askedFields ?? 0;
  const showsRemovedTag = VLAN.test(pcapExpression);
  return { conditions: { askedFields, injected, followsAnyProtocol, showsRemovedTag }, plan };
}

function planOf({ modules }: Spec, catalog: Types, violations: Violation[]): Plan | undefined {
  if (modules.length === 0) return undefined;
  const plan = planModules(catalog.types(), modules);
  if (!("violations" in plan)) return plan;
  violations.push(...plan.violations);
  return undefined;
}

function* partsOf(spec: Spec, plan: Plan | undefined, catalog: Types): Generator<Part> {
  const { pcapExpression, innerPcapExpression, whereExpression } = spec;
  const matches = plan?.matches ?? [];
  if (pcapExpression !== "") {
    yield { stub: "pcap_matches", field: "filter.pcap_expression", compile: () => pcap(pcapExpression) };
  }
  if (innerPcapExpression !== "") {
    const field = "filter.inner_pcap_expression";
    yield { stub: "inner_pcap_matches", field, compile: () => pcap(innerPcapExpression) };
  }
  if (whereExpression !== "" || matches.length > 0) {
    const field = whereExpression === "" ? "modules" : "filter.where_expression";
    yield { stub: "where_matches", field, compile: () => where(whereExpression, matches, catalog) };
  }
  if (plan !== undefined && plan.bytes > 0) {
    yield { stub: "collect_custom", field: "modules", compile: () => ({ value: plan.collector }) };
  }
}

/** The condition of the filter, where there is one, and those of the modules. */
function where(text: string, matches: readonly Value[], catalog: Types): Code {
  if (text === "") return { value: writeConditions(matches) };
  const read = readCondition(text, catalog.types());
  return "error" in read ? read : { value: writeConditions([read.value, ...matches]) };
}

async function pcap(expression: string): Promise<Code> {
  const compiled = await compilePcap(expression);
  return "error" in compiled
    ? { error: explainPcapFault(expression, compiled.error) }
    : { value: translatePcap(compiled) };
}

/** Whether there is room for the instructions, which shows when it is tried on a copy. */
function fitted(stub: Stub, code: Code): Code {
  if ("error" in code) return code;
  try {
    inject(readObjectFile("ipftrace"), new Map([[stub, code.value]]));
    return code;
  } catch (reason) {
    if (!(reason instanceof IpftraceError)) throw reason;
    return { error: reason.message };
  }
}
