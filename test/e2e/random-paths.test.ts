import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Btf } from "../../src/btf/btf.js";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import { Module } from "../../src/gen/ipftrace/v1/custom.js";
import { Direction } from "../../src/gen/ipftrace/v1/filter.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { KERNEL_BTF, kernelTest, whyNoBtf } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { Traced } from "../helpers/tracing.js";
import { startProbe, type Truth } from "./paths/c-probe.js";
import { type Path, pathText, randomPaths } from "./paths/random-paths.js";
import { whyNotHere } from "./why-not.js";

const PATHS = 200;
/** One trace carries 256 bytes a hop, of which 8 say what is there. */
const PATHS_PER_TRACE = 30;
const SEED = 20_191_110;
/** No other packet has this payload; with the headers of ICMP, IPv4 and Ethernet. */
const PAYLOAD_BYTES = 777;
const PACKET_BYTES = PAYLOAD_BYTES + 8 + 20 + 14;
/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;

function whyNot(): string | undefined {
  const missing = ["bpftool", "clang"].find((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  return whyNotHere() ?? whyNoBtf() ?? (missing && `needs ${missing}`);
}

/** Paths as a module: "+ 0" makes a number of each as C promotes it, whatever it is shown as. */
function moduleOf(paths: readonly Path[]): Module {
  const fields = paths.map((path, n) => ({ name: `f${n}`, read: `${pathText(path)} + 0` }));
  return Module.fromPartial({ name: "paths", fields });
}

/** What a trace told of each path at the only hop. */
function told(trace: Traced, count: number): Truth[] {
  const hops = trace.journeys.flatMap((journey) => journey.hops.filter(({ length }) => length === PACKET_BYTES));
  assert.equal(hops.length, 1, "the packet was not seen once");
  const values = new Map(hops[0]?.custom.map(({ fieldId, value }) => [fieldId, value]));
  return Array.from({ length: count }, (_, n) => {
    const value = values.get(n + 1);
    return value?.$case === "bytesValue" || value === undefined ? undefined : BigInt.asUintN(64, value.value);
  });
}

kernelTest(`${PATHS} random paths read what a C probe reads`, whyNot, async (context) => {
  const paths = randomPaths(new Btf(readFileSync(KERNEL_BTF)), PATHS, SEED);
  assert.equal(paths.length, PATHS);
  const { lab, client } = await labWithServer(context);
  const chunks = Array.from({ length: Math.ceil(PATHS / PATHS_PER_TRACE) }, (_, n) =>
    paths.slice(n * PATHS_PER_TRACE, (n + 1) * PATHS_PER_TRACE),
  );
  const traces = chunks.map(
    (chunk) =>
      new Traced(client, {
        modules: [moduleOf(chunk)],
        functionRegex: "net_dev_queue",
        filter: {
          whereExpression: `skb->len == ${PACKET_BYTES}`,
          allow: [{ sourceIpv4: [labAddresses.left.ipv4], direction: Direction.DIRECTION_FORWARD }],
        },
      }),
  );
  for (const trace of traces) await trace.started();
  const probe = await startProbe(paths, PACKET_BYTES, temporaryFolder(context));
  await lab.run("left", ["ping", "-c", "1", "-s", String(PAYLOAD_BYTES), "-W", "5", labAddresses.right.ipv4]);
  const truths = await probe.finish();
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  for (const trace of traces) await trace.stop();
  const ours = traces.flatMap((trace, n) => told(trace, chunks[n]?.length ?? 0));
  const readable = truths.filter((truth) => truth !== undefined).length;
  assert.ok(readable > PATHS / 2, `only ${readable} of the paths lead anywhere`);
  for (const [n, path] of paths.entries()) assert.equal(ours[n], truths[n], pathText(path));
});
