/** The kernels of the lab (test/vm/README.md). */
import type { Kernel } from "./scenario.js";

/** In the order in which they are booted: the slowest first, beside one of the others. */
export const kernels: readonly Kernel[] = [
  { line: "5.10", backend: "kprobe", hasReasons: false },
  { line: "6.12", backend: "kprobe-multi", hasReasons: true },
  { line: "6.1", backend: "kprobe", hasReasons: true },
  { line: "newest", backend: "kprobe-multi", hasReasons: true },
];
