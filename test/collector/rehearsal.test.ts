/** Whether the way of an event is compiled before there are any: counted, not timed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Reply } from "../../src/collector/messages.js";
import { spawnWorker } from "../../src/collector/spawn.js";

const MAIN = fileURLToPath(new URL("../helpers/rehearsal-main.ts", import.meta.url));
/** V8 compiles at once, not when it has time. */
const FLAGS = ["--single-threaded", "--allow-natives-syntax", "--expose-gc", "--import", "tsx"];
const HOT = ["Pipeline.accept", "Assembler.accept", "Batcher.add", "writeJourney"];
/** Memory of an empty pipeline; those that were used would be twice as much beside it. */
const PIPELINE_BYTES = 5 * 1024 * 1024;
/** What is no pipeline. */
const FEW_BYTES = 64 * 1024;
/** A fraction of a millisecond of work. */
const MAX_RECORDS_IN_TURN = 256;

/** What rehearsal-main.ts tells. */
interface Rehearsed {
  readonly compiled: readonly string[];
  readonly afterTraces: readonly string[];
  readonly again: boolean;
  readonly records: number;
  readonly mostInTurn: number;
  readonly leftBytes: number;
}

function rehearse(how: "whole" | "counted" | "stopped") {
  const out = execFileSync(process.execPath, [...FLAGS, MAIN, how], { encoding: "utf8" });
  return JSON.parse(out) as Rehearsed;
}

test("a rehearsal compiles the way of an event, as traces can use it, and leaves an empty pipeline", () => {
  const { compiled, afterTraces, again, leftBytes } = rehearse("whole");
  assert.deepEqual(compiled, HOT);
  assert.deepEqual(afterTraces, HOT);
  assert.equal(again, false);
  assert.ok(leftBytes < PIPELINE_BYTES, `${leftBytes} bytes are left`);
});

test("it goes in slices", () => {
  const { records, mostInTurn } = rehearse("counted");
  assert.ok(records > 40_000, `${records} records`);
  assert.ok(mostInTurn <= MAX_RECORDS_IN_TURN, `${mostInTurn} records in a turn`);
});

test("it ends with its slice when it is told to, for good, and leaves nothing", () => {
  const { compiled, records, mostInTurn, again, leftBytes } = rehearse("stopped");
  assert.deepEqual(compiled, []);
  assert.ok(records > 0);
  assert.equal(records, mostInTurn);
  assert.equal(again, false);
  assert.ok(leftBytes < FEW_BYTES, `${leftBytes} bytes are left`);
});

test("a worker answers meanwhile, tells nothing of it, and ends when it is to", async () => {
  const worker = spawnWorker({ maxCpuPercent: 0 });
  const told: string[] = [];
  worker.on("message", ({ type }: Reply) => told.push(type));
  const pong = once(worker, "message");
  worker.postMessage({ type: "rehearse" });
  worker.postMessage({ type: "ping", id: 1 });
  await pong;
  // Its slices come in the meantime, also such as send batches.
  for (let id = 2; id < 200; id++) {
    const answered = once(worker, "message");
    worker.postMessage({ type: "ping", id });
    await answered;
  }
  const exited = once(worker, "exit");
  worker.postMessage({ type: "close" });
  await exited;
  assert.deepEqual([...new Set(told)], ["pong"]);
});
