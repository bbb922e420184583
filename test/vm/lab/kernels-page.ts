/** docs/kernels.md: made from what the runs in virtual machines told. */
import { BACKENDS } from "./backends.js";
import type { KernelFacts } from "./kernel-facts.js";
import type { BackendName, Scenario } from "./scenario.js";

const HEAD = `# Kernels

What works on which kernel. This page is made by the tests in virtual machines, and they fail when it does not
say what they saw (numbers may differ); with IPFTRACE_WRITE_DOCS set they write it:

\`\`\`sh
IPFTRACE_WRITE_DOCS=1 node --import tsx --test test/vm/scenarios.test.ts
\`\`\`

The kernels are Debian's cloud kernels, with nothing changed: see [test/vm/README.md](../test/vm/README.md). What the
backends are is explained in [backends.md](backends.md).
`;

/** Cells, and reasons that are told once below the table. */
class Notes {
  readonly #texts: string[] = [];

  /** A cell for what does not work. */
  no(reason: string): string {
    const known = this.#texts.indexOf(reason);
    const number = known >= 0 ? known + 1 : this.#texts.push(reason);
    return `no (${number})`;
  }

  list(): string {
    return this.#texts.map((text, n) => `${n + 1}. ${text}`).join("\n");
  }
}

/** The page. `facts` in the order of the columns. */
export function kernelsPage(facts: readonly KernelFacts[], scenarios: readonly Scenario[]): string {
  const notes = new Notes();
  const columns = facts.map(({ kernel }) => kernel.line);
  const features = table(["", ...columns], featureRows(facts, notes));
  const shown = table(["scenario", "backend", ...columns], scenarioRows(facts, scenarios, notes));
  return [
    HEAD,
    `## Backends and functions\n\n${features}\n`,
    `The backend that is taken where none is asked for is the first that works. Functions of \`generic\` that a kernel
lacks are left out and told; \`all\` is every function with an sk_buff of the kernel and of the modules that are loaded.\n`,
    `## Scenarios\n\n${shown}\n`,
    `"best" is the backend that is taken where none is asked for. "yes": the test passes there.\n`,
    `## Why not\n\n${notes.list()}\n`,
  ].join("\n");
}

function featureRows(facts: readonly KernelFacts[], notes: Notes): string[][] {
  const backendRow = (name: BackendName): string[] => [
    `backend ${name}`,
    ...facts.map(({ backends }) => {
      const support = backends.find(({ backend }) => backend === BACKENDS[name]);
      return support?.available ? "yes" : notes.no(`${name}: ${support?.reason ?? "not known"}`);
    }),
  ];
  return [
    ["release", ...facts.map(({ release }) => release)],
    ...(Object.keys(BACKENDS) as BackendName[]).map(backendRow),
    ["reasons of drops", ...facts.map(({ kernel }) => (kernel.hasReasons ? "yes" : notes.no(NO_REASONS)))],
    ["functions of `generic`", ...facts.map(({ attached }) => countText(attached.generic))],
    ["functions of `all`", ...facts.map(({ attached }) => countText(attached.all))],
    ["tracepoints", ...facts.map(({ attached }) => countText(attached.tracepoints))],
  ];
}

function countText(count: number | undefined): string {
  return count === undefined ? "not counted" : String(count);
}

const NO_REASONS = "the kernel gives drops reasons since Linux 5.17; where it dropped a packet is told";

function scenarioRows(facts: readonly KernelFacts[], scenarios: readonly Scenario[], notes: Notes): string[][] {
  return scenarios.map(({ name, backend, missing }) => [
    name,
    backend ?? "best",
    ...facts.map(({ kernel }) => {
      const reason = missing?.(kernel);
      return reason === undefined ? "yes" : notes.no(reason);
    }),
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A page without what moves with the kernels' releases: their names, and the numbers of functions. */
export function withoutNumbers(page: string): string {
  return page
    .replace(/\b\d+\.\d+\.\d+[\w.+-]*/g, "RELEASE")
    .replace(/^\| (functions of `\w+`|tracepoints) \|.*$/gm, "| $1 |");
}
