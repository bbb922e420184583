/**
 * A server that is killed while it attaches, traces and detaches, with kprobes and with kprobe-multi. Six rounds
 * each, because one takes 10 to 30 s of a machine in emulation; IPFTRACE_VM_KILLS=50 is the long form.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { requirement } from "../helpers/require-kernel.js";
import { boot } from "./boot.js";
import { linesToBoot } from "./lab/kernels.js";

const SCRIPT = fileURLToPath(new URL("kill.sh", import.meta.url));
const ROUNDS = Number(process.env["IPFTRACE_VM_KILLS"] ?? 6);
const LINES = linesToBoot(["6.1", "6.12"]);
const TIMEOUT_SECONDS = 300 + 60 * ROUNDS;
const whyNot = process.getuid?.() === 0 ? undefined : "needs root, to boot virtual machines on this file system";

describe(`a server killed ${ROUNDS} times`, { concurrency: 2, ...requirement(whyNot) }, () => {
  for (const line of LINES) {
    describe(`on Linux ${line}`, () => {
      const folder = mkdtempSync(join(tmpdir(), "ipftrace-kill-"));
      const read = (name: string): string => readFileSync(join(folder, name), "utf8");
      before(() => boot({ line, command: [SCRIPT, String(ROUNDS)], timeoutSeconds: TIMEOUT_SECONDS, folder }));
      after(() => rmSync(folder, { recursive: true }));

      test("leaves no program, map or link", () => {
        assert.notEqual(read("while-tracing").split(" ")[0], "0", "a trace that runs is not seen");
        const rounds = read("left").trim().split("\n");
        assert.equal(rounds.length, ROUNDS);
        for (const round of rounds) assert.match(round, /^\w+: 0 0 0$/);
      });

      test("is followed by one that works, and takes what was left in tracefs away", () => {
        assert.ok(!existsSync(join(folder, "last.status")), read("last.err"));
        assert.match(read("last.err"), /\d+ journeys, \d+ hops, 0 lost/);
        assert.equal(read("events-at-end"), "0\n");
      });

      test("is followed by two of one process number that leave each other's probes alone", () => {
        assert.equal(read("beside-after"), read("beside-before"));
        // Groups of events are there where the kernel has no kprobe-multi.
        if (["5.10", "6.1"].includes(line)) assert.ok(Number(read("beside-before")) > 1, read("beside-before"));
      });
    });
  }
});
