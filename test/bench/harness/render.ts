/** Reports as Markdown, for docs/benchmarks.md and the terminal. */
import { shown } from "./figures.js";
import type { Cell, Column, Goal, Machine, Report, Table } from "./result.js";

/** A report as a section of docs/benchmarks.md. */
export function section(report: Report): string {
  const { name, about, tables, goals, notes, peers = {} } = report;
  return [
    `## ${name}`,
    about,
    ...notes,
    ...tables.flatMap((table) => [renderTable(table), ...renderBars(table)]),
    ...(goals.length > 0 ? [renderGoals(goals)] : []),
    `Again: \`npm run bench -- ${name}\` (${shown(report.seconds)} s). ${where(report.date, report.machine, peers)}`,
  ].join("\n\n");
}

function where(date: string, machine: Machine, peers: Readonly<Record<string, string>>): string {
  const { cpu, cores, memoryGib, kernel, system, loadBefore } = machine;
  const versions = Object.entries({ ...machine.versions, ...peers }).map(([name, version]) => `${name} ${version}`);
  const place = `${cpu}, ${cores} cores, ${memoryGib} GiB, Linux ${kernel}, ${system}, load ${loadBefore} before`;
  return `Measured on ${date}: ${place}; ${versions.join(", ")}.`;
}

/** A table whose columns are aligned, in the text as well. */
export function renderTable({ title, columns, rows }: Table): string {
  const text = rows.map((row) => row.map((cell, n) => renderCell(cell, columns[n])));
  const lines = [columns.map((column) => column.title), ...text];
  const widths = columns.map((_, n) => Math.max(3, ...lines.map((line) => line[n]?.length ?? 0)));
  const render = (cells: readonly string[]) =>
    `| ${cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, n) => (n === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [header = [], ...body] = lines;
  return [`**${title}**`, "", render(header), rule, ...body.map(render)].join("\n");
}

/** The picture of a table that wants one: Mermaid, which GitHub and GitLab draw. */
function renderBars({ title, rows, bars }: Table): string[] {
  if (bars === undefined) return [];
  const labels = rows.map(([label]) => `"${String(label)}"`).join(", ");
  const values = rows.map((row) => medianOf(row[bars.column])).join(", ");
  return [
    `\`\`\`mermaid\nxychart-beta\n  title "${title}"\n  x-axis [${labels}]\n  y-axis "${bars.unit}"\n  bar [${values}]\n\`\`\``,
  ];
}

function medianOf(cell: Cell | undefined): number {
  if (typeof cell === "object") return Number(cell.median.toPrecision(4));
  return typeof cell === "number" ? cell : 0;
}

/** A cell of a column. */
export function renderCell(cell: Cell, column?: Column): string {
  if (typeof cell === "string") return cell;
  const show = (value: number) => shown(value, column?.decimals);
  if (typeof cell === "number") return show(cell);
  return cell.runs === 1 ? show(cell.median) : `${show(cell.median)} (${show(cell.min)} … ${show(cell.max)})`;
}

function renderGoals(goals: readonly Goal[]): string {
  return goals
    .map(
      ({ aim, found, isMet, reason }) =>
        `* ${isMet ? "✓" : "✗"} ${aim}: ${found}.${reason !== undefined && !isMet ? ` ${reason}` : ""}`,
    )
    .join("\n");
}
