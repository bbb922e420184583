/** The configuration from everything that can give it: flag before environment before file before default. */
import { IpftraceError } from "../errors.js";
import { nearest } from "../filter/nearest.js";
import type { Parsed } from "../filter/parsed.js";
import { entryOf, type Given, nested, readConfigText } from "./file.js";
import { environmentName, type Row, rowsOf } from "./names.js";
import type { List } from "./schema.js";
import { configTable, type ServerConfig } from "./table.js";

/** Names the file where `--config` does not. */
export const FILE_VARIABLE = "IPFTRACE_CONFIG";
/** Variables of ipftrace that are none of the server's have other beginnings. */
const PREFIX = "IPFTRACE_";

/** What may give values. */
export interface Sources {
  /** The texts given with each flag, `--listen` for example; of a flag without a value, "true". */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly path: string; readonly text: string };
}

/** A configuration that holds. */
export interface Effective {
  readonly config: ServerConfig;
  /** Every value, by path, and where it was given. */
  readonly values: ReadonlyMap<string, Given>;
  /** What was probably meant otherwise. */
  readonly warnings: readonly string[];
}

/** @throws IpftraceError INVALID_INPUT with every fault on a line, each with its place. */
export function resolveConfig({ flags, environment, file }: Sources): Effective {
  const faults: string[] = [];
  const inFile = collecting(faults, () =>
    file === undefined ? new Map<string, Given>() : readConfigText(file.text, file.path, configTable),
  );
  const rows = rowsOf(configTable);
  const values = new Map<string, Given>();
  for (const row of rows) {
    const attempt = fromFlag(row, flags) ?? fromEnvironment(row, environment);
    if (attempt === undefined) {
      values.set(row.path, inFile?.get(row.path) ?? { value: defaultOf(row), origin: "default" });
      continue;
    }
    const { origin, read } = attempt;
    if ("error" in read) faults.push(`${origin}: ${read.error}`);
    else values.set(row.path, { value: read.value, origin });
  }
  if (faults.length > 0) throw new IpftraceError("INVALID_INPUT", faults.join("\n"));
  const config = nested([...values].map(([path, { value }]) => [path, value])) as ServerConfig;
  return { config, values, warnings: unknownVariables(rows, environment) };
}

function collecting<T>(faults: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (reason) {
    if (!(reason instanceof IpftraceError)) throw reason;
    faults.push(reason.message);
    return undefined;
  }
}

interface Attempt {
  readonly origin: string;
  readonly read: Parsed<unknown>;
}

function fromFlag(row: Row, flags: Sources["flags"]): Attempt | undefined {
  const { flag } = row.entry;
  const texts = flag === undefined ? undefined : flags.get(flag);
  return flag === undefined || texts === undefined ? undefined : { origin: flag, read: readTexts(row, texts) };
}

function fromEnvironment(row: Row, environment: Sources["environment"]): Attempt | undefined {
  const name = environmentName(row.path);
  const text = environment[name];
  if (text === undefined) return undefined;
  const texts = row.entry.is === "list" ? text.split(",").map((one) => one.trim()) : [text];
  return { origin: name, read: readTexts(row, texts) };
}

function readTexts({ entry }: Row, texts: readonly string[]): Parsed<unknown> {
  if (entry.is === "key") return entry.read(texts.at(-1) ?? "");
  const read = texts.map((text) => readShort(entry, text));
  const fault = read.find((one) => "error" in one);
  return fault ?? { value: read.map((one) => ("value" in one ? one.value : undefined)) };
}

/** An entry of a list by its shorthand. */
function readShort(list: List, text: string): Parsed<unknown> {
  const key = list.keys[list.shorthand];
  if (key?.is !== "key") throw new Error(`"${list.shorthand}" is not a key`);
  const read = key.read(text);
  return "error" in read ? read : { value: entryOf(list, new Map([[list.shorthand, read.value]])) };
}

function defaultOf({ entry }: Row): unknown {
  if (entry.is === "key") return entry.default;
  return entry.default.map((text) => entryOf(entry, new Map([[entry.shorthand, text]])));
}

/** Variables that differ from a known one by a slip of the finger. */
function unknownVariables(rows: readonly Row[], environment: Sources["environment"]): string[] {
  const known = [FILE_VARIABLE, ...rows.map(({ path }) => environmentName(path))];
  const others = Object.keys(environment).filter((name) => name.startsWith(PREFIX) && !known.includes(name));
  return others.flatMap((name) => {
    const [meant] = nearest(name, known);
    return meant === undefined ? [] : [`the environment variable ${name} is not known: did you mean ${meant}?`];
  });
}
