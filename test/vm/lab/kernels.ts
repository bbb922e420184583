/** The kernels of the lab (test/vm/README.md). */
import type { Kernel } from "./scenario.js";

/** In the order in which they are booted: the slowest first, beside one of the others. */
export const kernels: readonly Kernel[] = [
  { line: "5.10", backend: "kprobe", hasReasons: false },
  { line: "6.12", backend: "kprobe-multi", hasReasons: true },
  { line: "6.1", backend: "kprobe", hasReasons: true },
  { line: "newest", backend: "kprobe-multi", hasReasons: true },
];

const LINES: readonly string[] = kernels.map(({ line }) => line);

/** Lines of kernels to boot: those of IPFTRACE_VM_LINES, else these. @throws Error when the lab has no such line. */
export function linesToBoot(usual: readonly string[] = LINES): readonly string[] {
  const asked = process.env["IPFTRACE_VM_LINES"]?.split(" ") ?? usual;
  const unknown = asked.filter((line) => !LINES.includes(line));
  if (unknown.length === 0) return asked;
  throw new Error(`IPFTRACE_VM_LINES: the lab has no kernel "${unknown.join('", "')}"; it has ${LINES.join(", ")}`);
}
