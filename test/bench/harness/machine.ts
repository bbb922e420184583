/** The machine and the versions that figures belong to. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import type { Machine } from "./result.js";

const GIB = 1024 ** 3;
/** What is on the way of an event. */
const LIBRARIES = ["@grpc/grpc-js", "koffi", "ts-proto"];

/** As it is now. */
export function machine(): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / GIB),
    kernel: release(),
    system: /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown",
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
    versions: { ipftrace: commit(), "Node.js": process.version.slice(1), ...libraries() },
  };
}

function commit(): string {
  return execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
}

function libraries(): Record<string, string> {
  return Object.fromEntries(
    LIBRARIES.map((name) => {
      const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
      return [name, JSON.parse(readFileSync(file, "utf8")).version as string];
    }),
  );
}
