/**
 * What a packet costs the CPU, with what the kernel measures of programs (sysctl kernel.bpf_stats_enabled) and
 * without, in turn, and the medians: without a trace, with one that it does not match, with one that
 * it matches, and with one that follows hardly any; and with one that asks it at a single function.
 *
 *   node --import tsx test/bench/statistics-cost.ts     as root
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmbedded } from "../../src/cli/embedded.js";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import type { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { clientOf, filterOf, Traced } from "../helpers/tracing.js";
import { median } from "./harness/figures.js";

const PAIRS = 7;
const PACKETS = 30_000;
const STATISTICS = "/proc/sys/kernel/bpf_stats_enabled";
const SOURCE = fileURLToPath(new URL("send.c", import.meta.url));

const NO_MATCH = filterOf({ l4Protocols: [6], destinationPorts: [1] });
const cases: [what: string, request: Parameters<typeof TraceRequest.fromPartial>[0] | undefined][] = [
  ["no trace", undefined],
  ["no match", { filter: NO_MATCH }],
  ["no match, --begin netif_rx", { filter: NO_MATCH, beginRegex: "^tracepoint:netif_rx$" }],
  ["match", { filter: filterOf({ l4Protocols: [17] }), options: { ringBytes: 64n << 20n, queueBytes: 64n << 20n } }],
  ["match, --max-rate 1", { filter: filterOf({ l4Protocols: [17] }), options: { maxPacketsPerSecond: 1 } }],
];

async function measure(what: string, cost: (measured: boolean) => Promise<number>): Promise<void> {
  const without: number[] = [];
  const measured: number[] = [];
  for (let n = 0; n < PAIRS; n++) {
    without.push(await cost(false));
    measured.push(await cost(true));
  }
  const [a, b] = [median(without), median(measured)];
  process.stdout.write(
    `${what}: ${a.toFixed(0)} ns a packet, measured ${b.toFixed(0)} ns, ${(b / a).toFixed(2)} times\n`,
  );
}

const statistics = readFileSync(STATISTICS, "utf8");
const folder = mkdtempSync(join(tmpdir(), "ipftrace-bench-"));
const program = join(folder, "send");
execFileSync("clang", ["-O2", SOURCE, "-o", program]);
const lab = await NamespaceLab.create();
const server = await startEmbedded();
const client = clientOf(server.target);
const send = async (measured: boolean): Promise<number> => {
  writeFileSync(STATISTICS, measured ? "1" : "0");
  return Number(await lab.run("left", [program, String(PACKETS), labAddresses.right.ipv4]));
};
try {
  await send(false);
  for (const [what, request] of cases) {
    const trace = request === undefined ? undefined : new Traced(client, request);
    await trace?.started();
    await measure(what, send);
    await trace?.stop();
  }
} finally {
  writeFileSync(STATISTICS, statistics);
  client.close();
  await server.stop();
  await lab.remove();
  rmSync(folder, { recursive: true });
}
