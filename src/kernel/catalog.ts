/**
 * What the running kernel offers to trace: its functions and tracepoints with an sk_buff,
 * which of them may be probed, and the names of drop reasons.
 *
 * Reading all of it takes 0.1 s (seconds in an emulated machine), so each part is read
 * when it is first asked for, and kept.
 */
import type { Btf } from "../btf/btf.js";
import { tracepointArgumentCount } from "../btf/sk-buff.js";
import { TypeTable } from "../btf/type-table.js";
import type { Instruction } from "../ebpf/instruction.js";
import { type DropReasons, readDropReasons } from "./drop-reasons.js";
import { FunctionTable } from "./function-table.js";
import { readKernelBtf, readModuleBtf } from "./kernel-types.js";
import { lazy } from "./lazy.js";
import { linksTellMissed } from "./missed-probes.js";
import { whileSameModules } from "./module-list.js";
import type { Probeable } from "./probeable.js";
import { hasPreemptCountSymbol, processCheck, readSymbols } from "./process-check.js";
import { SymbolTable } from "./symbol-table.js";

/** Facts about the running kernel, read lazily, once. */
export class Catalog {
  readonly #btf = lazy(readKernelBtf);
  readonly #types = whileSameModules(
    (modules) =>
      new TypeTable(
        this.#btf(),
        lazy(() => moduleTables(modules, this.#btf())),
      ),
  );
  readonly #functions = whileSameModules((modules) => new FunctionTable(this.#btf(), modules));
  readonly #symbols = whileSameModules(() => new SymbolTable());
  readonly #processCheck = lazy(() => processCheck(this.#btf(), readSymbols));
  readonly #tellsProcess = lazy(() => this.#processCheck() !== undefined && hasPreemptCountSymbol());
  #mayCheckProcess = true;
  readonly #dropReasons = whileSameModules((modules) => readDropReasons(this.#btf(), modules));

  /** Functions and tracepoints at this moment: modules may bring others later. */
  functions(): FunctionTable {
    return this.#functions();
  }

  /** See {@link FunctionTable.probeable}. */
  probeable(): Probeable | undefined {
    return this.#functions().probeable();
  }

  /** All types of the kernel and of the modules that are loaded at this moment. */
  types(): TypeTable {
    return this.#types();
  }

  /** Where functions lie at this moment. */
  symbols(): SymbolTable {
    return this.#symbols();
  }

  /** How programs find out whether a process runs on its own account; undefined where they cannot. */
  processCheck(): readonly Instruction[] | undefined {
    return this.#mayCheckProcess ? this.#processCheck() : undefined;
  }

  /** Whether a trace can tell senders; reads all symbols, once. */
  tellsProcess(): boolean {
    return this.#tellsProcess();
  }

  /** The kernel has refused the instructions of {@link processCheck}: its symbols lack the variable. */
  giveUpProcessCheck(): void {
    this.#mayCheckProcess = false;
  }

  /** Whether the kfree_skb tracepoint tells a reason (since Linux 5.17). */
  hasDropReason(): boolean {
    return (tracepointArgumentCount(this.#btf(), "kfree_skb") ?? 0) >= 3;
  }

  /** Whether kprobe-multi's links tell how many hits they missed (since Linux 6.7). */
  linksTellMissed(): boolean {
    return linksTellMissed(this.#btf());
  }

  /** Names of the drop reasons at this moment. */
  dropReasons(): DropReasons {
    return this.#dropReasons();
  }
}

/** Read once, when a name is not the kernel's own. */
function moduleTables(modules: readonly string[], kernel: Btf): Iterable<Btf> {
  return modules.flatMap((module) => readModuleBtf(module, kernel) ?? []);
}
