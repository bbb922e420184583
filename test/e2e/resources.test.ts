/** A server that lacks something says what, and how to mend it; it stays, and serves again when it has it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ServiceError, status } from "@grpc/grpc-js";
import { Backend } from "../../src/gen/ipftrace/v1/node.js";
import type { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { bpfDescriptors } from "../helpers/kernel-state.js";
import { ipftrace, LAUNCHER, Running, serve } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { clientOf, Traced } from "../helpers/tracing.js";
import { statusOf } from "../service/live-server.js";
import { whyNotHere } from "./why-not.js";

const MIB = 1024n * 1024n;
type Wish = Parameters<typeof TraceRequest.fromPartial>[0];

/** A trace that takes little. */
const FEW: Wish = {
  manifestSource: {
    $case: "manifest",
    value: { name: "few", groups: [{ name: "one", functions: [{ name: "tracepoint:net_dev_queue" }] }] },
  },
  options: { ringBytes: 4096n },
};

/** A server behind some preparation in a mount namespace of its own. */
async function serveAfter(context: TestContext, script: string, prefix: readonly string[] = []) {
  const target = `unix:${join(temporaryFolder(context), "s")}`;
  const words = [...prefix, LAUNCHER, "serve", "--listen", target];
  const server = new Running("unshare", ["--mount", "bash", "-ec", `${script}\nexec "$@"`, "bash", ...words]);
  context.after(() => server.end("SIGKILL"));
  await server.until(() => server.err.includes('"msg":"serving"'), "server");
  const client = clientOf(target);
  context.after(() => client.close());
  return { server, client, target };
}

type Served = Awaited<ReturnType<typeof serveAfter>>;

/** Fails unless a trace is refused so. */
async function assertRefused(
  { client }: Pick<Served, "client">,
  wish: Wish,
  code: status,
  says: RegExp,
): Promise<void> {
  const error = (await new Traced(client, wish).done) as ServiceError;
  assert.equal(status[error.code], status[code], error.details);
  assert.match(error.details, says);
}

/** Fails unless a trace runs, and nothing of it is left. */
async function assertTraces({ client, server }: Pick<Served, "client" | "server">, wish: Wish = FEW): Promise<void> {
  const trace = new Traced(client, wish);
  await trace.started();
  await trace.stop();
  assert.deepEqual(bpfDescriptors(server.child.pid ?? 0), []);
}

/** Fails unless it still answers what needs nothing of the kernel, and ends in good order. */
async function assertAlive({ client, server }: Pick<Served, "client" | "server">): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.explainTrace({ trace: undefined }, (error) => {
      if (error?.code === status.UNAVAILABLE || error?.code === status.INTERNAL) reject(error);
      else resolve();
    });
  });
  assert.equal(await server.end("SIGTERM"), 0, server.err);
}

/** The file of a library, as the loader finds it. */
function library(name: string): string {
  const line = execFileSync("ldconfig", ["-p"], { encoding: "utf8" }).split("\n");
  const path = line.find((one) => one.trim().startsWith(`${name} `))?.split("=> ")[1];
  assert.ok(path, `${name} is not installed`);
  return realpathSync(path);
}

test("a socket's folder without room: one line, status 1", async (context) => {
  const folder = temporaryFolder(context);
  const script = `mount -t tmpfs -o nr_inodes=1 none ${folder}; exec ${LAUNCHER} serve --listen unix:${folder}/s`;
  const run = new Running("unshare", ["--mount", "bash", "-ec", script]);
  assert.equal(await run.end(), 1);
  assert.match(run.err, /^ipftrace: cannot listen on unix:\S+: .*no space left on device/m);
});

test("a folder for temporary files without room: one line, status 1", async (context) => {
  const folder = temporaryFolder(context);
  const script = `mount -t tmpfs -o nr_inodes=1 none ${folder}; TMPDIR=${folder} exec ${LAUNCHER} generic`;
  const run = new Running("unshare", ["--mount", "bash", "-ec", script]);
  assert.equal(await run.end(), 1);
  assert.match(run.err, /^ipftrace: cannot make a folder in \S+ \(TMPDIR names another place\): ENOSPC/);
  assert.equal(run.err.trimEnd().split("\n").length, 1, run.err);
});

kernelTest("a log that nobody can write costs nothing but itself", whyNotHere, async (context) => {
  const target = `unix:${join(temporaryFolder(context), "s")}`;
  const server = new Running("bash", ["-c", `exec ${LAUNCHER} serve --listen ${target} 2>/dev/full`]);
  context.after(() => server.end("SIGKILL"));
  const client = clientOf(target);
  context.after(() => client.close());
  await server.until(() => existsSync(target.slice("unix:".length)), "server");
  await assertTraces({ client, server });
  await assertAlive({ client, server });
});

kernelTest("without the kernel's types: FAILED_PRECONDITION", whyNotHere, async (context) => {
  const served = await serveAfter(context, "mount -t tmpfs none /sys/kernel/btf");
  const says = /no \/sys\/kernel\/btf\/vmlinux.*CONFIG_DEBUG_INFO_BTF/;
  await assertRefused(served, {}, status.FAILED_PRECONDITION, says);
  await assertAlive(served);
});

kernelTest("without libbpf: FAILED_PRECONDITION, until it is installed", whyNotHere, async (context) => {
  const path = library("libbpf.so.1");
  const served = await serveAfter(context, `mount --bind /dev/null ${path}`);
  const says = /^libbpf\.so\.1 is not installed; install it with "apt-get install libbpf1"/;
  await assertRefused(served, {}, status.FAILED_PRECONDITION, says);
  await assertRefused(served, {}, status.FAILED_PRECONDITION, says);
  execFileSync("nsenter", [`--mount=/proc/${served.server.child.pid}/ns/mnt`, "umount", path]);
  await assertTraces(served);
  await assertAlive(served);
});

