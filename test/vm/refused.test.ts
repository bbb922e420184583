/** Functions that the kernel refuses when a trace is attached: the others are, and the trace says which are not, and why. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { requirement } from "../helpers/require-kernel.js";
import { boot } from "./boot.js";
import { linesToBoot } from "./lab/kernels.js";

const SCRIPT = fileURLToPath(new URL("refused.sh", import.meta.url));
/** One with single kprobes, and one with kprobe-multi, which refuses a set as a whole. */
const LINES = linesToBoot(["6.1", "6.12"]);
const TIMEOUT_SECONDS = 300;
const whyNot = process.getuid?.() === 0 ? undefined : "needs root, to boot virtual machines on this file system";

describe("functions that the kernel refuses", { concurrency: 2, ...requirement(whyNot) }, () => {
  for (const line of LINES) {
    describe(`on Linux ${line}`, () => {
      const folder = mkdtempSync(join(tmpdir(), "ipftrace-refused-"));
      const read = (name: string): string => readFileSync(join(folder, name), "utf8");
      before(() => boot({ line, command: [SCRIPT], timeoutSeconds: TIMEOUT_SECONDS, folder }));
      after(() => rmSync(folder, { recursive: true }));

      test("are left out, with the kernel's words", () => {
        const text = read("refused.err");
        for (const name of ["entry_SYSCALL_64", "asm_exc_page_fault"]) {
          assert.match(text, new RegExp(`left out: .*${name}.*: .*\\bE[A-Z]+\\b`), text);
        }
        assert.doesNotMatch(text, /\b0x\w{8}|\b\d{15}/, "addresses are nobody's business");
        assert.match(text, /2 left out/);
      });

      test("keep nothing of the others away", () => {
        const path = [
          "ip_output",
          "ip_finish_output2",
          "dev_hard_start_xmit",
          "ip_rcv",
          "ip_local_deliver",
          "icmp_rcv",
        ];
        const rows = read("refused.out").match(/\b(ip|icmp|dev)_\w+/g) ?? [];
        assert.deepEqual(rows, [...path, ...path], read("refused.out"));
        assert.match(read("refused.err"), /2 packets, 2 journeys, \d+ hops, 0 lost/);
      });
    });
  }
});
