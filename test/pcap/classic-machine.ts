/** A plain interpreter of classic BPF, written from libpcap's documentation of its machine. */
import type { ClassicInstruction } from "../../src/ebpf/classic.js";

interface State {
  a: number;
  x: number;
  readonly memory: number[];
}

interface Packet {
  /** Those that are there. */
  readonly bytes: Buffer;
  /** Of the whole packet. */
  readonly length: number;
}

/** The verdict on a packet. */
export function runClassic(program: readonly ClassicInstruction[], packet: Packet): number {
  const state: State = { a: 0, x: 0, memory: new Array<number>(16).fill(0) };
  for (let at = 0; at < program.length; at++) {
    const one = program[at] as ClassicInstruction;
    const family = one.code & 0x07;
    if (family === 6) return (one.code & 0x18) === 0x10 ? state.a : one.k;
    if (family === 5) at += skipped(one, state);
    else if (families[family]?.(one, state, packet) === false) return 0;
  }
  throw new Error("the program runs over its end");
}

/** What each family of instructions does, but for jumps and returns; false: the packet is no match. */
const families: Readonly<Record<number, (one: ClassicInstruction, state: State, packet: Packet) => boolean>> = {
  0: (one, state, packet) => set(state, "a", load(one, state, packet)),
  1: (one, state, packet) => set(state, "x", load(one, state, packet)),
  2: ({ k }, { a, memory }) => {
    memory[k] = a;
    return true;
  },
  3: ({ k }, { x, memory }) => {
    memory[k] = x;
    return true;
  },
  4: (one, state) => set(state, "a", compute(one.code & 0xf0, state.a, operandOf(one, state))),
  7: ({ code }, state) => (code & 0x80 ? set(state, "a", state.x) : set(state, "x", state.a)),
};

function set(state: State, register: "a" | "x", value: number | undefined): boolean {
  if (value === undefined) return false;
  state[register] = value;
  return true;
}

function operandOf({ code, k }: ClassicInstruction, { x }: State): number {
  return code & 0x08 ? x : k;
}

function skipped(one: ClassicInstruction, state: State): number {
  const condition = one.code & 0xf0;
  if (condition === 0) return one.k;
  return compare(condition, state.a, operandOf(one, state)) ? one.jt : one.jf;
}

function load({ code, k }: ClassicInstruction, { x, memory }: State, { bytes, length }: Packet): number | undefined {
  const size = [4, 2, 1][(code & 0x18) >> 3] as number;
  const from = (offset: number, count: number): number | undefined =>
    offset + count > bytes.length ? undefined : bytes.readUIntBE(offset, count);
  const values: Readonly<Record<number, () => number | undefined>> = {
    0: () => k,
    32: () => from(k, size),
    64: () => from(x + k, size),
    96: () => memory[k],
    128: () => length,
    160: () => {
      const byte = from(k, 1);
      return byte === undefined ? undefined : (byte & 0xf) * 4;
    },
  };
  return values[code & 0xe0]?.();
}

function compute(code: number, a: number, b: number): number | undefined {
  if ((code === 0x30 || code === 0x90) && b === 0) return undefined;
  const results: Readonly<Record<number, () => number>> = {
    0: () => a + b,
    16: () => a - b,
    32: () => Math.imul(a, b),
    48: () => Math.floor(a / b),
    64: () => a | b,
    80: () => a & b,
    96: () => (b < 32 ? a << b : 0),
    112: () => (b < 32 ? a >>> b : 0),
    128: () => -a,
    144: () => a % b,
    160: () => a ^ b,
  };
  const result = results[code];
  if (result === undefined) throw new Error(`arithmetic ${code}`);
  return result() >>> 0;
}

function compare(code: number, a: number, b: number): boolean {
  if (code === 0x10) return a === b;
  if (code === 0x20) return a > b;
  if (code === 0x30) return a >= b;
  return (a & b) !== 0;
}
