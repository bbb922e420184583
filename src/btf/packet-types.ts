/**
 * Marks, in a whole BTF table at once, what leads to a packet.
 *
 * Problem: asked type by type, 60,000 functions take a hundred small functions, which V8 must compile first: that
 *          takes longer than the answers, and many times longer in an emulated machine.
 * Choice:  a few loops over the table's words that call nothing.
 */
import { type Btf, isModifier, Kind } from "./btf.js";
import { HEAD_WORDS, kindOf, type Layout } from "./layout.js";

/** A BPF program reads arguments from registers; the fifth is the last that every ABI passes so. */
export const MAX_POSITION = 5;
/** Words of a parameter: its name and its type. */
const PARAMETER_WORDS = 2;

/** Marks of a type, qualified or not: `struct sk_buff`, and a pointer to it. */
const PACKET = 1;
const POINTER = 2;

/** What is known of each type of a table, its base's included. */
export interface PacketTypes {
  /** By id: PACKET, POINTER, or 0 for everything else. */
  readonly marks: Uint8Array;
  /** By the id of a prototype: position (1-5) of its first sk_buff; else 0. */
  readonly positions: Uint8Array;
}

const known = new WeakMap<Btf, PacketTypes>();

/** Found once for each table. */
export function packetTypes(btf: Btf): PacketTypes {
  const found = known.get(btf) ?? findTypes(btf);
  known.set(btf, found);
  return found;
}

/** Whether a type is the struct itself, or a declaration of it. */
export function isSkb(btf: Btf, id: number): boolean {
  const kind = btf.kind(id);
  return (kind === Kind.STRUCT || kind === Kind.FWD) && btf.hasName(id, "sk_buff");
}

function findTypes(btf: Btf): PacketTypes {
  const [marks, positions] = [new Uint8Array(btf.count), new Uint8Array(btf.count)];
  if (btf.base !== undefined) {
    const base = packetTypes(btf.base);
    marks.set(base.marks);
    positions.set(base.positions);
  }
  const { layout, firstId } = btf;
  markStructs(btf, marks);
  // A type may refer to one that comes behind it.
  while (spread(layout, firstId, marks) > 0);
  findPositions(layout, firstId, marks, positions);
  return { marks, positions };
}

function markStructs(btf: Btf, marks: Uint8Array): void {
  const { words, offsets } = btf.layout;
  for (let n = 0; n < offsets.length; n++) {
    const kind = kindOf(words[(offsets[n] as number) + 1] as number);
    if ((kind === Kind.STRUCT || kind === Kind.FWD) && isSkb(btf, btf.firstId + n)) marks[btf.firstId + n] = PACKET;
  }
}

/** Marks what refers to something marked; how many types. */
function spread({ words, offsets }: Layout, firstId: number, marks: Uint8Array): number {
  let found = 0;
  for (let n = 0; n < offsets.length; n++) {
    const at = offsets[n] as number;
    const kind = kindOf(words[at + 1] as number);
    if (kind !== Kind.PTR && !isModifier(kind)) continue;
    const of = marks[words[at + 2] as number];
    const mark = kind !== Kind.PTR ? of : of === PACKET ? POINTER : 0;
    if (mark === 0 || mark === undefined || marks[firstId + n] === mark) continue;
    marks[firstId + n] = mark;
    found++;
  }
  return found;
}

function findPositions({ words, offsets }: Layout, firstId: number, marks: Uint8Array, positions: Uint8Array): void {
  for (let n = 0; n < offsets.length; n++) {
    const at = offsets[n] as number;
    const info = words[at + 1] as number;
    if (kindOf(info) !== Kind.FUNC_PROTO) continue;
    const parameters = Math.min(info & 0xffff, MAX_POSITION);
    for (let i = 0; i < parameters; i++) {
      if (marks[words[at + HEAD_WORDS + i * PARAMETER_WORDS + 1] as number] !== POINTER) continue;
      positions[firstId + n] = i + 1;
      break;
    }
  }
}
