/** The npm packages that ipftrace runs with: some are in its bundles, others lie beside them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The folders of packages with all that they depend on, sorted; each is looked for where Node.js would
 * look. Optional ones that are not installed are for another platform.
 */
export function withDependencies(names, root) {
  const found = new Set();
  const visit = (name, from, isOptional) => {
    const folder = find(name, from);
    if (folder === undefined && isOptional) return;
    if (folder === undefined) throw new Error(`the package ${name} is not installed`);
    if (found.has(folder)) return;
    found.add(folder);
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(folder);
    for (const one of Object.keys({ ...dependencies, ...optionalDependencies })) {
      visit(one, folder, one in optionalDependencies);
    }
  };
  for (const name of names) visit(name, root, false);
  return [...found].sort();
}

function find(name, from) {
  const folder = join(from, "node_modules", name);
  if (existsSync(folder)) return folder;
  return from === dirname(from) ? undefined : find(name, dirname(from));
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** What may be run or read at run time. */
const RUNTIME_FILE = /\.(?:c?js|mjs|json|node|proto)$/;
const LICENCE_FILE = /^(?:licen[cs]e|notice|copying)/i;
/** Sources, tests and other forms of the same; and what is linked with musl, which our Node.js is not. */
const NOT_AT_RUN_TIME = /(?:^|\/)(?:test|tests|bin|cli|scripts|dist|musl_\w+|cnoke\.cjs|vendor|doc)(?:\/|$)|\.min\.js$/;

/** Whether a file of a package, by its path in it, belongs to the product. */
export function isRuntimeFile(path) {
  return (RUNTIME_FILE.test(path) && !NOT_AT_RUN_TIME.test(path)) || LICENCE_FILE.test(path);
}

/** Names, versions and licences of packages, with the texts. @throws Error for one without a licence. */
export function licences(folders) {
  const texts = folders.map((folder) => {
    const { name, version, license } = manifestOf(folder);
    if (license === undefined) throw new Error(`the package ${name} names no licence`);
    const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file));
    const bodies = files.sort().map((file) => readFileSync(join(folder, file), "utf8").trim());
    return [`${name} ${version}`, `License: ${license}`, ...bodies].join("\n\n");
  });
  return `${texts.sort().join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
