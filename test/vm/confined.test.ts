/** Servers with no capability beyond those that they need, with kprobe-multi and with kprobes made in tracefs. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { requirement } from "../helpers/require-kernel.js";
import { boot } from "./boot.js";
import { linesToBoot } from "./lab/kernels.js";

const SCRIPT = fileURLToPath(new URL("confined.sh", import.meta.url));
const LINES = linesToBoot(["5.10", "6.12"]);
const TIMEOUT_SECONDS = 400;
const whyNot = process.getuid?.() === 0 ? undefined : "needs root, to boot virtual machines on this file system";
/** SYSLOG, PERFMON and BPF; SYS_ADMIN where perf events take it; for nobody DAC_OVERRIDE, which tracefs takes. */
const capabilitiesOf = (line: string) => ({
  root: line === "6.12" ? "000000c400000000" : "000000c400200000",
  nobody: "000000c400000002",
});

describe("a confined server", { concurrency: 2, ...requirement(whyNot) }, () => {
  for (const line of LINES) {
    describe(`on Linux ${line}`, () => {
      const folder = mkdtempSync(join(tmpdir(), "ipftrace-confined-"));
      const read = (name: string): string => readFileSync(join(folder, name), "utf8");
      before(() => boot({ line, command: [SCRIPT], timeoutSeconds: TIMEOUT_SECONDS, folder }));
      after(() => rmSync(folder, { recursive: true }));

      for (const [user, capabilities] of Object.entries(capabilitiesOf(line))) {
        test(`of ${user} traces functions, and stops in good order`, () => {
          assert.match(read(`${user}.out`), /^ *\d+ {2}ip_output$/m, read(`${user}.err`) + read(`${user}.server`));
          assert.match(read(`${user}.err`), / 0 lost /);
          assert.doesNotMatch(read(`${user}.server`), /^server: /m);
          assert.equal(read(`${user}.caps`), `CapPrm:\t${capabilities}\n`);
        });
      }
    });
  }
});
