import { accessSync, constants } from "node:fs";
import { type TestContext, test } from "node:test";

/** The running kernel's own BTF. */
export const KERNEL_BTF = "/sys/kernel/btf/vmlinux";

/** Why tests cannot read it; undefined when they can. */
export function whyNoBtf(): string | undefined {
  try {
    accessSync(KERNEL_BTF, constants.R_OK);
    return undefined;
  } catch {
    return `${KERNEL_BTF} cannot be read`;
  }
}

/**
 * Options of a test or suite that needs something of the machine. `missing` tells what is
 * not there; then it is skipped with that reason, and where the environment variable
 * IPFTRACE_REQUIRE_KERNEL is set this throws instead, so that nothing is skipped unseen.
 */
export function requirement(missing: string | undefined): { skip?: string } {
  if (missing === undefined) return {};
  if (!process.env["IPFTRACE_REQUIRE_KERNEL"]) return { skip: missing };
  throw new Error(`IPFTRACE_REQUIRE_KERNEL is set, and a test cannot run: ${missing}`);
}

/** A test that needs something of the running kernel: `check` tells what is missing, or undefined. */
export function kernelTest(
  name: string,
  check: () => string | undefined,
  run: (context: TestContext) => void | Promise<void>,
): void {
  test(name, requirement(check()), run);
}
