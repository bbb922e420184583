import { type TestContext, test } from "node:test";

/**
 * A test that needs something of the running kernel. `check` tells what is missing, or
 * undefined; then the test is skipped with that reason, and fails instead where the
 * environment variable IPFTRACE_REQUIRE_KERNEL is set, so that no test is skipped unseen.
 */
export function kernelTest(
  name: string,
  check: () => string | undefined,
  run: (context: TestContext) => void | Promise<void>,
): void {
  const missing = check();
  if (missing === undefined) test(name, run);
  else if (!process.env["IPFTRACE_REQUIRE_KERNEL"]) test(name, { skip: missing }, () => {});
  else {
    test(name, () => {
      throw new Error(`IPFTRACE_REQUIRE_KERNEL is set, and the test cannot run: ${missing}`);
    });
  }
}
