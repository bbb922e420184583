/**
 * Runs in the virtual machine: one server, one client and one network for many scenarios,
 * because starting each of them takes seconds in emulation. What the traces told is written
 * as it came; the host decodes and judges it (run-lab.ts).
 *
 *   node guest.js PLAN OUT_FOLDER
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEmbedded } from "../../../src/cli/embedded.js";
import { DONE_FILE, NODE_FILE, type Outcome, type Plan, type PlannedScenario } from "./plan.js";
import { nodeBytes, RawTrace, traceClient } from "./raw-trace.js";

const TRAFFIC_TIMEOUT_MS = 60_000;
/** How long packets may take to arrive after the traffic's programs have ended. */
const SETTLE_MS = 300;

/** Runs a shell script to its end, at most a minute. */
async function shell(script: string): Promise<Pick<Outcome, "status" | "output">> {
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], { timeout: TRAFFIC_TIMEOUT_MS });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const [status] = await once(child, "exit");
  return { status, output };
}

async function record(
  client: ReturnType<typeof traceClient>,
  scenario: PlannedScenario,
  out: string,
): Promise<Outcome> {
  const begun = performance.now();
  const trace = new RawTrace(client, Buffer.from(scenario.request, "base64"));
  await trace.started;
  const started = performance.now();
  const startMs = started - begun;
  const messages = join(out, `${scenario.name}.messages`);
  if (scenario.leave) {
    writeFileSync(messages, trace.framed());
    return { status: 0, output: "", failure: "", startMs, trafficMs: 0, stopMs: 0 };
  }
  const traffic = await shell(`. test/vm/lab/traffic.sh\n${scenario.traffic}`);
  const sent = performance.now();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  await trace.stop();
  const times = { startMs, trafficMs: sent - started, stopMs: performance.now() - sent - SETTLE_MS };
  writeFileSync(messages, trace.framed());
  return { ...traffic, failure: "", ...times };
}

function failed(reason: unknown): Outcome {
  const failure = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
  return { status: null, output: "", failure, startMs: 0, trafficMs: 0, stopMs: 0 };
}

const [, , planFile = "", out = ""] = process.argv;
const plan: Plan = JSON.parse(readFileSync(planFile, "utf8"));
const [network, server] = await Promise.all([shell("test/vm/lab/topology.sh"), startEmbedded()]);
if (network.status !== 0) throw new Error(`the network could not be made: ${network.output}`);
const client = traceClient(server.target);
for (const scenario of plan.scenarios) {
  const outcome = await record(client, scenario, out).catch(failed);
  writeFileSync(join(out, `${scenario.name}.json`), JSON.stringify(outcome));
}
writeFileSync(join(out, NODE_FILE), await nodeBytes(client));
writeFileSync(join(out, DONE_FILE), "");
client.close();
await server.stop();
