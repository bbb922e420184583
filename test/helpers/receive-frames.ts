import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { NamespaceLab } from "../../src/cli/namespace-lab.js";
import { whyNotHere } from "../e2e/why-not.js";

const INJECT = fileURLToPath(new URL("inject-frames.ts", import.meta.url));

/** Why {@link receiveFrames} cannot work here; undefined when it can. */
export function whyNoTap(): string | undefined {
  return whyNotHere() ?? (existsSync("/dev/net/tun") ? undefined : "needs /dev/net/tun");
}

/** Lets a TAP interface on the left side of the lab receive frames. */
export async function receiveFrames(lab: NamespaceLab, frames: readonly Buffer[]): Promise<void> {
  const child = lab.spawn("left", [process.execPath, "--import", "tsx", INJECT], "pipe");
  child.stdin?.end(frames.map((frame) => frame.toString("hex")).join("\n"));
  const status = await new Promise((resolve) => child.once("exit", resolve));
  assert.equal(status, 0, "frames were not injected");
}
