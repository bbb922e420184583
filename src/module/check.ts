/** Checks the form of modules: names, sizes, kinds. What they read is judged by the kernel's types, in plan.ts. */
import type { Violation } from "../errors.js";
import { collectViolations } from "../filter/collect.js";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";
import { CustomKind, type Module, type ModuleField } from "../gen/ipftrace/v1/custom.js";
import { kinds } from "./kinds.js";
import { MAX_FIELDS, MAX_MODULES, MAX_OBJECT_BYTES } from "./limits.js";

const NAME = /^[\w-]{1,64}$/;
const ENUM_OR_PATTERN = /^[A-Za-z_]\w{0,127}\*?$/;
const MAX_WORDS = 1024;
/** Expressions of one field: kernels that differ are few. */
const MAX_ALTERNATIVES = 8;

/** What the name of a module or a field may be. */
export const nameRule = 'letters, digits, "_" and "-", 64 at most';

/** Whether a text can be the name of a module or a field. */
export function isModuleName(text: string): boolean {
  return NAME.test(text);
}

/** The faults of the modules of a request, each with the path of its field (`modules[0].fields[2].name`). */
export function checkModules(modules: readonly Module[]): Violation[] {
  return collectViolations(modulesFaults(modules), "modules");
}

function* modulesFaults(modules: readonly Module[]): Generator<Violation> {
  const count = modules.reduce((sum, { fields }) => sum + fields.length, 0);
  if (modules.length > MAX_MODULES || count > MAX_FIELDS) {
    const description = `has ${modules.length} modules with ${count} fields: give ${MAX_MODULES} modules with ${MAX_FIELDS} fields at most`;
    yield { field: "modules", description };
    return;
  }
  for (const [index, module] of modules.entries()) yield* moduleFaults(module, `modules[${index}]`);
}

/** The faults of one module; `path` is its place. */
export function* moduleFaults(module: Module, path: string): Generator<Violation> {
  const { name, description, object } = module;
  if (!isModuleName(name)) {
    yield { field: `${path}.name`, description: `${quote(name)} cannot be the name of a module: use ${nameRule}` };
  }
  if (description.length > MAX_WORDS) {
    yield {
      field: `${path}.description`,
      description: `has ${description.length} characters: give ${MAX_WORDS} at most`,
    };
  }
  yield* object.length > 0 ? compiledFaults(module, path) : fieldsFaults(module, path);
}

function* compiledFaults({ fields, match, object }: Module, path: string): Generator<Violation> {
  if (fields.length > 0 || match !== "") {
    const description =
      "a compiled module says in its code what it reads and which packets match: leave out fields and match";
    yield { field: `${path}.object`, description };
  }
  if (object.length > MAX_OBJECT_BYTES) {
    const description = `has ${object.length} bytes: ${MAX_OBJECT_BYTES} are the most; llvm-strip -g takes out what only a debugger needs`;
    yield { field: `${path}.object`, description };
  }
}

function* fieldsFaults({ name, fields }: Module, path: string): Generator<Violation> {
  if (fields.length === 0) {
    yield { field: `${path}.fields`, description: `the module ${quote(name)} has no fields: give at least one` };
  }
  const names = new Set<string>();
  for (const [index, field] of fields.entries()) {
    const place = `${path}.fields[${index}]`;
    if (names.has(field.name)) yield { field: `${place}.name`, description: `${quote(field.name)} is given twice` };
    names.add(field.name);
    yield* fieldFaults(field, place);
  }
}

function* fieldFaults(field: ModuleField, path: string): Generator<Violation> {
  const { name, read, kind, unit, description, namesFrom, alternatives } = field;
  if (!isModuleName(name)) {
    yield { field: `${path}.name`, description: `${quote(name)} cannot be the name of a field: use ${nameRule}` };
  }
  if (read.trim() === "")
    yield { field: `${path}.read`, description: `${quote(name)} reads nothing: give a path such as skb->len` };
  if (kind !== CustomKind.CUSTOM_KIND_UNSPECIFIED && ![...kinds.values()].includes(kind)) {
    yield {
      field: `${path}.kind`,
      description: `${kind} is not a kind: the kinds are ${[...kinds.keys()].join(", ")}`,
    };
  }
  for (const [key, text] of Object.entries({ unit, description })) {
    if (text.length > MAX_WORDS) {
      yield { field: `${path}.${key}`, description: `has ${text.length} characters: give ${MAX_WORDS} at most` };
    }
  }
  yield* namesFaults(kind, namesFrom, path);
  if (alternatives.length > MAX_ALTERNATIVES) {
    yield {
      field: `${path}.alternatives`,
      description: `has ${alternatives.length}: give ${MAX_ALTERNATIVES} at most`,
    };
  }
}

function* namesFaults(kind: CustomKind, namesFrom: string, path: string): Generator<Violation> {
  if (namesFrom === "") return;
  const isNamed = kind === CustomKind.CUSTOM_KIND_ENUM || kind === CustomKind.CUSTOM_KIND_FLAGS;
  if (!isNamed && kind !== CustomKind.CUSTOM_KIND_UNSPECIFIED) {
    yield {
      field: `${path}.names_from`,
      description: "only the kinds enum and flags have names: leave one of them out",
    };
  }
  if (!ENUM_OR_PATTERN.test(namesFrom)) {
    const description = `${quote(namesFrom)} is no name of an enum, and no beginning of names: give for example "skb_drop_reason" or "SKB_GSO_*"`;
    yield { field: `${path}.names_from`, description };
  }
}

/** The kind that a word stands for, or what is wrong with the word. */
export function kindOfWord(word: string): CustomKind | { error: string } {
  const kind = kinds.get(word);
  if (kind !== undefined) return kind;
  const hint = didYouMean(word, kinds.keys());
  return { error: `${quote(word)} is not a kind${hint}: the kinds are ${[...kinds.keys()].join(", ")}` };
}
