/**
 * What the running kernel offers to trace: its functions and tracepoints with an sk_buff,
 * which of them may be probed, and the names of drop reasons.
 *
 * Reading all of it takes 0.1 s (seconds in an emulated machine), so each part is read
 * when it is first asked for, and kept.
 */
import type { Btf } from "../btf/btf.js";
import { enumNames } from "../btf/lookup.js";
import { tracepointArgumentCount } from "../btf/sk-buff.js";
import { TypeTable } from "../btf/type-table.js";
import { FunctionTable } from "./function-table.js";
import { readKernelBtf, readModuleBtf } from "./kernel-types.js";
import { lazy } from "./lazy.js";
import { whileSameModules } from "./module-list.js";

const DROP_REASON_PREFIX = /^SKB_(NOT_)?DROP(PED)?_(REASON_)?/;

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
  readonly #dropReasons = lazy(() => readDropReasons(this.#btf()));

  /** Functions and tracepoints at this moment: modules may bring others later. */
  functions(): FunctionTable {
    return this.#functions();
  }

  /** See {@link FunctionTable.probeable}. */
  probeable(): ReadonlyMap<string, string> | undefined {
    return this.#functions().probeable();
  }

  /** All types of the kernel and of the modules that are loaded at this moment. */
  types(): TypeTable {
    return this.#types();
  }

  /** Whether the kfree_skb tracepoint tells a reason (since Linux 5.17). */
  hasDropReason(): boolean {
    return (tracepointArgumentCount(this.#btf(), "kfree_skb") ?? 0) >= 3;
  }

  /** Names of the kernel's drop reasons, by code, without their prefix. */
  dropReasons(): ReadonlyMap<number, string> {
    return this.#dropReasons();
  }
}

/** Read once, when a name is not the kernel's own. */
function moduleTables(modules: readonly string[], kernel: Btf): Iterable<Btf> {
  return modules.flatMap((module) => readModuleBtf(module, kernel) ?? []);
}

function readDropReasons(btf: Btf): Map<number, string> {
  const names = [...enumNames(btf, "skb_drop_reason")];
  return new Map(names.map(([code, name]) => [code, name.replace(DROP_REASON_PREFIX, "")]));
}
