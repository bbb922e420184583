/** Reads the console blocks of the docs; CONTRIBUTING.md, "Docs are tested", has the convention. */

/** One command of a block, with the output that is shown below it. */
export interface Step {
  /** Line of the command in its file, from 1. */
  readonly line: number;
  /** `$`: runs anywhere, and its output is compared. `#`: needs root or a kernel; only its options are. */
  readonly prompt: "$" | "#";
  readonly command: string;
  /** The lines below it, each with its line feed. */
  readonly output: string;
}

/** The blocks of a Markdown text. @throws Error when one does not begin with a prompt, or does not end. */
export function consoleBlocks(markdown: string): Step[][] {
  const lines = markdown.split("\n");
  return lines.flatMap((line, index) => {
    if (line !== "```console") return [];
    const end = lines.indexOf("```", index);
    if (end < 0) throw new Error(`the block in line ${index + 1} does not end`);
    return [steps(lines.slice(index + 1, end), index + 2)];
  });
}

function steps(lines: readonly string[], firstLine: number): Step[] {
  const found: Step[] = [];
  for (const [index, line] of lines.entries()) {
    const [, prompt, command = ""] = /^([$#]) (.+)$/.exec(line) ?? [];
    const last = found.at(-1);
    if (prompt === "$" || prompt === "#") found.push({ line: firstLine + index, prompt, command, output: "" });
    else if (last === undefined)
      throw new Error(`line ${firstLine + index} is not a command: it begins with no "$ " or "# "`);
    else found[found.length - 1] = { ...last, output: `${last.output}${line}\n` };
  }
  return found;
}

/** Whether an output is the one shown: a line `…` stands for any lines, `…` within a line for any text. */
export function isShown(actual: string, shown: string): boolean {
  const lines = shown.split("\n").slice(0, -1);
  const patterns = lines.map((line) => (line === "…" ? "(?:.*\n)*" : `${line.split("…").map(literally).join(".*")}\n`));
  return new RegExp(`^${patterns.join("")}$`).test(actual);
}

/** A pattern that matches just this text. */
function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** The words that follow `ipftrace` or `ipftraced` in a command, up to a pipe; undefined when it calls neither. */
export function ipftraceWords(command: string): string[] | undefined {
  const words = [...command.matchAll(/'([^']*)'|([|&;<>])|(\S+)/g)];
  const start = words.findIndex(([, , , word]) => /^(?:\.\/)?ipftraced?$/.test(word ?? ""));
  if (start < 0) return undefined;
  const rest = words.slice(start + 1);
  const end = rest.findIndex(([, , operator]) => operator !== undefined);
  const own = rest.slice(0, end < 0 ? rest.length : end).map(([, quoted, , word]) => quoted ?? word ?? "");
  return words[start]?.[0] === "ipftraced" ? ["serve", ...own] : own;
}
