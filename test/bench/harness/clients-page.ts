/** The row of clients/README.md that tells what the benchmark `clients` found. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { renderCell } from "./render.js";
import type { Report } from "./result.js";

const PAGE = fileURLToPath(new URL("../../../clients/README.md", import.meta.url));
const TITLE = "| journeys/s |";

/** The page as it is. */
export function readClientsPage(): string {
  return readFileSync(PAGE, "utf8");
}

/** The page with what a report has found. */
export function renderClientsPage(page: string, { tables: [table] }: Report): string {
  const found = new Map(table?.rows.map(([language, rate]) => [language, rate]));
  const lines = page.split("\n");
  const at = lines.findIndex((line) => line.startsWith(TITLE));
  const header = lines.slice(0, at).findLast((line) => line.startsWith("| | "));
  const languages = header?.split(" | ").slice(1, -1) ?? [];
  const rates = languages.map((language) => renderCell(found.get(language) ?? "?"));
  lines[at] = [TITLE, ...rates.map((rate) => `${rate} |`), "[benchmark](../docs/benchmarks.md#clients) |"].join(" ");
  return lines.join("\n");
}

/** Writes the page anew. */
export function writeClientsPage(report: Report): void {
  writeFileSync(PAGE, renderClientsPage(readClientsPage(), report));
}
