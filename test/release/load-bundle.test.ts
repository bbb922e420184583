import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
const ANSWER = 'process.stdout.write(require("node:path").basename(__filename));';

/** Loads a bundle in a process of its own; what it printed, and whether its code was used. */
function load(bundle: string, code: string, env: Record<string, string> = {}) {
  const loader = JSON.stringify(join(DIST, "load-bundle.js"));
  const words = [bundle, code].map((word) => JSON.stringify(word)).join();
  const script = `process.stdout.write(" " + require(${loader}).loadBundle(${words}))`;
  return execFileSync(process.execPath, ["-e", script], { env: { ...process.env, ...env }, encoding: "utf8" });
}

describe("loadBundle", () => {
  it("runs a bundle without code", (context) => {
    const bundle = join(temporaryFolder(context), "b.cjs");
    writeFileSync(bundle, ANSWER);
    assert.equal(load(bundle, `${bundle}.code`), "b.cjs false");
    assert.ok(!existsSync(`${bundle}.code`), "code is left only when asked for");
  });

  it("uses the code that it left", (context) => {
    const bundle = join(temporaryFolder(context), "b.cjs");
    writeFileSync(bundle, ANSWER);
    load(bundle, `${bundle}.code`, { IPFTRACE_WRITE_CODE: "1" });
    assert.equal(load(bundle, `${bundle}.code`), "b.cjs true");
  });

  it("runs a bundle whose code V8 refuses", (context) => {
    const bundle = join(temporaryFolder(context), "b.cjs");
    writeFileSync(bundle, ANSWER);
    writeFileSync(`${bundle}.code`, "of another version");
    assert.equal(load(bundle, `${bundle}.code`), "b.cjs false");
  });
});

describe("the build", () => {
  it("has code for the command line and for the worker", () => {
    for (const [folder, name] of [
      ["cli", "main"],
      ["collector", "worker"],
    ] as const) {
      const files = readdirSync(join(DIST, folder)).filter((file) => file.startsWith(`${name}-`));
      const bundle = files.find((file) => file.endsWith(".cjs"));
      assert.ok(bundle !== undefined && files.includes(`${bundle}.code`), files.join());
    }
  });

  it("has code that V8 takes", () => {
    const [main, worker] = [join(DIST, "cli"), join(DIST, "collector")].map((folder) => {
      const name = readdirSync(folder).find((file) => /^(main|worker)-.*\.cjs$/.test(file)) ?? "";
      const words = [join(folder, name), join(folder, `${name}.code`)].map((word) => JSON.stringify(word)).join();
      return `require(${JSON.stringify(join(DIST, "load-bundle.js"))}).loadBundle(${words})`;
    });
    const inWorker = `require("node:worker_threads").parentPort.postMessage(${worker})`;
    const script = `
      process.argv = [process.argv[0], "ipftrace", "--version"];
      process.stdout.write(${main} + " ");
      const { Worker } = require("node:worker_threads");
      const worker = new Worker(${JSON.stringify(inWorker)}, { eval: true, workerData: { maxCpuPercent: 0 } });
      worker.on("message", (isUsed) => { process.stdout.write(String(isUsed)); worker.terminate(); });`;
    const said = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
    assert.match(said, /^true /, "of the command line");
    assert.match(said, /true$/, "of the worker");
  });
});
