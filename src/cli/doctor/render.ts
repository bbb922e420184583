/** The report of doctor, as text and as JSON. */
import { type Column, layOut } from "../../client/columns.js";
import { enumName } from "../../client/enum-name.js";
import { type BackendSupport, backendToJSON, type NodeLimits } from "../../gen/ipftrace/v1/node.js";
import { GetNodeResponse } from "../../gen/ipftrace/v1/trace_service.js";
import type { Finding } from "./finding.js";

/** What was found out. */
export interface Report {
  readonly node: GetNodeResponse;
  readonly findings: readonly Finding[];
  /** Whether the node is another machine, or a server of its own on this one. */
  readonly isRemote: boolean;
}

/** Whether any backend works. */
export function canTrace({ node }: Report): boolean {
  return node.backends.some(({ available }) => available);
}

/** One object. */
export function renderJson(report: Report): string {
  const { findings, node } = report;
  const whole = { canTrace: canTrace(report), findings, ...(GetNodeResponse.toJSON(node) as object) };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** Tables. */
export function renderText(report: Report): string {
  const { findings, isRemote } = report;
  const { node, backends, capabilities, limits, manifests } = report.node;
  const sections = [
    [`${node?.name}: Linux ${node?.kernelRelease}, ${node?.architecture}, ipftrace ${node?.version}`],
    ...table(["Check", "State", "Found"], findings.flatMap(findingRows)),
    ...table(["Backend", "Works", "Reason"], backends.flatMap(backendRows)),
    verdict(report),
    ...table(
      ["Told", "Works", "Reason"],
      capabilities.map((one) => [one.name, yesNo(one.available), one.reason]),
    ),
    ...(isRemote && limits !== undefined ? table(["Limit", "Value"], limitRows(limits)) : []),
    ...(manifests.length > 0 ? [[`Manifests: ${manifests.join(", ")}`]] : []),
  ];
  return `${sections.map((lines) => `${lines.join("\n")}\n`).join("\n")}`;
}

function verdict(report: Report): string[] {
  const best = report.node.backends.find(({ available }) => available);
  if (best !== undefined) return [`A trace uses ${name(best)}, unless --backend says otherwise.`];
  const remedies = [...report.findings.filter(({ state }) => state === "fault"), ...report.node.backends]
    .map(({ remedy }) => remedy ?? "")
    .filter((remedy) => remedy !== "");
  return ["Packets cannot be traced on this kernel.", ...[...new Set(remedies)].map((remedy) => `to mend: ${remedy}`)];
}

/** A section of its own; none without rows. */
function table(headers: readonly string[], rows: readonly (readonly string[])[]): string[][] {
  const columns = headers.map((header): Column => ({ header, align: "left" }));
  return rows.length === 0 ? [] : [layOut(columns, rows)];
}

function findingRows({ name, state, found, remedy }: Finding): string[][] {
  return withRemedy([name, state, found], remedy ?? "");
}

function backendRows(support: BackendSupport): string[][] {
  return withRemedy([name(support), yesNo(support.available), support.reason], support.remedy);
}

function withRemedy(row: string[], remedy: string): string[][] {
  return remedy === "" ? [row] : [row, ["", "", `to mend: ${remedy}`]];
}

/** By the names of the contract, in its order; a limit that the server does not have is 0. */
function limitRows(limits: NodeLimits): string[][] {
  return Object.entries(limits).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    `${value}`,
  ]);
}

function yesNo(available: boolean): string {
  return available ? "yes" : "no";
}

function name({ backend }: BackendSupport): string {
  return enumName(backendToJSON, backend, "BACKEND_").toLowerCase().replaceAll("_", "-");
}
