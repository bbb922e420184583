/** The network interfaces of this process's namespace. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** One interface. */
export interface Interface {
  /** Inode number of its network namespace. */
  readonly netns: number;
  readonly ifindex: number;
  readonly name: string;
}

const CLASS_NET = "/sys/class/net";

/** All interfaces, by index; none where /sys does not show them. */
export function interfaces(): Interface[] {
  try {
    const netns = Number(/\d+/.exec(readlinkSync("/proc/self/ns/net"))?.[0] ?? 0);
    const found = readdirSync(CLASS_NET).flatMap((name) => {
      const ifindex = readIfindex(name);
      return ifindex === undefined ? [] : [{ netns, ifindex, name }];
    });
    return found.sort((a, b) => a.ifindex - b.ifindex);
  } catch {
    return [];
  }
}

/** undefined for what is not an interface (bonding_masters), or gone by now. */
function readIfindex(name: string): number | undefined {
  try {
    return Number(readFileSync(`${CLASS_NET}/${name}/ifindex`, "utf8"));
  } catch {
    return undefined;
  }
}
