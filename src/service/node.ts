/** The identity and the clocks of this node. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname, machine, release } from "node:os";
import type { Clock, Node } from "../gen/ipftrace/v1/node.js";
import { version } from "../release/version.js";

/** Number of this run of the server. */
const epoch = randomBytes(8).readBigUInt64LE();

/** Who we are. */
export function nodeIdentity(): Node {
  return {
    name: hostname(),
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    kernelRelease: release(),
    architecture: machine(),
    version,
    epoch,
  };
}

/** Three clocks, read together. BOOTTIME goes on while the machine sleeps, MONOTONIC does not. */
export function readClock(): Clock {
  const monotonicNs = process.hrtime.bigint();
  const realtimeNs = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
  return { monotonicNs, boottimeNs: monotonicNs + sleptNs(monotonicNs), realtimeNs };
}

/** /proc/uptime counts CLOCK_BOOTTIME, in hundredths of a second: a smaller difference is its rounding. */
function sleptNs(monotonicNs: bigint): bigint {
  const [uptime = "0"] = readFileSync("/proc/uptime", "utf8").split(" ");
  const difference = BigInt(Math.round(Number(uptime) * 100)) * 10_000_000n - monotonicNs;
  return difference > 20_000_000n ? difference : 0n;
}
