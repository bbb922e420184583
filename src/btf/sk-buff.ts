/** Finds, in the kernel's BTF, what has a `struct sk_buff *` among its arguments. */
import { type Btf, Kind } from "./btf.js";

/** A BPF program reads arguments from registers; the fifth is the last that every ABI passes so. */
const MAX_POSITION = 5;
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
  const position = prototypeScanner(btf);
  const found = new Map<string, number>();
  for (const id of btf.ofKind(Kind.FUNC)) {
    const at = position(btf.ref(id), 0);
    // Names are read only where they are wanted: most functions have no packet.
    if (at > 0) found.set(btf.name(id), at);
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
  return isPreferred ? preferred : positionIn(btf, prototype, 0, (type) => isSkbPointer(btf, type));
}

/** Every tracepoint of a table, its base's not counted, that has an sk_buff, by name. */
export function skbTracepoints(btf: Btf): SkbTracepoint[] {
  const position = prototypeScanner(btf);
  const found: SkbTracepoint[] = [];
  for (const id of btf.ofKind(Kind.TYPEDEF)) {
    if (!btf.hasName(id, TRACEPOINT_PREFIX, "begins")) continue;
    const prototype = btf.ref(btf.skipModifiers(id));
    if (btf.kind(prototype) !== Kind.FUNC_PROTO) continue;
    // The first parameter is the tracing core's own (void *__data).
    const at = position(prototype, 1);
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

/** Of a type whose answer is not known yet; every other number is one more than the answer. */
const UNKNOWN = 0;

/** Position of the sk_buff in a prototype, its first `skipped` parameters not counted, always as many; remembers its answers. */
function prototypeScanner(btf: Btf): (prototype: number, skipped: number) => number {
  const answers = new Uint8Array(btf.count);
  const positions = new Uint8Array(btf.count);
  const pointsToSkb = (type: number): boolean => {
    if (answers[type] === UNKNOWN) answers[type] = 1 + Number(isSkbPointer(btf, type));
    return answers[type] === 2;
  };
  return (prototype, skipped) => {
    if (positions[prototype] === UNKNOWN) positions[prototype] = 1 + positionIn(btf, prototype, skipped, pointsToSkb);
    return (positions[prototype] as number) - 1;
  };
}

function positionIn(btf: Btf, prototype: number, skipped: number, isSkb: (type: number) => boolean): number {
  const end = Math.min(btf.length(prototype), skipped + MAX_POSITION);
  for (let i = skipped; i < end; i++) if (isSkb(btf.item(prototype, i, 1))) return i - skipped + 1;
  return 0;
}

function isSkbPointer(btf: Btf, type: number): boolean {
  const pointer = btf.skipModifiers(type);
  return btf.kind(pointer) === Kind.PTR && isSkb(btf, btf.skipModifiers(btf.ref(pointer)));
}

function isSkb(btf: Btf, id: number): boolean {
  const kind = btf.kind(id);
  return (kind === Kind.STRUCT || kind === Kind.FWD) && btf.hasName(id, "sk_buff");
}
