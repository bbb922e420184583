/**
 * Names of the running kernel's drop reasons, from its BTF and from that of the modules that
 * have reasons of their own.
 *
 * The upper 16 bits of a reason are its subsystem's number, 0 being the core (since Linux 6.4,
 * include/net/dropreason.h). Numbers differ from kernel to kernel.
 */
import type { Btf } from "../btf/btf.js";
import { enumNames } from "../btf/lookup.js";
import { readModuleBtf } from "./kernel-types.js";

/** Names by number. */
export interface DropReasons {
  /** Reasons without their prefix, for example "NO_SOCKET". */
  readonly names: ReadonlyMap<number, string>;
  /** Subsystems, for example "core" or "openvswitch". */
  readonly subsystems: ReadonlyMap<number, string>;
}

/** Enums of reasons, and the module that has each; one that is not loaded drops nothing. */
const ENUMS = [
  { name: "skb_drop_reason", module: "vmlinux" },
  { name: "qdisc_drop_reason", module: "vmlinux" },
  { name: "mac80211_drop_reason", module: "mac80211" },
  { name: "ovs_drop_reason", module: "openvswitch" },
] as const;

/** What the names of reasons begin with: they stand by themselves without. */
const PREFIX = /^(SKB_(NOT_)?DROP(PED)?_(REASON_)?|[A-Z0-9]+_DROP_)/;
const SUBSYSTEM_PREFIX = /^SKB_DROP_REASON_SUBSYS_/;

/** Reads the reasons of the kernel and of these loaded modules. */
export function readDropReasons(kernel: Btf, modules: readonly string[]): DropReasons {
  const names = new Map<number, string>();
  for (const { name, module } of ENUMS) {
    const btf = module === "vmlinux" ? kernel : modules.includes(module) ? readModuleBtf(module, kernel) : undefined;
    if (btf === undefined) continue;
    for (const [code, text] of reasonsOf(btf, name)) names.set(code, text);
  }
  const subsystems = [...enumNames(kernel, "skb_drop_reason_subsys")].map(
    ([code, name]) => [code, name.replace(SUBSYSTEM_PREFIX, "").toLowerCase()] as const,
  );
  return { names, subsystems: new Map([[0, "core"], ...subsystems]) };
}

/** Names that begin with "__" only mark where an enum begins. */
export function reasonsOf(btf: Btf, enumName: string): [code: number, name: string][] {
  const all = [...enumNames(btf, enumName)].filter(([, name]) => !name.startsWith("__"));
  return all.map(([code, name]) => [code, name.replace(PREFIX, "")]);
}
