/**
 * The functions and tracepoints with an sk_buff that the kernel has while the same modules are
 * loaded. Each part is read when it is first asked for: a manifest needs a few names, `all`
 * needs every module's types.
 */
import type { Btf } from "../btf/btf.js";
import { functionPosition, type SkbTracepoint, skbFunctions, skbTracepoints } from "../btf/sk-buff.js";
import { readModuleBtf } from "./kernel-types.js";
import { lazy } from "./lazy.js";
import { type Probeable, readProbeable } from "./probeable.js";

/** A kernel tracepoint that has an sk_buff, and the module that holds it. */
export interface KernelTracepoint extends SkbTracepoint {
  /** "vmlinux" for the kernel itself. */
  readonly module: string;
}

/** Where functions are. */
export type Places = Pick<FunctionTable, "addresses">;

/** For functions that are attached by name. */
export const nowhere: Places = { addresses: () => [] };

/** What there is to trace; it does not change when modules come or go. */
export class FunctionTable {
  readonly #kernel: Btf;
  readonly #modules: readonly string[];
  readonly #moduleBtf = new Map<string, Btf | undefined>();
  readonly #positions = new Map<string, number | undefined>();
  /** All functions with an sk_buff, by module, once they have been asked for: for their names BTF need not be searched. */
  readonly #packets = new Map<string, ReadonlyMap<string, number>>();
  readonly #probeable = lazy(readProbeable);
  readonly #skbFunctions = lazy(() => this.#readSkbFunctions());
  readonly #tracepoints = lazy(() => this.#readTracepoints());

  constructor(kernel: Btf, modules: readonly string[]) {
    this.#kernel = kernel;
    this.#modules = modules;
  }

  /**
   * Position of a function's sk_buff argument: `preferred` where there is one, else the first; 0 for
   * none; undefined for a function that BTF does not describe.
   */
  skbPosition(name: string, preferred = 0): number | undefined {
    if (!this.#positions.has(name)) this.#positions.set(name, this.#findPosition(name, 0));
    const first = this.#positions.get(name);
    // Nobody prefers another one to the only packet of most functions.
    return preferred === 0 || preferred === first || !first ? first : this.#findPosition(name, preferred);
  }

  /** Names of all functions with an sk_buff among the first five arguments, sorted. */
  skbFunctions(): readonly string[] {
    return this.#skbFunctions();
  }

  /** A tracepoint with an sk_buff among the first five arguments. */
  tracepoint(name: string): KernelTracepoint | undefined {
    return this.#tracepoints().get(name);
  }

  /** All of them, by name. */
  tracepoints(): KernelTracepoint[] {
    return [...this.#tracepoints().values()];
  }

  /** Functions that the kernel's tracer knows; undefined where the kernel does not tell (no tracefs, or no permission). */
  probeable(): Probeable | undefined {
    return this.#probeable();
  }

  /**
   * Where the functions of that name begin that have an sk_buff at this position, or whose types nobody
   * tells; none where the kernel does not tell addresses (before Linux 6.5, other CPUs than x86).
   */
  addresses(name: string, position: number): readonly bigint[] {
    const copies = this.#probeable()?.copies(name) ?? [];
    const meant = copies.length === 1 ? copies : copies.filter(({ module }) => this.#mayHaveAt(module, name, position));
    const addresses = meant.map(({ address }) => address);
    return addresses.every((address) => address !== undefined) ? addresses : [];
  }

  #mayHaveAt(module: string, name: string, position: number): boolean {
    if (this.#packets.get(module)?.get(name) === position) return true;
    const btf = module === "vmlinux" ? this.#kernel : this.#btfOf(module);
    const found = btf && functionPosition(btf, name, position);
    return found === undefined || found === position;
  }

  #findPosition(name: string, preferred: number): number | undefined {
    const probeable = this.probeable();
    const module = probeable?.get(name) ?? probeable?.get(probeable.changedName(name) ?? "");
    if (module !== undefined && module !== "vmlinux") {
      const btf = this.#btfOf(module);
      return btf && functionPosition(btf, name, preferred);
    }
    const position = functionPosition(this.#kernel, name, preferred);
    if (position !== undefined || this.probeable() !== undefined) return position;
    for (const [, btf] of this.#moduleTables()) {
      const inModule = functionPosition(btf, name, preferred);
      if (inModule !== undefined) return inModule;
    }
    return undefined;
  }

  #readSkbFunctions(): string[] {
    const names = new Set<string>();
    for (const [module, btf] of this.#tables()) {
      const packets = skbFunctions(btf);
      this.#packets.set(module, packets);
      for (const [name, position] of packets) {
        names.add(name);
        // Of two functions of one name, the one that can be traced is meant.
        if ((this.probeable()?.get(name) ?? "vmlinux") === module) this.#positions.set(name, position);
      }
    }
    return [...names].sort();
  }

  #readTracepoints(): Map<string, KernelTracepoint> {
    const found = new Map<string, KernelTracepoint>();
    for (const [module, btf] of this.#tables()) {
      for (const one of skbTracepoints(btf)) if (!found.has(one.name)) found.set(one.name, { ...one, module });
    }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  *#tables(): Generator<[module: string, btf: Btf]> {
    yield ["vmlinux", this.#kernel];
    yield* this.#moduleTables();
  }

  *#moduleTables(): Generator<[module: string, btf: Btf]> {
    for (const module of this.#modules) {
      const btf = this.#btfOf(module);
      if (btf !== undefined) yield [module, btf];
    }
  }

  #btfOf(module: string): Btf | undefined {
    if (!this.#moduleBtf.has(module)) this.#moduleBtf.set(module, readModuleBtf(module, this.#kernel));
    return this.#moduleBtf.get(module);
  }
}
