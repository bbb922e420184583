/** Gathers what numbers in a trace's journeys stand for, and tells it before they are sent. */
import type { InterfaceName } from "../decode/interface.js";
import { NONE } from "../journey/none.js";
import { HOP_WORDS, HopWord, type Slab } from "../journey/slab.js";
import { LOST_STACK, type StackMap } from "../kernel/stacks.js";
import type { SymbolTable } from "../kernel/symbol-table.js";
import type { CallStack, Dictionary } from "./messages.js";

/** The innermost frames are those of the program that looked, and of the tracepoint that called it. */
const OWN_FRAME = /\[bpf\]$|^bpf_trace_run\d+\+/;

/** What stands for a stack that the kernel did not keep. */
const LOST_FRAMES = ["[lost: another stack has its place]"];

/** The dictionary of one trace. */
export class DictionaryWriter {
  readonly #stacks: Pick<StackMap, "read"> | undefined;
  readonly #symbols: () => Pick<SymbolTable, "at" | "near">;
  readonly #tell: (dictionary: Dictionary) => void;
  readonly #told = new Set<number>();
  readonly #locations = new Map<number, Uint8Array>();
  #newInterfaces: InterfaceName[] = [];
  #newStacks: CallStack[] = [];

  /** Without `stacks` no journey has any. */
  constructor(
    stacks: Pick<StackMap, "read"> | undefined,
    symbols: () => Pick<SymbolTable, "at" | "near">,
    tell: (dictionary: Dictionary) => void,
  ) {
    this.#stacks = stacks;
    this.#symbols = symbols;
    this.#tell = tell;
  }

  /** Takes the name of an interface. */
  addInterface(name: InterfaceName): void {
    this.#newInterfaces.push(name);
  }

  /** The place of which this is the low half of the address. */
  location(low: number): Uint8Array {
    let text = this.#locations.get(low);
    if (text === undefined) {
      text = Buffer.from(low === 0 ? "" : this.#symbols().near(low));
      this.#locations.set(low, text);
    }
    return text;
  }

  /** Tells what a journey needs and has not been told yet. */
  prepare(slab: Slab, slot: number): void {
    if (this.#stacks !== undefined) this.#addStacks(this.#stacks, slab, slot);
    this.flush();
  }

  #addStacks(stacks: Pick<StackMap, "read">, slab: Slab, slot: number): void {
    this.#addStack(stacks, slab.endStack[slot] as number);
    for (let hop = slab.firstHop[slot] as number; hop !== NONE; hop = slab.hopNext[hop] as number) {
      this.#addStack(stacks, slab.hop[hop * HOP_WORDS + HopWord.STACK] as number);
    }
  }

  /** Tells what is new. */
  flush(): void {
    if (this.#newInterfaces.length === 0 && this.#newStacks.length === 0) return;
    this.#tell({ interfaces: this.#newInterfaces, stacks: this.#newStacks });
    this.#newInterfaces = [];
    this.#newStacks = [];
  }

  #addStack(stacks: Pick<StackMap, "read">, stackId: number): void {
    if (stackId === 0 || this.#told.has(stackId)) return;
    this.#told.add(stackId);
    this.#newStacks.push({ stackId, frames: stackId === LOST_STACK ? LOST_FRAMES : this.#framesOf(stacks, stackId) });
  }

  #framesOf(stacks: Pick<StackMap, "read">, stackId: number): string[] {
    const symbols = this.#symbols();
    const frames = stacks.read(stackId).map((address) => symbols.at(address));
    return frames.slice(frames.findIndex((frame) => !OWN_FRAME.test(frame)));
  }
}
