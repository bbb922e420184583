/** The files of docs/benchmarks, and the page that is made from them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeClientsPage } from "./clients-page.js";
import { section } from "./render.js";
import type { Report } from "./result.js";

const FOLDER = fileURLToPath(new URL("../../../docs/benchmarks", import.meta.url));
const PAGE = `${FOLDER}.md`;

/** In the order in which an event travels; the rest behind them. */
const ORDER = ["ring", "pipeline", "fanout", "clients", "scale", "idle", "start", "overhead"];

const HEAD = `# Benchmarks

What ipftrace costs, and how fast it is, beside the tools that one would pick instead. Each section is one run of one
command on one machine: figures are medians, with the smallest and the largest in brackets; ratios are taken
pair by pair. The files in [benchmarks/](benchmarks) hold the same as JSON.

Machines have neighbours: compare ratios rather than digits, and repeat what matters to you. No test depends on
a time; what must not become worse is counted instead (test/encode/garbage.test.ts).`;

/** All reports there are. */
export function readReports(): Report[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  const reports = names.map((name): Report => JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")));
  const place = ({ name }: Report) => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);
  return reports.sort((a, b) => place(a) - place(b));
}

/** The page of these reports. */
export function renderPage(reports: readonly Report[]): string {
  return `${[HEAD, ...reports.map(section)].join("\n\n")}\n`;
}

/** The page as it is. */
export function readPage(): string {
  return existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
}

/** Keeps a report, and writes the page anew. */
export function keepReport(report: Report): void {
  writeFileSync(`${FOLDER}/${report.name}.json`, `${JSON.stringify(report, null, 2)}\n`);
  writePage();
}

/** Writes the page from the reports there are, and what another page has of them. */
export function writePage(): void {
  const reports = readReports();
  writeFileSync(PAGE, renderPage(reports));
  const clients = reports.find(({ name }) => name === "clients");
  if (clients !== undefined) writeClientsPage(clients);
}
