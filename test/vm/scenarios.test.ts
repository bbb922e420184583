/**
 * Every way in which the kernel handles a packet, on Debian's kernels: lab/ makes a network and
 * traces traffic of every kind in a virtual machine; here the journeys are judged.
 *
 * IPFTRACE_VM_LINES="6.12 5.10" boots only these kernels, IPFTRACE_VM_SCENARIOS=REGEX runs
 * only these scenarios. IPFTRACE_WRITE_DOCS=1 writes docs/kernels.md instead of comparing it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { shippedModuleNames } from "../../src/module/library.js";
import { requirement } from "../helpers/require-kernel.js";
import { assertGeneral } from "./lab/general.js";
import { type KernelFacts, readFacts } from "./lab/kernel-facts.js";
import { kernels, linesToBoot } from "./lab/kernels.js";
import { kernelsPage, withoutNumbers } from "./lab/kernels-page.js";
import { hasModules, unnoticed } from "./lab/module-coverage.js";
import { runLab, runnable } from "./lab/run-lab.js";
import type { Kernel } from "./lab/scenario.js";
import { scenarios } from "./lab/scenarios/all.js";
import { readSeen } from "./lab/seen.js";

const whyNot = process.getuid?.() === 0 ? undefined : "needs root, to boot virtual machines on this file system";
const lines = linesToBoot();
const wanted = new RegExp(process.env["IPFTRACE_VM_SCENARIOS"] ?? "");
const chosenKernels = kernels.filter(({ line }) => lines.includes(line));
const chosen = scenarios.filter(({ name }) => wanted.test(name));
assert.ok(chosen.length > 0, `IPFTRACE_VM_SCENARIOS: no scenario is called ${wanted}; test/vm/lab/scenarios has them`);

/** Columns of docs/kernels.md. */
const byLine = ["5.10", "6.1", "6.12", "newest"];
/** Whether everything runs, so that docs/kernels.md can be compared with it. */
const isComplete = chosenKernels.length === kernels.length && chosen.length === scenarios.length;
const writesPage = isComplete && process.env["IPFTRACE_WRITE_DOCS"] !== undefined;
const facts = new Map<Kernel, KernelFacts>();
const PAGE = fileURLToPath(new URL("../../docs/kernels.md", import.meta.url));

// Two machines at a time: each uses one core.
describe("scenarios on Debian's kernels", { concurrency: 2, ...requirement(whyNot) }, () => {
  for (const kernel of chosenKernels) {
    describe(`Linux ${kernel.line}`, () => {
      const folder = mkdtempSync(join(tmpdir(), "ipftrace-lab-"));
      before(async () => {
        await runLab({ kernel, scenarios: chosen, countAll: writesPage, folder });
        if (isComplete) facts.set(kernel, readFacts(kernel, folder));
      });
      after(() => rmSync(folder, { recursive: true }));
      for (const scenario of runnable(chosen, kernel)) {
        test(`${scenario.name}: ${scenario.why}`, () => {
          const seen = readSeen(folder, scenario.name);
          assertGeneral(scenario, seen, kernel);
          scenario.expect(seen, kernel);
        });
      }
      if (chosen.filter(hasModules).length === scenarios.filter(hasModules).length) {
        test("wrong values of any field of any shipped module would be noticed", () => {
          const traced = runnable(chosen, kernel).filter(hasModules);
          const inSome = new Set(scenarios.flatMap(({ modules }) => modules ?? []));
          assert.deepEqual([...inSome].sort(), shippedModuleNames());
          assert.deepEqual(
            unnoticed(traced, kernel, (name) => readSeen(folder, name)),
            [],
          );
        });
      }
    });
  }
});

if (isComplete && whyNot === undefined) {
  test("docs/kernels.md says what was seen", () => {
    const inOrder = byLine.map((line) => [...facts.values()].find(({ kernel }) => kernel.line === line));
    const page = kernelsPage(
      inOrder.filter((one) => one !== undefined),
      scenarios,
    );
    assert.equal(facts.size, kernels.length, "not all kernels ran");
    if (writesPage) writeFileSync(PAGE, page);
    assert.equal(withoutNumbers(readFileSync(PAGE, "utf8")), withoutNumbers(page));
  });
}
