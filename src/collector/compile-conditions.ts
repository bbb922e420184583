/** From the conditions of a trace to the functions that ask them in the kernel. */
import type { Instruction } from "../ebpf/instruction.js";
import { inject, type Stub } from "../ebpf/patch.js";
import { translatePcap } from "../ebpf/pcap.js";
import { IpftraceError, type Violation } from "../errors.js";
import { compileCondition } from "../expression/condition.js";
import { explainPcapFault } from "../expression/pcap-fault.js";
import type { Parsed } from "../filter/parsed.js";
import type { Catalog } from "../kernel/catalog.js";
import type { Conditions } from "../kernel/conditions.js";
import { compilePcap } from "../kernel/libpcap.js";
import { readObjectFile } from "../kernel/object.js";
import type { TraceSpec } from "./messages.js";

type Compiled = Parsed<readonly Instruction[]>;

/** The conditions of a {@link TraceSpec}. */
type Spec = Pick<
  TraceSpec,
  "filter" | "pcapExpression" | "innerPcapExpression" | "whereExpression" | "followsAnyProtocol"
>;

/** libpcap's word for a VLAN tag, which then is shown where the device has taken it off. */
const VLAN = /\bvlan\b/;

/**
 * @throws IpftraceError INVALID_INPUT that shows where each expression is wrong, KERNEL_UNSUPPORTED
 * when a pcap expression is given and libpcap is not installed.
 */
export async function compileConditions(spec: Spec, catalog: Pick<Catalog, "types">): Promise<Conditions> {
  const { filter, pcapExpression, innerPcapExpression, whereExpression, followsAnyProtocol } = spec;
  const expressions: [Stub, field: string, text: string, compile: () => Compiled | Promise<Compiled>][] = [
    ["pcap_matches", "filter.pcap_expression", pcapExpression, () => pcap(pcapExpression)],
    ["inner_pcap_matches", "filter.inner_pcap_expression", innerPcapExpression, () => pcap(innerPcapExpression)],
    [
      "where_matches",
      "filter.where_expression",
      whereExpression,
      () => compileCondition(whereExpression, catalog.types()),
    ],
  ];
  const injected = new Map<Stub, readonly Instruction[]>();
  const violations: Violation[] = [];
  for (const [stub, field, text, compile] of expressions) {
    if (text === "") continue;
    const compiled = fitted(stub, await compile());
    if ("error" in compiled) violations.push({ field, description: compiled.error });
    else injected.set(stub, compiled.value);
  }
  if (violations.length > 0) throw IpftraceError.invalid(violations);
  return { filter, injected, followsAnyProtocol, showsRemovedTag: VLAN.test(pcapExpression) };
}

async function pcap(expression: string): Promise<Compiled> {
  const compiled = await compilePcap(expression);
  return "error" in compiled
    ? { error: explainPcapFault(expression, compiled.error) }
    : { value: translatePcap(compiled) };
}

/** Whether there is room for the instructions, which shows when it is tried on a copy. */
function fitted(stub: Stub, compiled: Compiled): Compiled {
  if ("error" in compiled) return compiled;
  try {
    inject(readObjectFile(), new Map([[stub, compiled.value]]));
    return compiled;
  } catch (reason) {
    if (!(reason instanceof IpftraceError)) throw reason;
    return { error: reason.message };
  }
}
