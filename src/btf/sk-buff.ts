/** Finds, in the kernel's BTF, what has a `struct sk_buff *` among its arguments. */
import { type Btf, Kind } from "./btf.js";
import { kindOf } from "./layout.js";
import { isSkb, MAX_POSITION, packetTypes } from "./packet-types.js";

/** BTF names the prototype of tracepoint X by a typedef btf_trace_X (include/trace/bpf_probe.h). */
const TRACEPOINT_PREFIX = "btf_trace_";

/** A kernel tracepoint that has an sk_buff. */
export interface SkbTracepoint {
  readonly name: string;
  /** Position of the sk_buff among the tracepoint's arguments, 1-5. */
  readonly position: number;
  /** Number of arguments. */
  readonly argumentCount: number;
}

/**
 * Every function of a table, its base's not counted, that has a `struct sk_buff *` argument, const
 * ones included, with the position (1-5) of the first.
 */
export function skbFunctions(btf: Btf): Map<string, number> {
  const { positions } = packetTypes(btf);
  const { words, offsets } = btf.layout;
  const found = new Map<string, number>();
  for (let n = 0; n < offsets.length; n++) {
    const at = offsets[n] as number;
    if (kindOf(words[at + 1] as number) !== Kind.FUNC) continue;
    const position = positions[words[at + 2] as number] as number;
    // Names are read only where they are wanted: most functions have no packet.
    if (position > 0) found.set(btf.name(btf.firstId + n), position);
  }
  return found;
}

/**
 * The same for one function: `preferred` where that is the position of a packet, too; 0 where it has
 * no packet; undefined when BTF does not describe it.
 */
export function functionPosition(btf: Btf, name: string, preferred = 0): number | undefined {
  const id = btf.find(Kind.FUNC, name);
  if (id === undefined) return undefined;
  const prototype = btf.ref(id);
  const isPreferred =
    preferred >= 1 &&
    preferred <= Math.min(btf.length(prototype), MAX_POSITION) &&
    isSkbPointer(btf, btf.item(prototype, preferred - 1, 1));
  return isPreferred ? preferred : positionIn(btf, prototype, 0);
}

/** Every tracepoint of a table, its base's not counted, that has an sk_buff, by name. */
export function skbTracepoints(btf: Btf): SkbTracepoint[] {
  const found: SkbTracepoint[] = [];
  for (const id of btf.ofKind(Kind.TYPEDEF)) {
    if (!btf.hasName(id, TRACEPOINT_PREFIX, "begins")) continue;
    const prototype = btf.ref(btf.skipModifiers(id));
    if (btf.kind(prototype) !== Kind.FUNC_PROTO) continue;
    // The first parameter is the tracing core's own (void *__data).
    const at = positionIn(btf, prototype, 1);
    if (at > 0) {
      found.push({
        name: btf.name(id).slice(TRACEPOINT_PREFIX.length),
        position: at,
        argumentCount: btf.length(prototype) - 1,
      });
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Number of arguments of one tracepoint; undefined when the kernel does not have it. */
export function tracepointArgumentCount(btf: Btf, name: string): number | undefined {
  const typedef = btf.find(Kind.TYPEDEF, TRACEPOINT_PREFIX + name);
  return typedef === undefined ? undefined : btf.length(btf.ref(btf.skipModifiers(typedef))) - 1;
}

/** Position of the sk_buff in a prototype, its first `skipped` parameters not counted. */
function positionIn(btf: Btf, prototype: number, skipped: number): number {
  const end = Math.min(btf.length(prototype), skipped + MAX_POSITION);
  for (let i = skipped; i < end; i++) if (isSkbPointer(btf, btf.item(prototype, i, 1))) return i - skipped + 1;
  return 0;
}

function isSkbPointer(btf: Btf, type: number): boolean {
  const pointer = btf.skipModifiers(type);
  return btf.kind(pointer) === Kind.PTR && isSkb(btf, btf.skipModifiers(btf.ref(pointer)));
}
