/** What a run on one kernel tells for docs/kernels.md. */
import type { BackendSupport } from "../../../src/gen/ipftrace/v1/node.js";
import { ATTACH_ALL_NAME } from "./run-lab.js";
import type { Kernel } from "./scenario.js";
import { readNode, readStarted } from "./seen.js";

/** One kernel of the table. */
export interface KernelFacts {
  readonly kernel: Kernel;
  /** As uname -r. */
  readonly release: string;
  readonly backends: readonly BackendSupport[];
  /** Functions attached by the manifest generic and by all, and tracepoints by the tracepoint backend; undefined: not counted. */
  readonly attached: Readonly<Record<"generic" | "all" | "tracepoints", number | undefined>>;
}

/** Reads them from what a complete run left. */
export function readFacts(kernel: Kernel, folder: string): KernelFacts {
  const { node, backends } = readNode(folder);
  const attachedBy = (name: string): number | undefined => readStarted(folder, name)?.attachedFunctions;
  const attached = {
    generic: attachedBy("generic-manifest"),
    all: attachedBy(kernel.backend === "kprobe" ? ATTACH_ALL_NAME : "all-functions"),
    tracepoints: attachedBy("tracepoint"),
  };
  return { kernel, release: node?.kernelRelease ?? "", backends, attached };
}
