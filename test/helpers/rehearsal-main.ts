/**
 * Rehearses, and prints as JSON what came of it: which functions V8 has compiled, which still after the first events of
 * traces, and what is left. Run with --allow-natives-syntax and --expose-gc. "stopped": is told to stop at its first record.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { TraceSpec } from "../../src/collector/messages.js";
import { Pipeline } from "../../src/collector/pipeline.js";
import { Rehearsal } from "../../src/collector/rehearsal.js";
import { assemblerOptions } from "../../src/collector/trace-parts.js";
import { writeRecord } from "../../src/decode/write-record.js";
import { Batcher } from "../../src/encode/batcher.js";
import { writeJourney } from "../../src/encode/journey.js";
import { Assembler } from "../../src/journey/assembler.js";

/** Of %GetOptimizationStatus: by TurboFan (v8/src/runtime/runtime.h, OptimizationStatus). */
const TURBOFAN = 1 << 6;
const statusOf = new Function("one", "return %GetOptimizationStatus(one)") as (one: unknown) => number;
/** END_CONSUMED. */
const CONSUMED = 3;
const tracking = { untrack: () => 0 };
const how = process.argv[2];
const hot = {
  "Pipeline.accept": Pipeline.prototype.accept,
  "Assembler.accept": Assembler.prototype.accept,
  "Batcher.add": Batcher.prototype.add,
  writeJourney,
};
const rehearsal = new Rehearsal();
/** Records in each turn of the event loop. */
const perTurn = [0];

/** Counts, and stops at the first record: for that the function is not the one that is compiled. */
function countRecords(): void {
  const { accept } = Pipeline.prototype;
  Pipeline.prototype.accept = function (...record) {
    perTurn[perTurn.length - 1] = (perTurn.at(-1) ?? 0) + 1;
    if (how === "stopped") rehearsal.stop();
    accept.apply(this, record);
  };
}

async function watchTurns(running: Promise<unknown>): Promise<void> {
  let isOver = false;
  void running.then(() => {
    isOver = true;
  });
  while (!isOver) {
    perTurn.push(0);
    await turn();
  }
}

/** As worker.ts and start.ts set a trace up, and a few journeys of it: fewer than V8 compiles anything for. */
function trace(functionNames: boolean): void {
  const spec = { maxHops: 256, idleTimeoutMs: 10_000, trackingEntries: 65_536, batchJourneys: 128, batchDelayMs: 50 };
  const names = {
    ...{ functions: [[1, "ip_rcv"]] as const, symbols: () => ({ at: String, near: String }) },
    ...{ dropReasons: { names: new Map(), subsystems: new Map() }, customFields: [], customBytes: 0 },
  };
  const baseNs = process.hrtime.bigint();
  const pipeline = new Pipeline({
    ...{
      spec: { ...spec, functionNames },
      limits: assemblerOptions({ ...spec, functionNames } as TraceSpec, 0),
      baseNs,
    },
    ...{
      meaning: { names, isWanted: undefined },
      kernel: { ...{ functionIds: undefined, stacks: undefined }, tracking },
    },
    output: {
      batch: ({ bytes }) => void structuredClone(bytes.buffer, { transfer: [bytes.buffer] }),
      dictionary: () => {},
    },
  });
  const words = new Uint32Array(64);
  const usual = { function: 1, length: 1000, ifindex: 1, skb: 0xffff_8880_0000_0000n };
  for (let event = 0; event < 8 * 300; event++) {
    const hop = event % 8;
    const fields = { ...usual, journey: 2 ** 50 + (event >> 3), timeNs: baseNs + BigInt(event * 100_000) };
    const bytes = writeRecord(words, 0, {
      ...{ ...fields, ...(hop === 0 ? { flow: { l4Protocol: 17, source: [10, 0, 1, 10] } } : {}) },
      ...(hop === 7 ? { end: CONSUMED } : {}),
    });
    pipeline.accept(words, 0, bytes);
    pipeline.advance(event * 100_000);
  }
}

gc?.();
const before = process.memoryUsage().arrayBuffers;
if (how === "stopped" || how === "counted") {
  countRecords();
  await watchTurns(rehearsal.run());
} else await rehearsal.run();
const again = await rehearsal.run();
gc?.();
await turn();
gc?.();
const leftBytes = process.memoryUsage().arrayBuffers - before;
const isCompiled = (): string[] =>
  Object.entries(hot).flatMap(([name, one]) => (statusOf(one) & TURBOFAN ? [name] : []));
const compiled = isCompiled();
const records = perTurn.reduce((sum, one) => sum + one, 0);
const mostInTurn = Math.max(...perTurn);
for (const functionNames of [false, true]) trace(functionNames);
process.stdout.write(
  JSON.stringify({
    ...{ compiled, afterTraces: isCompiled(), again, records, mostInTurn, leftBytes },
  }),
);
