/** Runs scenarios in a virtual machine; what they left comes to a folder on the host. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModule } from "../../../src/cli/compile-module.js";
import type { Module } from "../../../src/gen/ipftrace/v1/custom.js";
import { Backend } from "../../../src/gen/ipftrace/v1/node.js";
import { TraceRequest } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { boot } from "../boot.js";
import { BACKENDS } from "./backends.js";
import { bundleGuest, LAB_FOLDER } from "./bundle.js";
import { manifestFunction } from "./functions.js";
import type { Plan, PlannedScenario } from "./plan.js";
import type { Kernel, Scenario } from "./scenario.js";

/** Three times what it takes on two idle cores. */
const TIMEOUT_SECONDS = 900;

/** For experiments (RFC 3692): nobody sends it. */
const UNUSED_PROTOCOL = 253;
/** Of the scenario that attaches every function by single kprobes, which can only be counted. */
export const ATTACH_ALL_NAME = "attach-all";

const ATTACH_ALL: PlannedScenario = {
  name: ATTACH_ALL_NAME,
  request: encoded({ name: ATTACH_ALL_NAME, functions: "all", filter: { l4Protocols: [UNUSED_PROTOCOL] } }),
  traffic: "",
  leave: true,
};

const RUN_GUEST = fileURLToPath(new URL("run-guest.sh", import.meta.url));

/** Made once: machines that run already read it. */
let guest: Promise<string> | undefined;

/** The scenarios that this kernel can show. */
export function runnable(scenarios: readonly Scenario[], kernel: Kernel): Scenario[] {
  return scenarios.filter(({ missing }) => missing?.(kernel) === undefined);
}

/** What to run, and where to. */
export interface LabRun {
  readonly kernel: Kernel;
  readonly scenarios: readonly Scenario[];
  /** Whether to count what single kprobes can attach to, which takes a minute where kprobe-multi is missing. */
  readonly countAll: boolean;
  /** Where the files go that the scenarios leave. */
  readonly folder: string;
}

/** Boots the kernel and runs the scenarios that it can show one after the other. */
export async function runLab({ kernel, scenarios, countAll, folder }: LabRun): Promise<void> {
  guest ??= bundleGuest();
  mkdirSync(LAB_FOLDER, { recursive: true });
  const planFile = join(LAB_FOLDER, `plan-${kernel.line}.json`);
  writeFileSync(planFile, JSON.stringify(planOf(runnable(scenarios, kernel), countAll && kernel.backend === "kprobe")));
  const command = [RUN_GUEST, await guest, planFile];
  await boot({ line: kernel.line, command, timeoutSeconds: TIMEOUT_SECONDS, folder });
}

function planOf(scenarios: readonly Scenario[], attachAll: boolean): Plan {
  const planned = scenarios.map((one) => ({ name: one.name, request: encoded(one), traffic: one.traffic }));
  return { scenarios: attachAll ? [...planned, ATTACH_ALL] : planned };
}

type Asked = Omit<Scenario, "why" | "traffic" | "missing" | "expect" | "loses">;

/** An example, under a name that no shipped module has. */
function compiledExample(name: string): Module {
  const source = new URL(`../../../examples/modules/compiled/${name}.bpf.c`, import.meta.url);
  return { ...compileModule(fileURLToPath(source)).module, name: `compiled-${name}` };
}

function encoded({
  name,
  functions,
  backend,
  filter,
  expressions,
  modules,
  ownModules,
  compiled,
  options,
  beginRegex,
}: Asked): string {
  const request = TraceRequest.fromPartial({
    filter: { allow: filter === undefined ? [] : [filter], ...expressions },
    manifestSource:
      typeof functions === "string"
        ? { $case: "manifestName", value: functions }
        : { $case: "manifest", value: { name, groups: [{ functions: functions.map(manifestFunction) }] } },
    backend: backend === undefined ? Backend.BACKEND_UNSPECIFIED : BACKENDS[backend],
    moduleNames: [...(modules ?? [])],
    modules: [...(compiled ?? []).map(compiledExample), ...(ownModules ?? [])],
    options: options ?? {},
    beginRegex: beginRegex ?? "",
  });
  return Buffer.from(TraceRequest.encode(request).finish()).toString("base64");
}
