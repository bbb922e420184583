/**
 * Help texts, from the tables. The layout is click's, which the original used: two blanks of
 * indentation, one column of options, two blanks, and the texts wrapped at 78 characters.
 */

import { type CommandName, commandNames, commandSpec, type OperandSpec } from "./commands.js";
import { type OptionKey, optionKeys, optionSpec } from "./options.js";

/** click's line length: 80 less two. */
const WIDTH = 78;
/** A term longer than this has its text on the next line (click's `col_max`). */
const MAX_TERM = 30;

type Row = readonly [term: string, text: string];

/** The help of one subcommand; that of `trace` is the program's own when `whole`. */
export function renderHelp(command: CommandName, whole: boolean): string {
  const spec = commandSpec(command);
  const keys = optionKeys(command);
  const original = keys.filter((key) => optionSpec(key).original);
  const ours = keys.filter((key) => !optionSpec(key).original);
  const isTrace = command === "trace";
  const operands = [spec.operand, spec.second].filter((one) => one !== undefined);
  return [
    `Usage: ${whole ? "ipftrace" : `ipftrace ${command}`} [OPTIONS]${operands.map(operandTerm).join("")}\n`,
    `  ${spec.summary}\n`,
    isTrace ? section("Options:", original.map(optionRow)) : section("Options:", keys.map(optionRow)),
    ...(isTrace ? [section("More options:", ours.map(optionRow))] : []),
    ...(operands.length > 0 ? [section(`Argument${operands.length > 1 ? "s" : ""}:`, operands.map(operandRow))] : []),
    ...(whole ? [section("Commands:", commandNames.map(commandRow))] : []),
  ].join("\n");
}

function operandTerm({ name, required }: OperandSpec): string {
  return required ? ` ${name}` : ` [${name}]`;
}

function operandRow({ name, meaning }: OperandSpec): Row {
  return [name, capital(meaning)];
}

function optionRow(key: OptionKey): Row {
  const spec = optionSpec(key);
  const names = spec.names.join(", ");
  return [spec.kind === "flag" ? names : `${names} ${spec.metavar}`, spec.help];
}

function commandRow(name: CommandName): Row {
  const summary = commandSpec(name).summary;
  return [name, name === "trace" ? `${summary} (default)` : summary];
}

function section(title: string, rows: readonly Row[]): string {
  const widths = rows.map(([term]) => term.length).filter((width) => width <= MAX_TERM);
  const column = Math.max(0, ...widths) + 4;
  const margin = " ".repeat(column);
  const lines = rows.flatMap(([term, text]) => {
    const wrapped = wrap(text, WIDTH - column);
    if (term.length > MAX_TERM) return [`  ${term}`, ...wrapped.map((line) => margin + line)];
    const [first = "", ...others] = wrapped;
    return [`  ${term}`.padEnd(column) + first, ...others.map((line) => margin + line)];
  });
  return `${title}\n${lines.join("\n")}\n`;
}

/** Lines of whole words, none longer than `width` where its words are not. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
