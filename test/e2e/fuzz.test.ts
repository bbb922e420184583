/**
 * Inputs of every kind (test/hardening/fuzz) to a server with this kernel behind it: expressions are compiled, programs
 * loaded, traces started and left. Fewer than with the fake collector, because a trace takes 50 ms and more.
 * IPFTRACE_FUZZ_SEED sends the same again, IPFTRACE_FUZZ_KERNEL_INPUTS more of them.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { fuzz } from "../hardening/fuzz/fuzzer.js";
import { ipftrace } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { whyNotHere } from "./why-not.js";

const INPUTS = Number(process.env["IPFTRACE_FUZZ_KERNEL_INPUTS"] ?? 1000);
const SEED = Number(process.env["IPFTRACE_FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
const CLIENTS = 2;

kernelTest(
  `${INPUTS} inputs to a server with a kernel are answered, and leave nothing attached`,
  whyNotHere,
  async (context) => {
    context.diagnostic(`IPFTRACE_FUZZ_SEED=${SEED}`);
    const path = join(temporaryFolder(context), "s");
    const server = ipftrace(context, ["serve", "--listen", `unix:${path}@admin`]);
    await server.until(() => server.err.includes('"msg":"serving"'), "server");
    const own = { "grpc.use_local_subchannel_pool": 1 };
    const clients = Array.from(
      { length: CLIENTS },
      () => new Client(`unix:${path}`, credentials.createInsecure(), own),
    );
    context.after(() => {
      for (const client of clients) client.close();
    });
    const tally = await fuzz({ clients, seed: SEED, inputs: INPUTS, every: INPUTS, pause: async () => {} });
    for (const [method, codes] of tally) context.diagnostic(`${method}: ${JSON.stringify(Object.fromEntries(codes))}`);
    assert.equal(await server.end("SIGTERM"), 0, server.err);
    assert.deepEqual(
      server.err.split("\n").filter((line) => line.includes("internal error") || line.includes('"stack"')),
      [],
    );
  },
);