kernelTest("without libpcap: only what needs it is refused", whyNotHere, async (context) => {
  const served = await serveAfter(context, `mount --bind /dev/null ${library("libpcap.so.0.8")}`);
  const wish = { filter: { pcapExpression: "tcp port 80" } };
  await assertRefused(served, wish, status.FAILED_PRECONDITION, /^libpcap\.so\.0\.8 is not installed; .*libpcap0\.8/);
  await assertTraces(served);
  await assertAlive(served);
});

kernelTest("a program that the kernel refuses is told by name", whyNotHere, async (context) => {
  const served = await serveAfter(context, "true");
  const trace = new Traced(served.client, { backend: Backend.BACKEND_KPROBE_MULTI, options: { durationMs: 1 } });
  // Kernels that have this backend trace for a moment; test/vm has those that lack it.
  const error = await trace.done;
  if (error !== undefined) {
    assert.equal(status[error.code], "FAILED_PRECONDITION", error.details);
    assert.match(error.details, /^cannot trace on this kernel: kprobe-multi: .+\(.+\)$/);
  }
  await assertTraces(served);
  await assertAlive(served);
});

kernelTest(
  "no file descriptor left: RESOURCE_EXHAUSTED, and a smaller trace still runs",
  whyNotHere,
  async (context) => {
    const served = await serveAfter(context, "true", ["prlimit", "--nofile=56:56"]);
    const says = /EMFILE.*raise its limit \(LimitNOFILE=/;
    await assertRefused(served, {}, status.RESOURCE_EXHAUSTED, says);
    assert.deepEqual(bpfDescriptors(served.server.child.pid ?? 0), []);
    await assertTraces(served);
    await assertAlive(served);
  },
);

kernelTest(
  "no file descriptor left for clients: those that are there are served, and later others",
  whyNotHere,
  async (context) => {
    const served = await serveAfter(context, "true", ["prlimit", "--nofile=128:128"]);
    await assertTraces(served);
    const path = served.target.slice("unix:".length);
    const crowd = Array.from({ length: 200 }, () => connect(path).on("error", () => {}));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { code, details } = await statusOf((done) => served.client.getNode({}, done));
    assert.equal(status[code], "RESOURCE_EXHAUSTED");
    assert.match(details, /^the server has no file descriptor left: raise its limit/);
    for (const socket of crowd) socket.destroy();
    const other = clientOf(served.target);
    context.after(() => other.close());
    await assertTraces({ ...served, client: other });
    await assertAlive(served);
  },
);

kernelTest(
  "no memory for the ring: RESOURCE_EXHAUSTED, nothing attached, and a smaller one fits",
  whyNotHere,
  async (context) => {
    const { server, target } = await serve(context);
    const client = clientOf(target);
    context.after(() => client.close());
    // So that everything has been loaded that a trace needs.
    await assertTraces({ client, server });
    const pid = server.child.pid ?? 0;
    const kib = Number(/^VmSize:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    const limit = kib * 1024 + Number(200n * MIB);
    execFileSync("prlimit", ["--pid", String(pid), `--as=${limit}`]);
    const says = /ENOMEM.*ask for a smaller ring \(ring_bytes\)/;
    await assertRefused({ client }, { options: { ringBytes: 256n * MIB } }, status.RESOURCE_EXHAUSTED, says);
    assert.deepEqual(bpfDescriptors(pid), [], "what was attached was not taken back");
    await assertTraces({ client, server });
    await assertAlive({ client, server });
  },
);

kernelTest(
  "a collector that breaks down ends its traces, leaves nothing attached, and starts again",
  whyNotHere,
  async (context) => {
    const flag = join(temporaryFolder(context), "crash");
    const preload = join(temporaryFolder(context), "crash.cjs");
    execFileSync("bash", ["-c", `cat > ${preload}`], { input: crashWhenAsked(flag) });
    const target = `unix:${join(temporaryFolder(context), "s")}`;
    const server = ipftrace(context, ["serve", "--listen", target], { NODE_OPTIONS: `--require=${preload}` });
    await server.until(() => server.err.includes('"msg":"serving"'), "server");
    const client = clientOf(target);
    context.after(() => client.close());
    const trace = new Traced(client, FEW);
    await trace.started();
    assert.notDeepEqual(bpfDescriptors(server.child.pid ?? 0), []);
    execFileSync("touch", [flag]);
    const error = (await trace.done) as ServiceError;
    assert.equal(status[error.code], "UNAVAILABLE", `${error.details} ${server.err}`);
    assert.equal(error.details, "the collector failed: internal error");
    assert.match(server.err, /the collector broke down/);
    assert.deepEqual(bpfDescriptors(server.child.pid ?? 0), [], "programs of a collector that is gone");
    await assertTraces({ client, server });
    await assertAlive({ client, server });
  },
);

/** Makes the worker thread throw once, as soon as a file is there. */
function crashWhenAsked(flag: string): string {
  return `
const { isMainThread } = require("node:worker_threads");
const { rmSync, existsSync } = require("node:fs");
if (!isMainThread) setInterval(() => {
  if (!existsSync(${JSON.stringify(flag)})) return;
  rmSync(${JSON.stringify(flag)});
  throw new Error("crash");
}, 20).unref();
`;
}
