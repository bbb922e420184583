/**
 * A server that is killed at any moment takes everything with it, and the next one starts. IPFTRACE_HARDENING=long
 * kills 50, CI 12: each takes about a second.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import type { TraceServiceClient } from "../../src/gen/ipftrace/v1/trace_service.js";
import { assertNothingLeft, kernelState } from "../helpers/kernel-state.js";
import { ipftrace, type Running } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { accountSum, clientOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const ROUNDS = process.env["IPFTRACE_HARDENING"] === "long" ? 50 : 12;
/** More than each of them takes. */
const START_MS = 500;
const ATTACH_MS = 300;
const TRACE_MS = 200;
const DETACH_MS = 100;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const upTo = (ms: number) => pause(Math.random() * ms);

/** A server that is about to be killed. */
interface Victim {
  readonly server: Running;
  readonly client: TraceServiceClient;
  readonly lab: NamespaceLab;
}

/** What is done until the moment comes; a trace that was begun. */
type Phase = (victim: Victim) => Promise<Traced | undefined>;

const serving = ({ server }: Victim) => server.until(() => server.err.includes('"msg":"serving"'), "server");
const request = { options: { ringBytes: 1024n * 1024n } };

const phases: Readonly<Record<string, Phase>> = {
  starts: async () => {
    await upTo(START_MS);
    return undefined;
  },
  attaches: async (victim) => {
    await serving(victim);
    const trace = new Traced(victim.client, request);
    await upTo(ATTACH_MS);
    return trace;
  },
  traces: async (victim) => {
    await serving(victim);
    const before = kernelState();
    const trace = new Traced(victim.client, request);
    await trace.started();
    assert.ok(
      kernelState().size > before.size,
      "a trace that runs is not seen: the test would see nothing that is left",
    );
    void ping(victim.lab).catch(() => {});
    await upTo(TRACE_MS);
    return trace;
  },
  detaches: async (victim) => {
    await serving(victim);
    const trace = new Traced(victim.client, request);
    await trace.started();
    await ping(victim.lab);
    void trace.stop().catch(() => {});
    await upTo(DETACH_MS);
    return trace;
  },
};

const ping = (lab: NamespaceLab) => lab.run("left", ["ping", "-f", "-q", "-c", "200", labAddresses.right.ipv4]);

async function killWhile(context: TestContext, name: string, phase: Phase, at: { target: string; lab: NamespaceLab }) {
  const before = kernelState();
  const server = ipftrace(context, ["serve", "--listen", at.target]);
  const client = clientOf(at.target);
  const trace = await phase({ server, client, lab: at.lab });
  assert.equal(await server.end("SIGKILL"), "SIGKILL");
  // However it ended, the client is told.
  await trace?.done;
  client.close();
  await assertNothingLeft(before, `a server that was killed while it ${name}`);
}

kernelTest(
  `a server killed ${ROUNDS} times leaves nothing behind, and the next one works`,
  whyNotHere,
  async (context) => {
    const lab = await NamespaceLab.create();
    context.after(() => lab.remove());
    const at = { target: `unix:${join(temporaryFolder(context), "s")}`, lab };
    const names = Object.keys(phases);
    for (let round = 0; round < ROUNDS; round++) {
      const name = names[round % names.length] as string;
      await killWhile(context, name, phases[name] as Phase, at);
    }

    const server = ipftrace(context, ["serve", "--listen", at.target]);
    await serving({ server, client: clientOf(at.target), lab });
    const client = clientOf(at.target);
    context.after(() => client.close());
    const trace = new Traced(client, {});
    await trace.started();
    await ping(lab);
    await trace.until(() => trace.journeys.length > 100);
    const account = await trace.stop();
    assert.equal(account.seenEvents, accountSum(account));
    assert.equal(await server.end("SIGTERM"), 0);
  },
);
