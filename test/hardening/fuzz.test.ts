/**
 * Inputs of every kind to every method of every service. The seed is new each time, and told: IPFTRACE_FUZZ_SEED
 * sends the same inputs again, IPFTRACE_FUZZ_INPUTS more or fewer of them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import type { ListSessionsResponse } from "../../src/gen/ipftrace/v1/session_service.js";
import { statusOf } from "../service/live-server.js";
import { fuzz } from "./fuzz/fuzzer.js";
import { ServerProcess } from "./server-process.js";

const INPUTS = Number(process.env["IPFTRACE_FUZZ_INPUTS"] ?? 40_000);
const SEED = Number(process.env["IPFTRACE_FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
/** Measurements; the first of them are the warm-up. */
const STEPS = 10;
const WARM_UP_STEPS = 3;
/** What the server's heap may grow from the warm-up to the end. A leak of 100 bytes a call would be 14 MB. */
const MAX_GROWTH_BYTES = 6 * 1024 * 1024;

test(`${INPUTS} inputs to all methods are answered, and cost no memory`, { timeout: 1_200_000 }, async (context) => {
  context.diagnostic(`IPFTRACE_FUZZ_SEED=${SEED}`);
  const server = await ServerProcess.start(context);
  // Most answers are errors, and a stack for each costs this process more than its call.
  Error.stackTraceLimit = 0;
  const heap: number[] = [];
  const tally = await fuzz({
    clients: [server.rawClient(), server.rawClient()],
    seed: SEED,
    inputs: INPUTS,
    every: INPUTS / STEPS,
    pause: async () => {
      const { memory } = await server.state();
      heap.push(memory.heapUsed + memory.external);
    },
  });
  for (const [path, codes] of tally) context.diagnostic(`${path}: ${JSON.stringify(Object.fromEntries(codes))}`);
  context.diagnostic(`heap, MB: ${heap.map((bytes) => (bytes / 1e6).toFixed(1)).join(" ")}`);
  const growth = (heap.at(-1) ?? 0) - Math.max(...heap.slice(0, WARM_UP_STEPS));
  assert.ok(growth < MAX_GROWTH_BYTES, `the heap grew by ${growth} bytes; seed ${SEED}`);
  // Inputs of which none gets past the checks would show nothing.
  for (const [path, codes] of tally) {
    assert.ok(codes.has("OK") || codes.has("NOT_FOUND"), `${path} never carried anything out; seed ${SEED}`);
  }
  await deleteSessions(server);
  while ((await server.state()).runningTraces > 0) await new Promise((resolve) => setTimeout(resolve, 100));
});

/** What was created stays, until it is deleted; traces of clients that are gone end by themselves. */
async function deleteSessions(server: ServerProcess): Promise<void> {
  const client = server.sessionClient();
  const { sessions } = await new Promise<ListSessionsResponse>((resolve, reject) => {
    client.listSessions({}, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
  for (const { name } of sessions) {
    assert.equal((await statusOf((done) => client.deleteSession({ name }, done))).code, status.OK);
  }
}
