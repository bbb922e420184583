/**
 * How often the kernel did not run a trace's programs where they are attached, because a probe was
 * hit while another one ran on that CPU. Three places count, each what passes the others by:
 *
 *   the program   it was not run (recursion_misses; kprobes and kprobe-multi since Linux 6.7)
 *   the link      kprobe-multi's own guard was in the way (bpf_link_info, since Linux 6.7)
 *   the kprobe    another one was being handled (nmissed; kprobe_profile of tracefs)
 */
import { type Btf, Kind } from "../btf/btf.js";
import { findMember } from "../btf/lookup.js";
import { kprobeMisses } from "./kprobe-profile.js";
import { libbpf } from "./libbpf.js";
import type { BpfObject } from "./object.js";
import { programCounts } from "./program-info.js";

/** Runs for every object that the kernel frees: what it misses is hardly ever a packet. */
const SLAB_PROGRAM = "end_slab_freed";

/** struct bpf_link_info of include/uapi/linux/bpf.h: type, and kprobe_multi.missed. */
const LINK_INFO_BYTES = 64;
const LINK_TYPE_KPROBE_MULTI = 8;
const LINK_MISSED = 32;

/** The count of one trace. */
export class MissedProbes {
  readonly #object: BpfObject;
  readonly #group: string | undefined;
  readonly #programFds: readonly number[];
  #before = 0;
  #final: number | undefined;

  /** `group`: that of the trace's kprobe events; undefined where it has none. */
  constructor(object: BpfObject, group: string | undefined) {
    this.#object = object;
    this.#group = group;
    this.#programFds = object.programFds((name) => name !== SLAB_PROGRAM);
  }

  /** Begins to count: what was missed while the trace was being attached is none of it. */
  begin(): void {
    this.#before = this.#read();
  }

  /** Ends: when the links are gone, so is what they counted. */
  end(): void {
    this.#final ??= this.count();
  }

  /** Hits missed so far. */
  count(): number {
    return this.#final ?? this.#read() - this.#before;
  }

  #read(): number {
    const onKprobes = this.#group === undefined ? 0 : kprobeMisses(this.#group);
    const atLinks = this.#object.linkFds().reduce((sum, fd) => sum + linkMisses(fd), 0);
    return Number(programCounts(this.#programFds).missed) + atLinks + onKprobes;
  }
}

/** Whether this kernel counts what kprobe-multi misses, in its links and in programs: both came at once. */
export function linksTellMissed(btf: Btf): boolean {
  const info = btf.find(Kind.STRUCT, "bpf_link_info");
  const multi = info === undefined ? undefined : findMember(btf, info, "kprobe_multi");
  return multi !== undefined && findMember(btf, multi.type, "missed") !== undefined;
}

/** 0 for links of other kinds, and on kernels that do not count. */
function linkMisses(fd: number): number {
  const info = Buffer.alloc(LINK_INFO_BYTES);
  if ((libbpf.infoByFd(fd, info, [LINK_INFO_BYTES]) as number) !== 0) return 0;
  return info.readUInt32LE(0) === LINK_TYPE_KPROBE_MULTI ? Number(info.readBigUInt64LE(LINK_MISSED)) : 0;
}
