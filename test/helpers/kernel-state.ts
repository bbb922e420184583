/** What this process's kernel holds, to see that nothing is left behind. */
import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";

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

/** Ids of all BPF programs of our names in the kernel. */
export function ourPrograms(): number[] {
  const programs = JSON.parse(execFileSync("bpftool", ["-j", "prog", "show"], { encoding: "utf8" })) as {
    id: number;
    name?: string;
  }[];
  return programs.filter(({ name }) => /^(slot_|end_|kprobe_)/.test(name ?? "")).map(({ id }) => id);
}

/** Inode numbers of all network namespaces that some process is in. */
export function networkNamespaces(): Set<string> {
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
export function bpfObjects(): string[] {
  return ["prog", "map", "link"].flatMap((kind) => {
    const objects: { id: number; name?: string; type?: string }[] = JSON.parse(
      execFileSync("bpftool", ["-j", kind, "show"], { encoding: "utf8" }),
    );
    return objects.map(({ id, name, type }) => `${kind} ${id} (${name ?? type})`);
  });
}
