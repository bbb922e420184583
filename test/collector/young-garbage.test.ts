import assert from "node:assert/strict";
import { once } from "node:events";
import { it } from "node:test";
import { Worker } from "node:worker_threads";
import { YoungGarbage } from "../../src/collector/young-garbage.js";

const MIB = 1024 * 1024;
const BATCH_BYTES = MIB / 32;
const BATCHES = 4096;

/** Hands batches over as fast as they are asked for. */
const SENDER = `
  const { parentPort } = require("node:worker_threads");
  parentPort.on("message", () => {
    const bytes = new Uint8Array(${BATCH_BYTES});
    parentPort.postMessage(bytes, [bytes.buffer]);
  });`;

/** The most bytes that batches of another thread took here while many came, each of which was forgotten at once. */
async function mostBytes(note: (bytes: number) => void): Promise<number> {
  const before = process.memoryUsage().external;
  let most = 0;
  const sender = new Worker(SENDER, { eval: true });
  for (let n = 0; n < BATCHES; n++) {
    sender.postMessage(n);
    const [batch] = (await once(sender, "message")) as [Uint8Array];
    note(batch.length);
    most = Math.max(most, process.memoryUsage().external - before);
  }
  await sender.terminate();
  return most;
}

// Without it, there are 20 to 34 MiB.
it("batches are thrown away before there are many of them", async () => {
  const garbage = new YoungGarbage();
  const most = await mostBytes((bytes) => garbage.note(bytes));
  assert.ok(most < 4 * MIB, `${most} bytes at the same time`);
});
