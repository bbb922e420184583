/**
 * Measures, and writes what it found to docs/benchmarks.
 *
 *   npm run bench -- NAME… [--runs N] [--dry]      as root
 *
 * --runs says how often everything is measured (default 5); --dry prints only. Without a name: those there are.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inlineHotPath } from "../../src/collector/inlining.js";
import { benchmark as clients } from "./clients.js";
import { benchmark as fanout } from "./fanout.js";
import { machine } from "./harness/machine.js";
import { section } from "./harness/render.js";
import { keepReport } from "./harness/reports.js";
import type { Benchmark, Report } from "./harness/result.js";
import { benchmark as idle } from "./idle.js";
import { benchmark as overhead } from "./overhead.js";
import { benchmark as pipeline } from "./pipeline.js";
import { benchmark as ring } from "./ring.js";
import { benchmark as scale } from "./scale.js";
import { benchmark as start } from "./start.js";

// As the collector does.
inlineHotPath();

const benchmarks: readonly Benchmark[] = [ring, pipeline, fanout, clients, scale, idle, start, overhead];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "5" }, dry: { type: "boolean", default: false } },
});

async function measure({ name, about, run }: Benchmark): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), `ipftrace-bench-${name}-`));
  const where = machine();
  const began = performance.now();
  try {
    const progress = (text: string) => process.stderr.write(`${name}: ${text}\n`);
    const findings = await run({ runs: Number(values.runs), folder, progress });
    const seconds = Math.round((performance.now() - began) / 1000);
    return { name, about, date: new Date().toISOString().slice(0, 10), seconds, machine: where, ...findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const chosen = positionals.map((wanted) => {
  const found = benchmarks.find(({ name }) => name === wanted);
  if (found === undefined) {
    process.stderr.write(`there is no benchmark "${wanted}": ${benchmarks.map(({ name }) => name).join(", ")}\n`);
    process.exit(2);
  }
  return found;
});
if (chosen.length === 0)
  for (const { name, about } of benchmarks) process.stdout.write(`${name.padEnd(10)} ${about}\n`);
for (const one of chosen) {
  const report = await measure(one);
  process.stdout.write(`${section(report)}\n\n`);
  if (!values.dry) keepReport(report);
}
