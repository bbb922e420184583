/** Writes a trace's settings into the constants of the BPF object, before it is loaded. */
import { elfSymbols } from "../btf/elf.js";
import { stubs } from "../ebpf/patch.js";
import type { FollowLimits } from "./attach-request.js";
import type { Conditions } from "./conditions.js";
import { lazy } from "./lazy.js";
import { readObjectFile } from "./object.js";
import type { TracedFunction } from "./traced-function.js";

/** struct slot of bpf/tracepoints.h; test/bpf/layout.test.ts compares. */
export const slotLayout = { size: 8, function: 0, position: 4, egress: 5, follow_only: 6, side: 7 } as const;

/** MAX_SLOTS of bpf/tracepoints.h. */
export const MAX_SLOTS = 64;

/** enum hit_side of bpf/hop.h; test/bpf/layout.test.ts compares. */
export const hitSides = { unknown: 0, receive: 1, send: 2 } as const;

/** Which way packets go that pass a tracepoint. The others tell nothing, or are hit late (net_dev_xmit). */
const SIDES: ReadonlyMap<string, number> = new Map([
  ...["net_dev_queue", "net_dev_start_xmit"].map((name) => [name, hitSides.send] as const),
  ...["napi_gro_frags_entry", "napi_gro_receive_entry", "netif_receive_skb", "netif_receive_skb_entry"].map(
    (name) => [name, hitSides.receive] as const,
  ),
]);

/** Which hops tell their call stack. */
export type StackMode = "none" | "drops" | "all";

/** enum stack_mode of bpf/hop.h; test/bpf/layout.test.ts compares. */
export const stackModes: Readonly<Record<StackMode, number>> = { none: 0, drops: 1, all: 2 };

/** The constants of the object. */
export interface Constants extends Conditions, FollowLimits {
  /** Size of the block that modules add to a hop; 0: no modules. */
  readonly customBytes: number;
  /** Where the compiled module's part of it begins; 0: there is none. */
  readonly moduleAt: number;
  /** Its bits in the map of the fields that are there. */
  readonly moduleFields: bigint;
  /** Tracepoints in the order of their slots. */
  readonly slots: readonly TracedFunction[];
  /** The tracepoint kfree_skb as a traced function; undefined: not traced. */
  readonly kfreeSkb: TracedFunction | undefined;
  /** The tracepoint consume_skb as a traced function; undefined: not traced. */
  readonly consumeSkb: TracedFunction | undefined;
  /** Whether the kernel's kfree_skb tracepoint has a reason. */
  readonly hasDropReason: boolean;
  readonly stacks: StackMode;
}

/** By name: where the compiler puts them is its own affair. The linker leaves them there. */
const constantOffsets = lazy(() => elfSymbols(readObjectFile("ipftrace"), ".rodata"));

/** Writes all constants into `rodata`, the whole section. */
export function writeConstants(rodata: Buffer, constants: Constants): void {
  const offsets = constantOffsets();
  const at = (name: string): number => {
    const offset = offsets.get(name);
    if (offset === undefined) throw new Error(`the BPF object has no constant ${name}`);
    return offset;
  };
  rodata.writeUInt32LE(constants.askedFields, at("asked_fields"));
  rodata.writeUInt32LE(constants.kfreeSkb?.id ?? 0, at("kfree_skb_function"));
  rodata.writeUInt8(Number(constants.kfreeSkb?.followOnly ?? false), at("kfree_skb_follow_only"));
  rodata.writeUInt32LE(constants.consumeSkb?.id ?? 0, at("consume_skb_function"));
  rodata.writeUInt8(Number(constants.consumeSkb?.followOnly ?? false), at("consume_skb_follow_only"));
  rodata.writeUInt8(Number(constants.hasDropReason), at("has_drop_reason"));
  rodata.writeUInt8(Number(constants.followsAnyProtocol), at("follows_any_protocol"));
  rodata.writeUInt8(Number(constants.showsRemovedTag), at("shows_removed_tag"));
  rodata.writeUInt32LE(constants.customBytes, at("custom_bytes"));
  rodata.writeUInt32LE(constants.moduleAt, at("module_at"));
  rodata.writeBigUInt64LE(constants.moduleFields, at("module_fields"));
  rodata.writeUInt8(Number(constants.maxPacketsPerSecond > 0 || constants.canSample), at("may_refuse"));
  rodata.writeUInt32LE(constants.maxPacketsPerSecond, at("max_packets_per_second"));
  rodata.writeBigUInt64LE(constants.countedFromNs, at("counted_from_ns"));
  rodata.writeUInt8(Number(constants.canSample), at("can_sample"));
  for (const stub of stubs) rodata.writeUInt8(Number(constants.injected.has(stub)), at(`has_${stub}`));
  rodata.writeUInt8(stackModes[constants.stacks], at("stack_mode"));
  for (const [n, traced] of constants.slots.entries()) writeSlot(rodata, at("slots") + n * slotLayout.size, traced);
}

function writeSlot(rodata: Buffer, at: number, traced: TracedFunction): void {
  rodata.writeUInt32LE(traced.id, at + slotLayout.function);
  rodata.writeUInt8(traced.position, at + slotLayout.position);
  rodata.writeUInt8(Number(traced.egress), at + slotLayout.egress);
  rodata.writeUInt8(Number(traced.followOnly), at + slotLayout.follow_only);
  rodata.writeUInt8(SIDES.get(traced.tracepoint ?? "") ?? hitSides.unknown, at + slotLayout.side);
}
