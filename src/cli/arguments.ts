/**
 * From command line words to options as they were written, values not read yet.
 *
 * util.parseArgs knows single letters and `--long` names only. The original's options have
 * one dash and several letters (`-iv 4`, `-iv=4`), so every known name is first turned into
 * its long form, word for word: the index of a token then still finds what the user wrote.
 */

import { parseArgs } from "node:util";
import { didYouMean } from "../filter/nearest.js";
import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";
import { type CommandName, commandSpec } from "./commands.js";
import { longName, type OptionKey, optionKeys, optionSpec, optionTable } from "./options.js";

/** One option as it stands on the command line. */
export interface Given {
  readonly key: OptionKey;
  /** Its name as written: `-l4` or `--l4proto`; `--` for the words after that. */
  readonly option: string;
  /** Its value as written; empty for a flag. */
  readonly text: string;
}

/** The words of one command line, sorted. */
export interface Arguments {
  /** Options in the order in which they were written. */
  readonly given: readonly Given[];
  readonly operands: readonly string[];
}

type Token = NonNullable<ReturnType<typeof parseArgs>["tokens"]>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

/** Sorts the words that follow the subcommand, or says which of them is wrong. */
export function sortArguments(words: readonly string[], command: CommandName): Parsed<Arguments> {
  const keys = optionKeys(command);
  const tokens = tokenize(words, keys);
  const given: Given[] = [];
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const one = readToken(token, words, command, keys);
    if ("error" in one) return one;
    given.push(one.value);
  }
  const end = tokens.find(({ kind }) => kind === "option-terminator")?.index ?? words.length;
  const positional = tokens.filter((token) => token.kind === "positional");
  if (!commandSpec(command).expression) return { value: { given, operands: positional.map(({ value }) => value) } };
  const expression = addExpression(
    given,
    positional.filter(({ index }) => index > end).map(({ value }) => value),
  );
  if ("error" in expression) return expression;
  const operands = positional.filter(({ index }) => index < end).map(({ value }) => value);
  return { value: { given: expression.value, operands } };
}

/** The words after `--` stand for the option --filter. */
function addExpression(given: readonly Given[], words: readonly string[]): Parsed<readonly Given[]> {
  if (words.length === 0) return { value: given };
  const text = words.join(" ");
  const other = given.find(({ key }) => key === "pcap");
  if (other === undefined) return { value: [...given, { key: "pcap", option: "--", text }] };
  return { error: `${other.option} ${other.text} and -- ${text}: both are a pcap expression; leave one of them out` };
}

/** Whether a flag stands anywhere among the options, however wrong the rest is. */
export function asksFor(key: OptionKey, words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return words.slice(0, end < 0 ? words.length : end).includes(longName(key));
}

function tokenize(words: readonly string[], keys: readonly OptionKey[]): readonly Token[] {
  const longNames = new Map(keys.flatMap((key) => optionSpec(key).names.map((name) => [name, longName(key)])));
  const end = words.indexOf("--");
  const args = words.map((word, index) => {
    const [, name = "", value = ""] = /^([^=]*)(=.*)?$/s.exec(word) ?? [];
    const long = end < 0 || index < end ? longNames.get(name) : undefined;
    return long === undefined ? word : long + value;
  });
  const options = Object.fromEntries(keys.map((key) => [longName(key).slice(2), parserOption(key)]));
  return parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** A single letter is a `short` of parseArgs, too: `-ql` is `-q -l`. */
function parserOption(key: OptionKey) {
  const { kind, names } = optionSpec(key);
  const letter = /^-([A-Za-z])$/.exec(names[0])?.[1];
  return { type: kind === "flag" ? ("boolean" as const) : ("string" as const), ...(letter && { short: letter }) };
}

function readToken(
  token: OptionToken,
  words: readonly string[],
  command: CommandName,
  keys: readonly OptionKey[],
): Parsed<Given> {
  const word = words[token.index] ?? token.rawName;
  const key = keys.find((candidate) => longName(candidate) === `--${token.name}`);
  if (key === undefined) return { error: unknownOption(/^[^=]*/.exec(word)?.[0] ?? word, command) };
  const spec = optionSpec(key);
  const written = /^[^=]*/.exec(word)?.[0] ?? word;
  const option = spec.names.find((name) => name === written) ?? token.rawName;
  if (spec.kind === "flag") {
    return token.value === undefined ? { value: { key, option, text: "" } } : { error: `${option}: takes no value` };
  }
  const fault = valueFault(token, words, keys);
  return fault === undefined
    ? { value: { key, option, text: token.value ?? "" } }
    : { error: `${option}: needs a value (${spec.metavar})${fault}` };
}

/** What is wrong with the value of an option that wants one: nothing after it, or the next option. */
function valueFault(token: OptionToken, words: readonly string[], keys: readonly OptionKey[]): string | undefined {
  if (token.value === undefined) return ", and nothing follows it";
  if (token.inlineValue) return undefined;
  const next = words[token.index + 1] ?? "";
  const isOption = keys.some((key) => optionSpec(key).names.some((name) => name === next));
  return isOption ? `, but the option ${next} follows it` : undefined;
}

function unknownOption(name: string, command: CommandName): string {
  const owners = Object.values(optionTable).find((spec) => spec.names.some((known) => known === name))?.commands;
  const program = command === "trace" ? "ipftrace" : `ipftrace ${command}`;
  if (owners !== undefined) return `${name}: not an option of "${program}", but of: ${owners.join(", ")}`;
  const known = optionKeys(command).flatMap((key) => [...optionSpec(key).names]);
  return `${quote(name)}: no such option${didYouMean(name, known)}; "${program} --help" lists them`;
}
