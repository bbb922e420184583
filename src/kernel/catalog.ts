/**
 * What the running kernel offers to trace: its functions and tracepoints with an sk_buff,
 * which of them may be probed, and the names of drop reasons.
 *
 * Reading all of it takes 0.1 s (seconds in an emulated machine), so each part is read
 * when it is first asked for, and kept.
 */
import { readFileSync } from "node:fs";
import { Btf } from "../btf/btf.js";
import { enumNames } from "../btf/lookup.js";
import {
  functionPosition,
  functionPositions,
  type SkbTracepoint,
  skbTracepoints,
  tracepointArgumentCount,
} from "../btf/sk-buff.js";
import { IpftraceError } from "../errors.js";
import { tracefsPath } from "./trace-event.js";

const BTF_PATH = "/sys/kernel/btf/vmlinux";
const DROP_REASON_PREFIX = /^SKB_(NOT_)?DROP(PED)?_(REASON_)?/;

/** Facts about the running kernel, read lazily, once. */
export class Catalog {
  readonly #btf = lazy(readKernelBtf);
  readonly #positions = new Map<string, number | undefined>();
  readonly #skbFunctions = lazy(() => readSkbFunctions(this.#btf()));
  readonly #tracepoints = lazy(() => new Map(skbTracepoints(this.#btf()).map((one) => [one.name, one])));
  readonly #probeable = whileSameModules(readProbeable);
  readonly #dropReasons = lazy(() => readDropReasons(this.#btf()));

  /** Position of a function's sk_buff argument, 0 for none; undefined for a function that BTF does not describe. */
  skbPosition(name: string): number | undefined {
    if (!this.#positions.has(name)) this.#positions.set(name, functionPosition(this.#btf(), name));
    return this.#positions.get(name);
  }

  /** Names of all functions with an sk_buff among the first five arguments, sorted. */
  skbFunctions(): readonly string[] {
    return this.#skbFunctions();
  }

  /** A tracepoint with an sk_buff among the first five arguments. */
  tracepoint(name: string): SkbTracepoint | undefined {
    return this.#tracepoints().get(name);
  }

  /** All of them, by name. */
  tracepoints(): SkbTracepoint[] {
    return [...this.#tracepoints().values()];
  }

  /**
   * Functions that the kernel's tracer knows, with the module that holds each;
   * undefined where the kernel does not tell (no tracefs, or no permission).
   */
  probeable(): ReadonlyMap<string, string> | undefined {
    return this.#probeable();
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

function lazy<T>(read: () => T): () => T {
  let kept: { value: T } | undefined;
  return () => {
    kept ??= { value: read() };
    return kept.value;
  };
}

/** As `lazy`, and anew when kernel modules have come or gone. */
function whileSameModules<T>(read: () => T): () => T {
  let kept: { modules: string; value: T } | undefined;
  return () => {
    const modules = loadedModules();
    if (kept?.modules !== modules) kept = { modules, value: read() };
    return kept.value;
  };
}

/** The list of kernel modules; empty for a kernel without. */
function loadedModules(): string {
  try {
    return readFileSync("/proc/modules", "latin1");
  } catch {
    return "";
  }
}

function readKernelBtf(): Btf {
  try {
    return new Btf(readFileSync(BTF_PATH));
  } catch (reason) {
    if (reason instanceof IpftraceError) throw reason;
    throw new IpftraceError(
      "KERNEL_UNSUPPORTED",
      `this kernel does not describe its types (no ${BTF_PATH}); ipftrace needs one built with CONFIG_DEBUG_INFO_BTF`,
      { cause: reason },
    );
  }
}

function readSkbFunctions(btf: Btf): string[] {
  return [...functionPositions(btf)].flatMap(([name, position]) => (position > 0 ? [name] : [])).sort();
}

function readProbeable(): Map<string, string> | undefined {
  const path = tracefsPath();
  if (path === undefined) return undefined;
  try {
    const lines = readFileSync(`${path}/available_filter_functions`, "latin1").split("\n");
    return new Map(lines.filter((line) => line !== "").map(functionAndModule));
  } catch {
    // Locked-down kernels refuse to list them; BTF then is all that we know.
    return undefined;
  }
}

/** A line is `function`, or `function [module]`. */
function functionAndModule(line: string): [string, string] {
  const space = line.indexOf(" ");
  return space < 0 ? [line, "vmlinux"] : [line.slice(0, space), line.slice(space + 2, -1)];
}

function readDropReasons(btf: Btf): Map<number, string> {
  const names = [...enumNames(btf, "skb_drop_reason")];
  return new Map(names.map(([code, name]) => [code, name.replace(DROP_REASON_PREFIX, "")]));
}
