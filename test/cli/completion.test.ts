import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { renderBashCompletion } from "../../src/cli/completion.js";

const script = renderBashCompletion(["generic", "tcp"], ["gso", "mark"]);

/** What bash offers for the last of the words. */
function complete(...words: string[]): string[] {
  const program = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ipftrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync("bash", ["-c", program, "bash", "ipftrace", ...words], { cwd: import.meta.dirname });
  return output.toString().split("\n").filter(Boolean);
}

test("the script is valid bash", () => {
  execFileSync("bash", ["-n"], { input: script });
});

describe("what bash offers", () => {
  const cases: { words: string[]; offers: string[] }[] = [
    { words: ["se"], offers: ["serve"] },
    { words: ["gen"], offers: ["generic"] },
    { words: ["-i"], offers: ["-iv"] },
    { words: ["--s"], offers: ["--saddr4", "--saddr6", "--sport", "--server", "--stack"] },
    { words: ["-iv", ""], offers: ["any", "4", "6"] },
    { words: ["-l4", "T"], offers: ["TCP"] },
    { words: ["--backend", "kp"], offers: ["kprobe-multi", "kprobe"] },
    { words: ["-s4", ""], offers: [] },
    { words: ["-iv", "4", "gen"], offers: ["generic"] },
    { words: ["-iv", "4", "help.t"], offers: ["help.test.ts"] },
    { words: ["serve", "--l"], offers: ["--listen", "--log-level", "--log-format"] },
    { words: ["serve", "--s"], offers: [] },
    { words: ["completion", ""], offers: ["bash"] },
    { words: ["module", "ne"], offers: ["new"] },
    { words: ["module", "check", "help.t"], offers: ["help.test.ts"] },
    { words: ["list", "gen"], offers: ["generic"] },
  ];
  for (const { words, offers } of cases) {
    test(words.join(" "), () => assert.deepEqual(complete(...words), offers));
  }
});
