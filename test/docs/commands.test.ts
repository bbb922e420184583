/** Runs the commands of the docs that need no kernel; of the others it checks the options. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { parseCommandLine } from "../../src/cli/parse.js";
import { consoleBlocks, ipftraceWords, isShown, type Step } from "./console.js";
import { pages, readPage, root } from "./files.js";

const TIMEOUT_MS = 30_000;
/** `ipftrace` in commands is this source; what it prints on standard error is part of the output. */
const PRELUDE = 'exec 2>&1\nipftrace() { "$NODE" --import tsx src/cli/main.ts "$@"; }\n';

interface Result {
  readonly output: string;
  /** Exit status; null when the command was stopped after the time-out. */
  readonly status: number | null;
}

function runCommand(command: string): Result {
  const script = PRELUDE + command.replaceAll("./ipftrace", "ipftrace");
  const env = { ...process.env, NODE: process.execPath };
  const { stdout, status } = spawnSync("bash", ["-c", script], {
    cwd: root,
    env,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
  return { output: stdout, status };
}

/** Runs the steps of one block one after the other. */
function runBlock(steps: readonly Step[]): void {
  let before: number | null = null;
  for (const { line, prompt, command, output } of steps) {
    if (prompt === "#") continue;
    const result: Result = command === "echo $?" ? { output: `${before}\n`, status: before } : runCommand(command);
    // equal, not ok: its message shows both texts.
    if (!isShown(result.output, output)) assert.equal(result.output, output, `line ${line}: ${command}`);
    before = result.status;
  }
}

for (const page of pages) {
  const blocks = consoleBlocks(readPage(page));
  describe(page, () => {
    for (const steps of blocks) {
      const [first] = steps;
      if (steps.some(({ prompt }) => prompt === "$")) {
        test(`line ${first?.line}: prints what is shown`, () => runBlock(steps));
      }
    }
    for (const { line, prompt, command } of blocks.flat()) {
      const words = prompt === "#" ? ipftraceWords(command) : undefined;
      if (words === undefined) continue;
      test(`line ${line}: ipftrace understands ${command}`, () => {
        const parsed = parseCommandLine(words);
        assert.ok("value" in parsed, "error" in parsed ? parsed.error : "");
      });
    }
  });
}

test("there are commands of both kinds", () => {
  const prompts = new Set(pages.flatMap((page) => consoleBlocks(readPage(page)).flat()).map(({ prompt }) => prompt));
  assert.deepEqual([...prompts].sort(), ["#", "$"]);
});
