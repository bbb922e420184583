/** Why tests on this kernel cannot run; undefined when they can. */
export function whyNotHere(): string | undefined {
  return process.getuid?.() === 0 ? undefined : "needs root, to trace and to make network namespaces";
}
