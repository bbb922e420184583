/**
 * Every way in which the kernel handles a packet, on Debian's kernels: lab/ makes a network and
 * traces traffic of every kind in a virtual machine; here the journeys are judged.
 *
 * IPFTRACE_VM_LINES="6.12 5.10" boots only these kernels, IPFTRACE_VM_SCENARIOS=REGEX runs
 * only these scenarios.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { requirement } from "../helpers/require-kernel.js";
import { assertGeneral } from "./lab/general.js";
import { kernels } from "./lab/kernels.js";
import { runLab, runnable } from "./lab/run-lab.js";
import { scenarios } from "./lab/scenarios/all.js";
import { readSeen } from "./lab/seen.js";

const whyNot = process.getuid?.() === 0 ? undefined : "needs root, to boot virtual machines on this file system";
const lines = process.env["IPFTRACE_VM_LINES"]?.split(" ");
const wanted = new RegExp(process.env["IPFTRACE_VM_SCENARIOS"] ?? "");
const chosenKernels = kernels.filter(({ line }) => lines?.includes(line) ?? true);
const chosen = scenarios.filter(({ name }) => wanted.test(name));

// Two machines at a time: each uses one core.
describe("scenarios on Debian's kernels", { concurrency: 2, ...requirement(whyNot) }, () => {
  for (const kernel of chosenKernels) {
    describe(`Linux ${kernel.line}`, () => {
      const folder = mkdtempSync(join(tmpdir(), "ipftrace-lab-"));
      before(() => runLab(kernel, chosen, folder));
      after(() => rmSync(folder, { recursive: true }));
      for (const scenario of runnable(chosen, kernel)) {
        test(`${scenario.name}: ${scenario.why}`, () => {
          const seen = readSeen(folder, scenario.name);
          assertGeneral(scenario, seen, kernel);
          scenario.expect(seen, kernel);
        });
      }
    });
  }
});
