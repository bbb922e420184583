/** From the names of this machine, processes and paths, to the numbers that a request carries. */
import { statfsSync, statSync } from "node:fs";
import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";
import type { CgroupText, NamespaceText } from "./filter-values.js";
import type { OptionValues } from "./options.js";

/** Types of file systems, include/uapi/linux/magic.h. */
const NSFS_MAGIC = 0x6e736673;
const CGROUP2_SUPER_MAGIC = 0x63677270;

/** The options with every path and process resolved, or one sentence that names the option. */
export function resolveLocalNames(values: OptionValues): Parsed<OptionValues> {
  const { netns = [], cgroup = [], server } = values;
  const isRemote = server !== undefined && !server.startsWith("unix:");
  const spaces = all(netns, (one) => resolveNamespace(one, isRemote));
  if ("error" in spaces) return { error: `--netns: ${spaces.error}` };
  const groups = all(cgroup, (one) => resolveCgroup(one, isRemote));
  if ("error" in groups) return { error: `--cgroup: ${groups.error}` };
  return { value: { ...values, ...some("netns", spaces.value), ...some("cgroup", groups.value) } };
}

function some<K extends string, T>(key: K, list: readonly T[]): { [key in K]?: readonly T[] } {
  return list.length === 0 ? {} : ({ [key]: list } as { [key in K]: readonly T[] });
}

function all<T>(list: readonly T[], resolve: (one: T) => Parsed<T>): Parsed<readonly T[]> {
  const resolved: T[] = [];
  for (const one of list) {
    const result = resolve(one);
    if ("error" in result) return result;
    resolved.push(result.value);
  }
  return { value: resolved };
}

function resolveNamespace(given: NamespaceText, isRemote: boolean): Parsed<NamespaceText> {
  if (given.kind !== "path") return { value: given };
  if (isRemote) return elsewhere(given.path, 'inode:N or a name of "ip netns list" there');
  const inode = inodeOf(given.path, NSFS_MAGIC);
  if (inode !== undefined) return { value: { kind: "inode", inode: Number(inode) } };
  return { error: `${quote(given.path)} is no network namespace of this machine: see "ls -l /proc/*/ns/net"` };
}

function resolveCgroup(given: CgroupText, isRemote: boolean): Parsed<CgroupText> {
  if (given.kind !== "path") return { value: given };
  if (isRemote) return elsewhere(given.path, "id:N, with the inode number of its directory there");
  const id = inodeOf(given.path, CGROUP2_SUPER_MAGIC);
  if (id !== undefined) return { value: { kind: "id", id } };
  return { error: `${quote(given.path)} is no directory of a control group (version 2) of this machine` };
}

function elsewhere(path: string, accepted: string): { error: string } {
  return { error: `${quote(path)} is of this machine, and --server asks another one: give ${accepted}` };
}

/** undefined for what does not exist, or lies in another kind of file system. */
function inodeOf(path: string, fileSystem: number): bigint | undefined {
  try {
    return statfsSync(path).type === fileSystem ? statSync(path, { bigint: true }).ino : undefined;
  } catch {
    return undefined;
  }
}
