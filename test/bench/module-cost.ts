/**
 * What modules cost the kernel: the time that it counts for each run of the programs that write hops
 * (sysctl kernel.bpf_stats_enabled, run_time_ns and run_cnt of /proc/PID/fdinfo), without and with
 * modules, in turn, and the medians.
 *
 *   node --import tsx test/bench/module-cost.ts [MODULE…]     as root; default: gso
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { startEmbedded } from "../../src/cli/embedded.js";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import { clientOf, filterOf, Traced } from "../helpers/tracing.js";
import { median } from "./harness/figures.js";

const PAIRS = 7;
const PINGS = 3000;
/** Share of the runs that must have been hops. */
const MOST = 0.9;
const RING_BYTES = 64n * 1024n * 1024n;
const STATISTICS = "/proc/sys/kernel/bpf_stats_enabled";

interface Cost {
  readonly runs: number;
  readonly nsPerRun: number;
}

/** Numbers of this process's programs that write hops: those that watch for a packet's end run for all memory. */
function hopPrograms(): Set<number> {
  const programs: { id: number; name?: string }[] = JSON.parse(
    execFileSync("bpftool", ["-j", "prog", "show"], { encoding: "utf8" }),
  );
  return new Set(programs.filter(({ name }) => /^(slot_|kprobe_)/.test(name ?? "")).map(({ id }) => id));
}

function counted(): { runs: number; ns: number } {
  const wanted = hopPrograms();
  const found = new Map<number, { runs: number; ns: number }>();
  for (const fd of readdirSync("/proc/self/fdinfo")) {
    const text = readOrNothing(`/proc/self/fdinfo/${fd}`);
    const number = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)$`, "m").exec(text)?.[1]);
    const id = number("prog_id");
    if (wanted.has(id) && text.includes("run_cnt:"))
      found.set(id, { runs: number("run_cnt"), ns: number("run_time_ns") });
  }
  const all = [...found.values()];
  return { runs: all.reduce((sum, { runs }) => sum + runs, 0), ns: all.reduce((sum, { ns }) => sum + ns, 0) };
}

/** Descriptors come and go while they are listed. */
function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

async function measure(lab: NamespaceLab, client: ReturnType<typeof clientOf>, moduleNames: string[]): Promise<Cost> {
  const filter = filterOf({ sourceIpv4: [labAddresses.left.ipv4], l4Protocols: [1] });
  const trace = new Traced(client, { filter, moduleNames, options: { ringBytes: RING_BYTES, queueBytes: RING_BYTES } });
  await trace.started();
  const before = counted();
  await lab.run("left", ["ping", "-f", "-q", "-c", String(PINGS), labAddresses.right.ipv4]);
  const after = counted();
  const account = await trace.stop();
  if (account.lost.some(({ totalLostEvents }) => totalLostEvents > 0n))
    throw new Error("something was lost: fewer pings");
  const runs = after.runs - before.runs;
  const hops = Number(account.deliveredHops);
  if (hops < runs * MOST)
    throw new Error(`${runs} runs of programs made only ${hops} hops: something else has traffic`);
  return { runs, nsPerRun: (after.ns - before.ns) / runs };
}

async function compare(lab: NamespaceLab, client: ReturnType<typeof clientOf>, modules: string[]): Promise<void> {
  await measure(lab, client, modules);
  const pairs: { without: Cost; with: Cost }[] = [];
  for (let n = 0; n < PAIRS; n++) {
    pairs.push({ without: await measure(lab, client, []), with: await measure(lab, client, modules) });
    const { without, with: loaded } = pairs.at(-1) as (typeof pairs)[0];
    const ratio = (loaded.nsPerRun / without.nsPerRun).toFixed(2);
    process.stdout.write(
      `pair ${n + 1}: ${without.nsPerRun.toFixed(0)} ns, with ${loaded.nsPerRun.toFixed(0)} ns, ${ratio} times (${loaded.runs} runs)\n`,
    );
  }
  const without = median(pairs.map((pair) => pair.without.nsPerRun));
  const loaded = median(pairs.map((pair) => pair.with.nsPerRun));
  const ratio = median(pairs.map((pair) => pair.with.nsPerRun / pair.without.nsPerRun));
  process.stdout.write(
    `median: ${without.toFixed(0)} ns a hop, with ${modules.join(" ")} ${loaded.toFixed(0)} ns, ${ratio.toFixed(2)} times\n`,
  );
}

const modules = process.argv.length > 2 ? process.argv.slice(2) : ["gso"];
const statistics = readFileSync(STATISTICS, "utf8");
const lab = await NamespaceLab.create();
const server = await startEmbedded();
const client = clientOf(server.target);
try {
  writeFileSync(STATISTICS, "1");
  await compare(lab, client, modules);
} finally {
  writeFileSync(STATISTICS, statistics);
  client.close();
  await server.stop();
  await lab.remove();
}
