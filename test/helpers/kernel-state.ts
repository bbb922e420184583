/** What this process's kernel holds, to see that nothing is left behind. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Descriptors of BPF programs, maps and links that a process has open, by kind. */
export function bpfDescriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return target.startsWith("anon_inode:bpf") ? [target.slice("anon_inode:".length)] : [];
    } catch {
      return [];
    }
  });
}

/** Inode numbers of all network namespaces that some process is in. */
function networkNamespaces(): Set<string> {
  const found = readdirSync("/proc").flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readlinkSync(`/proc/${pid}/ns/net`)] : [];
    } catch {
      return [];
    }
  });
  return new Set(found);
}

/** All BPF objects in the kernel, each as "prog 12 (slot_00)". */
function bpfObjects(): string[] {
  return ["prog", "map", "link"].flatMap((kind) => {
    const objects: { id: number; name?: string; type?: string }[] = JSON.parse(
      execFileSync("bpftool", ["-j", kind, "show"], { encoding: "utf8" }),
    );
    return objects.map(({ id, name, type }) => `${kind} ${id} (${name ?? type})`);
  });
}

/** All BPF objects and network namespaces, as they are now. */
export function kernelState(): Set<string> {
  return new Set([...bpfObjects(), ...networkNamespaces()]);
}

const GONE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;

/**
 * Fails unless all of the kernel that came since `before` is gone after a while: `what` tells who left it behind.
 * It waits, because the kernel frees a program some milliseconds after its last user is gone (bpf_link_free of
 * kernel/bpf/syscall.c: after a grace period of RCU), and a namespace in a worker of its own.
 */
export async function assertNothingLeft(before: ReadonlySet<string>, what: string): Promise<void> {
  const left = (): string[] => [...kernelState()].filter((one) => !before.has(one));
  for (let waitedMs = 0; waitedMs < GONE_WITHIN_MS && left().length > 0; waitedMs += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS);
  }
  assert.deepEqual(left(), [], `left behind by ${what}`);
}
