/** What must not get worse without anybody's wish: counted, not timed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../helpers/hot-path-main.ts", import.meta.url));
/** Nothing is collected while it is counted, or the heap would shrink; V8 compiles at once, not when it has time. */
const FLAGS = [
  "--single-threaded",
  "--max-semi-space-size=512",
  "--min-semi-space-size=512",
  "--expose-gc",
  "--import",
  "tsx",
];
/** The objects of a batch: its bytes, its index, the views on both. */
const MAX_BYTES_A_BATCH = 1024;
/** Of a journey of eight hops, with all that surrounds them: a hop is 20 to 30 bytes, a name as long as it is. */
const MAX_BYTES_A_HOP = { ids: 33, names: 49 };

for (const functions of ["ids", "names"] as const) {
  it(`an event leaves no garbage, and a hop takes its bytes: ${functions}`, (context) => {
    const out = execFileSync(process.execPath, [...FLAGS, MAIN, functions], { encoding: "utf8" });
    const { events, heapBytes, batches, bytesPerHop } = JSON.parse(out);
    context.diagnostic(`${events} events in ${batches} batches: ${heapBytes} bytes, ${bytesPerHop} bytes a hop`);
    assert.ok(batches > 100);
    assert.ok(heapBytes < batches * MAX_BYTES_A_BATCH, `${heapBytes} bytes of garbage in ${batches} batches`);
    assert.ok(bytesPerHop <= MAX_BYTES_A_HOP[functions], `${bytesPerHop} bytes a hop`);
  });
}
