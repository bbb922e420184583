/** Random paths into struct sk_buff and what it points to, from the kernel's BTF. */
import { type Btf, Kind } from "../../../src/btf/btf.js";
import { arrayParts, membersOf } from "../../../src/btf/types.js";

/** A path, in parts between its pointers: `skb->dev->nd_net.net->ns.inum` is ["dev", "nd_net.net", "ns.inum"]. */
export interface Path {
  readonly parts: readonly string[];
  readonly isBitField: boolean;
}

const MAX_POINTERS = 4;
const MAX_TRIES = 1_000_000;
/** What other CPUs may change while a packet is looked at. */
const VOLATILE = /lock|refcnt|refs?\b|users|stats|jiffies|stamp|time|pcpu|counter|seq|rcu|next|prev|pprev/i;

/** The path as the language of --where has it. */
export function pathText({ parts }: Path): string {
  return `skb->${parts.join("->")}`;
}

/** Different paths, always the same for the same seed. */
export function randomPaths(btf: Btf, count: number, seed: number): Path[] {
  const random = generator(seed);
  const skb = btf.find(Kind.STRUCT, "sk_buff") ?? 0;
  const found = new Map<string, Path>();
  for (let tries = 0; found.size < count && tries < MAX_TRIES; tries++) {
    const path = walk(btf, skb, random);
    if (path !== undefined && !VOLATILE.test(pathText(path))) found.set(pathText(path), path);
  }
  return [...found.values()];
}

/** xorshift32 (Marsaglia): below `limit`. */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** One walk from a struct to a number; undefined where it leads to something else. */
function walk(btf: Btf, start: number, random: (limit: number) => number): Path | undefined {
  const parts: string[] = [];
  let part = "";
  for (let at: number | undefined = start; at !== undefined; ) {
    const members = membersOf(btf, at);
    const member = members[random(Math.max(1, members.length))];
    if (member === undefined) return undefined;
    if (member.name !== "") part += `${part === "" ? "" : "."}${member.name}`;
    const { type, index } = elementOf(btf, member.type, random);
    part += index;
    if (isNumber(btf, type)) return { parts: [...parts, part], isBitField: member.bitSize > 0 };
    if (btf.kind(type) === Kind.PTR) {
      parts.push(part);
      part = "";
    }
    at = parts.length > MAX_POINTERS ? undefined : recordOf(btf, type);
  }
  return undefined;
}

/** Of an array any element, with its index; of anything else itself. */
function elementOf(btf: Btf, id: number, random: (limit: number) => number): { type: number; index: string } {
  const type = btf.skipModifiers(id);
  if (btf.kind(type) !== Kind.ARRAY) return { type, index: "" };
  const { element, count } = arrayParts(btf, type);
  return count === 0 ? { type: 0, index: "" } : { type: btf.skipModifiers(element), index: `[${random(count)}]` };
}

/** The struct or union that a type is, or points to. */
function recordOf(btf: Btf, type: number): number | undefined {
  const record = btf.kind(type) === Kind.PTR ? btf.skipModifiers(btf.ref(type)) : type;
  return btf.kind(record) === Kind.STRUCT || btf.kind(record) === Kind.UNION ? record : undefined;
}

function isNumber(btf: Btf, type: number): boolean {
  const kind = btf.kind(type);
  if (kind === Kind.INT) return btf.size(type) <= 8;
  return kind === Kind.ENUM || kind === Kind.ENUM64;
}
