/** The completion scripts, by the shells themselves. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { renderBashCompletion } from "../../src/cli/completion/bash.js";
import { renderFishCompletion } from "../../src/cli/completion/fish.js";
import { renderZshCompletion } from "../../src/cli/completion/zsh.js";

const names = { manifests: ["generic", "tcp"], modules: ["gso", "mark"] };
const folder = mkdtempSync(join(tmpdir(), "ipftrace-completion-"));
after(() => rmSync(folder, { recursive: true }));
// Where the names of files that shells offer are known.
const cwd = import.meta.dirname;

const BASH = `source "$1"; COMP_WORDS=("\${@:2}"); COMP_CWORD=$(($# - 2)); _ipftrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
const ZSH = fileURLToPath(new URL("complete.zsh", import.meta.url));

/** A shell: its script, how it is checked, and the command that offers what may stand at the end of a line. */
const shells = [
  {
    name: "bash",
    script: renderBashCompletion(names),
    offer: (script: string, line: string) => ["-c", BASH, "bash", script, ...line.split(" ")],
  },
  {
    name: "zsh",
    script: renderZshCompletion(names),
    offer: (script: string, line: string) => ["-f", ZSH, script, line],
  },
  {
    name: "fish",
    script: renderFishCompletion(names),
    offer: (script: string, line: string) => ["-c", `source ${script}; complete -C '${line}'`],
  },
];

const cases: { line: string; offers: string[] }[] = [
  { line: "ipftrace ser", offers: ["serve"] },
  { line: "ipftrace gen", offers: ["generic"] },
  { line: "ipftrace -i", offers: ["-iv"] },
  { line: "ipftrace --dr", offers: ["--drop-reason", "--dropped"] },
  { line: "ipftrace -iv ", offers: ["4", "6", "any"] },
  { line: "ipftrace -l4 T", offers: ["TCP"] },
  { line: "ipftrace --backend kp", offers: ["kprobe", "kprobe-multi"] },
  { line: "ipftrace -m g", offers: ["gso"] },
  { line: "ipftrace -s4 ", offers: [] },
  { line: "ipftrace -iv 4 gen", offers: ["generic"] },
  { line: "ipftrace -iv 4 help.t", offers: ["help.test.ts"] },
  { line: "ipftrace trace gen", offers: ["generic"] },
  { line: "ipftrace serve --li", offers: ["--listen"] },
  { line: "ipftrace serve --dr", offers: [] },
  { line: "ipftraced --li", offers: ["--listen"] },
  { line: "ipftraced --dr", offers: [] },
  { line: "ipftrace completion ", offers: ["bash", "fish", "zsh"] },
  { line: "ipftrace doctor -o j", offers: ["json"] },
  { line: "ipftrace list -o j", offers: ["jsonl"] },
  { line: "ipftrace module ne", offers: ["new"] },
  { line: "ipftrace module check help.t", offers: ["help.test.ts"] },
  { line: "ipftrace list gen", offers: ["generic"] },
];

for (const { name, script, offer } of shells) {
  describe(name, () => {
    const path = join(folder, `completion.${name}`);
    writeFileSync(path, script);
    test("the script is valid", () => {
      execFileSync(name, ["-n", path]);
    });
    for (const { line, offers } of cases) {
      test(`offers for "${line}"`, () => {
        const output = execFileSync(name, offer(path, line), { cwd, encoding: "utf8" });
        // fish says after a tab what a word means.
        const words = output.split("\n").map((text) => text.replace(/\t.*/, ""));
        assert.deepEqual([...new Set(words)].filter(Boolean).sort(), offers);
      });
    }
  });
}
