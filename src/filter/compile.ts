/**
 * Filter.allow and Filter.deny as eBPF: what bpf/filter.h runs for a packet that is not
 * followed yet. Only what was asked for is compared, with the values as immediates.
 */
import { type Instruction, slotCount } from "../ebpf/instruction.js";
import { type Label, Program } from "../ebpf/program.js";
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

/** One filter's part in it: one of `allowed` must hold, unless there is none, and none of `unwanted`. */
interface Part {
  readonly allowed: readonly Condition[];
  readonly unwanted: readonly Condition[];
}

/**
 * Compiles filters that have no faults and whose namespaces are resolved: a packet must pass each of them.
 * Undefined when they let every packet pass.
 */
export function compileFilter(...filters: readonly Pick<Filter, "allow" | "deny">[]): CompiledFilter | undefined {
  const parts = filters.map(toPart).filter(({ allowed, unwanted }) => allowed.length + unwanted.length > 0);
  if (parts.length === 0) return undefined;
  const conditions = parts.flatMap(({ allowed, unwanted }) => [...allowed, ...unwanted]);
  return { instructions: compile(parts), askedFields: fieldsOf(conditions) };
}

function toPart({ allow, deny }: Pick<Filter, "allow" | "deny">): Part {
  const wanted = allow.map((flow) => toCondition(flow, false));
  return {
    allowed: wanted.some(asksNothing) ? [] : wanted,
    unwanted: deny.map((flow) => toCondition(flow, true)),
  };
}

/** Slots of eBPF instructions that a filter takes. */
export function slotsOfFilter(filter: CompiledFilter | undefined): number {
  return filter === undefined ? 0 : slotCount(filter.instructions);
}

/** The verifier takes no instruction that cannot be reached, so that nothing is written behind a certain verdict. */
function compile(parts: readonly Part[]): readonly Instruction[] {
  const code = new Program();
  if (parts.some(({ unwanted }) => unwanted.some(asksNothing))) {
    writeVerdict(code, 0);
    return code.finish();
  }
  const refuse = code.label();
  for (const part of parts) writePart(code, part, refuse);
  writeVerdict(code, 1);
  code.place(refuse);
  writeVerdict(code, 0);
  return code.finish();
}

/** Goes on behind it with a packet that passes. */
function writePart(code: Program, { allowed, unwanted }: Part, refuse: Label): void {
  const pass = code.label();
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
