/**
 * How many journeys a second each language's example reads: `scripts/clients --speed`. The server sends recorded
 * journeys as fast as they are taken, to one client at a time; so this measures clients, not tracing.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials, type ServerWritableStream, type sendUnaryData } from "@grpc/grpc-js";
import { TraceResponse, TraceServiceService } from "../../src/gen/ipftrace/v1/trace_service.js";
import { batch, ended, flow, functionTable, hop, journey, started } from "../conformance/generator/build.js";
import { languagesWith } from "./examples.js";

const HOPS = 8;
/** As many as a server puts into one message. */
const BATCH_JOURNEYS = 128;
const BATCHES = 2_000;

function message(event: TraceResponse["event"]): Buffer {
  return Buffer.from(TraceResponse.encode({ ...TraceResponse.create(), event }).finish());
}

const headers = flow(6, "10.0.1.10 52262", "10.0.1.11 31337");
const functions = functionTable(...Array.from({ length: HOPS }, (_, index) => `function_${index}`));
const hops = functions.map(({ functionId }) =>
  hop(BigInt(functionId) * 1_000n, functionId, { ifindex: 2, length: 1500 }),
);
const journeys = Array.from({ length: BATCH_JOURNEYS }, (_, index) =>
  journey(BigInt(index + 1), { startTimeNs: 1_980_216_709_532_312n, flow: headers, hops }),
);
const [first, many, last] = [message(started({ functions })), message(batch(...journeys)), message(ended())];

/** Sends everything at the client's pace. */
async function sendAll(call: ServerWritableStream<unknown, Buffer>): Promise<void> {
  const send = (bytes: Buffer) => new Promise<void>((resolve) => call.write(bytes, () => resolve()));
  await send(first);
  for (let sent = 0; sent < BATCHES && !call.cancelled; sent++) await send(many);
  await send(last);
  call.end();
}

/** Runs a program to its end; the last line that it prints, parsed. */
function lastLine(program: string, words: readonly string[]): Promise<{ journeys: number; seconds: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", () => resolve(JSON.parse(out.trimEnd().split("\n").at(-1) ?? "")));
  });
}

const folder = mkdtempSync(join(tmpdir(), "ipf-"));
const target = `unix:${join(folder, "s.sock")}`;
const server = new Server();
const { trace, stopTrace } = TraceServiceService;
server.addService(
  { trace: { ...trace, responseSerialize: (bytes: Buffer) => bytes }, stopTrace },
  { trace: sendAll, stopTrace: (_: unknown, done: sendUnaryData<object>) => done(null, {}) },
);
try {
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(target, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  for (const [language, program] of languagesWith("count")) {
    const { journeys: count, seconds } = await lastLine(program, [target]);
    process.stdout.write(`${language}: ${Math.round(count / seconds)} journeys/s (${count} of ${HOPS} hops)\n`);
  }
} finally {
  server.forceShutdown();
  rmSync(folder, { recursive: true, force: true });
}
