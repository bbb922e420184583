/**
 * Filter.allow and Filter.deny as eBPF: what bpf/filter.h runs for a packet that is not
 * followed yet. Only what was asked for is compared, with the values as immediates.
 */
import { type Instruction, slotsOf } from "../ebpf/instruction.js";
import { Program } from "../ebpf/program.js";
import type { Filter } from "../gen/ipftrace/v1/filter.js";
import { unlessCondition } from "./compile-condition.js";
import { asksNothing, type Condition, toCondition } from "./condition.js";
import { PacketField } from "./packet-fields.js";

/** What the kernel gets. */
export interface CompiledFilter {
  /** The body of flow_matches(), bpf/filter.h. */
  readonly instructions: readonly Instruction[];
  /** Bits of {@link PacketField}: what must be read of a packet beside its flow. */
  readonly askedFields: number;
}

/**
 * Compiles a filter that has no faults and whose namespaces are resolved; undefined when it
 * lets every packet pass.
 */
export function compileFilter({ allow, deny }: Pick<Filter, "allow" | "deny">): CompiledFilter | undefined {
  const wanted = allow.map((flow) => toCondition(flow, false));
  const unwanted = deny.map((flow) => toCondition(flow, true));
  const allowed = wanted.some(asksNothing) ? [] : wanted;
  if (allowed.length + unwanted.length === 0) return undefined;
  return { instructions: compile(allowed, unwanted), askedFields: fieldsOf([...allowed, ...unwanted]) };
}

/** Slots of eBPF instructions that a filter takes. */
export function slotsOfFilter(filter: CompiledFilter | undefined): number {
  return filter?.instructions.reduce((sum, one) => sum + slotsOf(one), 0) ?? 0;
}

/** The verifier takes no instruction that cannot be reached, so that nothing is written behind a certain verdict. */
function compile(allowed: readonly Condition[], unwanted: readonly Condition[]): readonly Instruction[] {
  const code = new Program();
  if (unwanted.some(asksNothing)) {
    writeVerdict(code, 0);
    return code.finish();
  }
  const [pass, refuse] = [code.label(), code.label()];
  for (const [index, condition] of allowed.entries()) {
    const isLast = index === allowed.length - 1;
    const next = isLast ? refuse : code.label();
    unlessCondition(code, condition, next);
    if (isLast) break;
    code.jump(pass);
    code.place(next);
  }
  code.place(pass);
  for (const condition of unwanted) {
    const next = code.label();
    unlessCondition(code, condition, next);
    code.jump(refuse);
    code.place(next);
  }
  writeVerdict(code, 1);
  code.place(refuse);
  writeVerdict(code, 0);
  return code.finish();
}

function writeVerdict(code: Program, verdict: 0 | 1): void {
  code.move("r0", verdict);
  code.exit();
}

function fieldsOf(conditions: readonly Condition[]): number {
  const bits = conditions.flatMap(({ fields }) => [
    fields.marks.length > 0 ? PacketField.MARK : 0,
    fields.lengths.length > 0 ? PacketField.LENGTH : 0,
    fields.netns.length > 0 ? PacketField.NETNS : 0,
    fields.interfaceNames.length > 0 ? PacketField.INTERFACE : 0,
    fields.cgroupIds.length > 0 ? PacketField.CGROUP : 0,
  ]);
  return bits.reduce((sum: number, bit) => sum | bit, 0);
}
