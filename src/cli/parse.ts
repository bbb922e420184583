/** From the command line to options whose values are read and make sense together. */

import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";
import { asksFor, type Given, sortArguments } from "./arguments.js";
import { type CommandName, commandNames, commandSpec, type OperandSpec } from "./commands.js";
import { type AsGiven, findConflict } from "./conflicts.js";
import { type OptionKey, type OptionValues, optionSpec } from "./options.js";

/** What is traced when the command line is an expression alone. */
const DEFAULT_MANIFEST = "generic";

/** A command line that was understood. */
export interface ParsedOptions {
  readonly command: CommandName;
  /** The subcommand's argument, for example MANIFEST_FILE; absent when not given. */
  readonly operand?: string;
  /** Its second one; absent when not given. */
  readonly second?: string;
  readonly values: OptionValues;
  /** The options as the user wrote them, in that order; of a repeated one that is no list, the last. */
  readonly given: AsGiven;
}

/**
 * Reads the words after the program's name. The error is one sentence that names the option
 * as the user wrote it. `--help` and `--version` hold whatever else is wrong, as with click.
 */
export function parseCommandLine(words: readonly string[]): Parsed<ParsedOptions> {
  const named = commandNames.find((name) => name === words[0]);
  const command = named ?? "trace";
  const rest = named === undefined ? words : words.slice(1);
  for (const key of ["help", "version"] as const) {
    if (asksFor(key, rest)) return { value: { command, values: { [key]: true }, given: new Map() } };
  }
  const sorted = sortArguments(rest, command);
  if ("error" in sorted) return sorted;
  const { given } = sorted.value;
  const isOnlyExpression = sorted.value.operands.length === 0 && given.some(({ option }) => option === "--");
  const operands = isOnlyExpression ? [DEFAULT_MANIFEST] : sorted.value.operands;
  const values = readValues(given);
  if ("error" in values) return values;
  const asGiven = byKey(given);
  const fault = operandFault(command, operands, values.value) ?? findConflict(values.value, asGiven, command);
  if (fault !== undefined) return { error: fault };
  const [operand, second] = operands;
  const all = { ...(operand !== undefined && { operand }), ...(second !== undefined && { second }) };
  return { value: { command, values: values.value, given: asGiven, ...all } };
}

function byKey(given: readonly Given[]): AsGiven {
  const all = new Map<OptionKey, Given[]>();
  for (const one of given) {
    const before = optionSpec(one.key).kind === "list" ? (all.get(one.key) ?? []) : [];
    all.set(one.key, [...before, one]);
  }
  return all;
}

/** Conditions are not read when functions are only listed: a listing has no packets. */
function readValues(given: readonly Given[]): Parsed<OptionValues> {
  const listing = given.some(({ key }) => key === "list");
  const values: Record<string, unknown> = {};
  for (const { key, option, text } of given) {
    const spec = optionSpec(key);
    if (listing && spec.filter) continue;
    const read = spec.kind === "flag" ? { value: true } : spec.read(text);
    if ("error" in read) return { error: `${option}: ${read.error}` };
    values[key] = spec.kind === "list" ? joined(values[key], read.value) : read.value;
  }
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  // The table's rows give each key the type of its reader; here only their union is known.
  return { value: Object.fromEntries(present) as OptionValues };
}

/** Values of a list; `any` among them leaves the list out. */
function joined(before: unknown, value: unknown): unknown[] | undefined {
  return value === undefined ? undefined : [...((before as unknown[] | undefined) ?? []), value];
}

function isCommand(word: string): boolean {
  return commandNames.some((name) => name === word);
}

function operandFault(command: CommandName, operands: readonly string[], { attach }: OptionValues): string | undefined {
  if (attach !== undefined) {
    const [given] = operands;
    return given && `${quote(given)} and --attach: a session has functions of its own; leave one of them out`;
  }
  const { operand, second } = commandSpec(command);
  const program = command === "trace" ? "ipftrace" : `ipftrace ${command}`;
  const specs = [operand, second].filter((one) => one !== undefined);
  const extra = operands[specs.length];
  if (extra !== undefined) {
    const takes = specs.length === 0 ? "no argument" : specs.map(({ name }) => `one ${name}`).join(" and ");
    const hint = operands.some(isCommand) ? "; a subcommand must be the first word" : "";
    return `${quote(extra)}: "${program}" takes ${takes}${hint}`;
  }
  for (const [index, spec] of specs.entries()) {
    const fault = oneOperandFault(spec, operands[index], program);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function oneOperandFault(
  { name, required, meaning, words }: OperandSpec,
  given: string | undefined,
  program: string,
): string | undefined {
  if (given === undefined) {
    return required ? `${name} is missing: ${meaning}; see "${program} --help"` : undefined;
  }
  if (words === undefined || words.includes(given)) return undefined;
  return `${quote(given)} is no ${name} that is known (${words.join(", ")})`;
}
