/**
 * Runs a bundle of the build with the code that V8 has compiled before.
 *
 * Problem: reading and compiling JavaScript takes half of the time until a trace starts.
 * Choice:  the build keeps the compiled code beside each bundle (scripts/bundle.mjs).
 * Limits:  V8 refuses code of another version or with other flags; then it compiles as ever.
 *          It does not see that code belongs to another text of the same length: a bundle's name
 *          has a hash of its text, and its code is found by that name. Flags that a program sets while it
 *          runs count, too: none may be set by the program that leaves its code (collector/inlining.ts).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";

/** Set by the build: programs leave their compiled code when they end. */
const WRITE_CODE = "IPFTRACE_WRITE_CODE";

const [HEAD, TAIL] = ["(function (exports, require, module, __filename, __dirname) {", "\n})"];

/**
 * Runs a CommonJS bundle; `code` is the file with what V8 made of it, if there is one. Whether that
 * was used.
 */
export function loadBundle(bundle: string, code: string): boolean {
  const cachedData = readIfThere(code);
  const script = new Script(HEAD + readFileSync(bundle, "utf8") + TAIL, {
    filename: bundle,
    columnOffset: -HEAD.length,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  if (process.env[WRITE_CODE] !== undefined) process.on("exit", () => writeFileSync(code, script.createCachedData()));
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, dirname(bundle));
  return script.cachedDataRejected === false;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
