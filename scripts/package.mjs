/**
 * Makes the packages from a built checkout: a tarball and a .deb, with Node.js and everything else
 * that ipftrace needs but libbpf and libpcap.
 *
 *   npm run package                 into dist/packages
 *   npm run package -- --out DIR    elsewhere
 *
 * Problem: the same sources are to give the same bytes, whoever builds them, where and when.
 * Choice:  all files have the time of SOURCE_DATE_EPOCH, by default that of the last commit, the owner
 *          root and one of two modes; archives are sorted.
 * Limits:  for the architecture that builds. The compiled code of the bundles (*.cjs.code) is left
 *          out, because V8 makes other bytes of it every time: a start takes some 60 ms longer.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeDeb } from "./package/deb.mjs";
import { installNode } from "./package/node.mjs";
import { makeTarball } from "./package/tarball.mjs";
import { stageProgram } from "./package/tree.mjs";

const { values } = parseArgs({ options: { out: { type: "string", default: "dist/packages" } } });
const root = resolve(import.meta.dirname, "..");
const out = resolve(values.out);
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Seconds since 1970. @throws Error where neither the variable nor git tells. */
function sourceDate() {
  const given = process.env["SOURCE_DATE_EPOCH"];
  const text = given ?? execFileSync("git", ["-C", root, "log", "-1", "--format=%ct"], { encoding: "utf8" });
  if (!/^\d+\s*$/.test(text)) throw new Error(`SOURCE_DATE_EPOCH is "${text}", which is no number of seconds`);
  return Number(text);
}

mkdirSync(out, { recursive: true });
const work = mkdtempSync(join(out, ".work-"));
try {
  const plan = { root, work, out, version, epoch: sourceDate() };
  const program = stageProgram({ ...plan, node: installNode(root) });
  for (const file of [makeTarball({ ...plan, program }), makeDeb({ ...plan, program })]) {
    const mebibytes = (statSync(file).size / 2 ** 20).toFixed(1);
    process.stdout.write(`${basename(file)}  ${mebibytes} MiB\n`);
  }
} finally {
  rmSync(work, { recursive: true });
}
