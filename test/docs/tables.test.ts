/** Tables of the docs name what the code has, no more and no less. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { optionTable } from "../../src/cli/options.js";
import { renderJourneyJson } from "../../src/client/render-jsonl.js";
import { noNames } from "../../src/client/trace-names.js";
import { codes } from "../../src/errors.js";
import { Flow } from "../../src/gen/ipftrace/v1/flow.js";
import { EndReason, Hop, LinkKind, LinkRole, PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { LossStage } from "../../src/gen/ipftrace/v1/loss.js";
import { FunctionState } from "../../src/gen/ipftrace/v1/manifest.js";
import { shippedManifestNames } from "../../src/manifest/shipped.js";
import { kinds } from "../../src/module/kinds.js";
import { shippedModuleNames } from "../../src/module/library.js";
import { defaultLimits as limits } from "../../src/service/limits.js";
import { readPage } from "./files.js";

/** The names in backticks in the first column of the table whose first column has this header. */
function firstColumn(page: string, header: string): string[] {
  const lines = readPage(page).split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${header} |`));
  assert.ok(start >= 0, `${page} has no table of ${header}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines
    .slice(start + 2, end)
    .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

/** Names of an enum of the contract, without their prefix and those that say nothing. */
function enumNames(values: Readonly<Record<string, number>>, prefix: string): string[] {
  const meaningless = ["UNSPECIFIED", "UNRECOGNIZED"];
  return Object.keys(values)
    .map((name) => name.replace(prefix, ""))
    .filter((name) => !meaningless.includes(name));
}

/** Paths of the leaves of a value: `flow.icmp.type`, `hops[].cpu`. */
function leaves(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => leaves(one, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  const entries = Object.entries(value);
  return entries.length === 0
    ? [path]
    : entries.flatMap(([key, one]) => leaves(one, path === "" ? key : `${path}.${key}`));
}

function fullJourney(): PacketJourney {
  const flow = Flow.fromPartial({ source: Buffer.alloc(4), destination: Buffer.alloc(4), icmp: { type: 8 } });
  const dropReason = { code: 3, name: "NO_SOCKET", subsystem: "core", location: "x" };
  const process = { pid: 1, tid: 1, comm: "x" };
  const links = [{ journeyId: 1n, role: LinkRole.LINK_ROLE_PARENT, kind: LinkKind.LINK_KIND_CONTINUATION }];
  return PacketJourney.fromPartial({
    flow,
    process,
    dropReason,
    endStackId: 1,
    links,
    hops: [Hop.fromPartial({ stackId: 1 })],
  });
}

/** Every key that a line of JSON can have; a hop's flow, as deep as the journey's, is told by its name. */
function jsonFields(): string[] {
  const custom = { text: () => "", json: () => ({}), data: () => ({}) };
  const line: unknown = JSON.parse(
    renderJourneyJson(fullJourney(), { ...noNames(), stacks: new Map([[1, ["x"]]]), custom }),
  );
  return [...leaves(line), "hops[].flow"];
}

const tables: [page: string, header: string, names: readonly string[]][] = [
  [
    "docs/filters.md",
    "option",
    Object.values(optionTable)
      .filter((spec) => "filter" in spec)
      .flatMap(({ names }) => [...names]),
  ],
  ["docs/output.md", "field", jsonFields()],
  ["docs/output.md", "end reason", enumNames(EndReason, "END_REASON_")],
  ["docs/loss.md", "stage", enumNames(LossStage, "LOSS_STAGE_")],
  ["docs/manifests.md", "manifest", shippedManifestNames()],
  ["docs/manifests.md", "state", enumNames(FunctionState, "FUNCTION_STATE_")],
  ["docs/modules.md", "module", shippedModuleNames()],
  ["docs/modules.md", "kind", [...kinds.keys()]],
  ["docs/server.md", "code", codes],
];
for (const [page, header, names] of tables) {
  test(`${page}: the table of each ${header}`, () =>
    assert.deepEqual(firstColumn(page, header).sort(), [...names].sort()));
}

test("docs/server.md: the table of limits, with their values", () => {
  const rows = readPage("docs/server.md").matchAll(/^\| `(max_\w+)` \| (\d+)/gm);
  const told = Object.fromEntries([...rows].map(([, name, value]) => [name, value]));
  const real = Object.entries(limits).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    String(value),
  ]);
  assert.deepEqual(told, Object.fromEntries(real));
});
