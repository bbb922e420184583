/** Runs scenarios in a virtual machine; what they left comes to a folder on the host. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Backend } from "../../../src/gen/ipftrace/v1/node.js";
import { TraceRequest } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { boot } from "../boot.js";
import { BACKENDS } from "./backends.js";
import { bundleGuest, LAB_FOLDER } from "./bundle.js";
import { manifestFunction } from "./functions.js";
import type { Plan } from "./plan.js";
import type { Kernel, Scenario } from "./scenario.js";

/** Three times what it takes on two idle cores. */
const TIMEOUT_SECONDS = 900;

const RUN_GUEST = fileURLToPath(new URL("run-guest.sh", import.meta.url));

/** Made once: machines that run already read it. */
let guest: Promise<string> | undefined;

/** The scenarios that this kernel can show. */
export function runnable(scenarios: readonly Scenario[], kernel: Kernel): Scenario[] {
  return scenarios.filter(({ missing }) => missing?.(kernel) === undefined);
}

/** Boots the kernel, runs the scenarios one after the other, copies what they left to a folder. */
export async function runLab(kernel: Kernel, scenarios: readonly Scenario[], folder: string): Promise<void> {
  guest ??= bundleGuest();
  mkdirSync(LAB_FOLDER, { recursive: true });
  const planFile = join(LAB_FOLDER, `plan-${kernel.line}.json`);
  writeFileSync(planFile, JSON.stringify(planOf(runnable(scenarios, kernel))));
  const command = [RUN_GUEST, await guest, planFile];
  await boot({ line: kernel.line, command, timeoutSeconds: TIMEOUT_SECONDS, folder });
}

function planOf(scenarios: readonly Scenario[]): Plan {
  return {
    scenarios: scenarios.map((one) => {
      const { name, traffic, leave = false } = one;
      return { name, request: encoded(one), traffic, leave };
    }),
  };
}

function encoded({ name, functions, backend, filter, expressions, modules, options }: Scenario): string {
  const request = TraceRequest.fromPartial({
    filter: { allow: filter === undefined ? [] : [filter], ...expressions },
    manifestSource:
      typeof functions === "string"
        ? { $case: "manifestName", value: functions }
        : { $case: "manifest", value: { name, groups: [{ functions: functions.map(manifestFunction) }] } },
    backend: backend === undefined ? Backend.BACKEND_UNSPECIFIED : BACKENDS[backend],
    moduleNames: [...(modules ?? [])],
    options: options ?? {},
  });
  return Buffer.from(TraceRequest.encode(request).finish()).toString("base64");
}
