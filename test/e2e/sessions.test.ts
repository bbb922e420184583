import assert from "node:assert/strict";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import {
  CreateSessionRequest,
  type DeleteSessionResponse,
  type FlushSessionResponse,
  SessionServiceClient,
} from "../../src/gen/ipftrace/v1/session_service.js";
import { TraceEndReason, TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { DATAGRAMS, sendAndDrop } from "../helpers/datagrams.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const PORT = 6795;
const IDLE_TIMEOUT_MS = 700;

function ask<T>(call: (done: (error: ServiceError | null, answer: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}

kernelTest("a session outlives its clients: flushed, read, resumed, deleted", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  const sessions = new SessionServiceClient(client.getChannel().getTarget(), credentials.createInsecure());
  context.after(() => sessions.close());
  const filter = filterOf({ sourceIpv4: [labAddresses.left.ipv4], destinationPorts: [PORT] });
  const trace = TraceRequest.fromPartial({ filter, options: { idleTimeoutMs: IDLE_TIMEOUT_MS } });
  const request = CreateSessionRequest.fromPartial({ name: "udp", trace });
  await ask((done) => sessions.createSession(request, done));
  const flush = () =>
    ask<FlushSessionResponse>((done) => sessions.flushSession({ name: "udp", timeoutMs: 30_000 }, done));
  const read = async (start: NonNullable<TraceRequest["session"]>["start"]): Promise<Traced> => {
    const traced = new Traced(client, { session: { sessionName: "udp", start, historyOnly: true } });
    await traced.done;
    assert.equal(traced.account.seenEvents, accountSum(traced.account));
    return traced;
  };

  // What is sent to a neighbour that is not known yet waits, and is another packet when it is sent.
  await lab.run("left", ["ping", "-q", "-c", "1", labAddresses.right.ipv4]);
  // Open when the flush begins: it waits for the idle timeout, and no longer than that is needed.
  await sendAndDrop(lab, PORT, async () => {
    await flush();
    const flushed = await read({ $case: "oldest", value: true });
    assert.equal(flushed.journeys.length, DATAGRAMS);
  });
  // Their packets were followed no longer: the drop of each is a journey of its own.
  const live = new Traced(client, { session: { sessionName: "udp", start: { $case: "oldest", value: true } } });
  await live.until(() => live.journeys.length === 2 * DATAGRAMS);
  const { resumeToken } = await flush();
  await sendAndDrop(lab, PORT, async () => {});
  await flush();

  const rest = await read({ $case: "resumeToken", value: resumeToken });
  assert.equal(rest.journeys.length, DATAGRAMS);
  const everything = await read({ $case: "oldest", value: true });
  const ids = everything.journeys.map(({ journeyId }) => journeyId);
  assert.equal(new Set(ids).size, 3 * DATAGRAMS);
  assert.deepEqual(
    ids.slice(-DATAGRAMS),
    rest.journeys.map(({ journeyId }) => journeyId),
  );
  const last = await read({ $case: "lastJourneys", value: 3 });
  assert.deepEqual(
    last.journeys.map(({ journeyId }) => journeyId),
    ids.slice(-3),
  );

  const { session } = await ask<DeleteSessionResponse>((done) => sessions.deleteSession({ name: "udp" }, done));
  await live.done;
  assert.equal(live.events("ended")[0]?.reason, TraceEndReason.TRACE_END_REASON_SESSION_DELETED);
  assert.ok(session?.account !== undefined);
  assert.equal(session.account.seenEvents, accountSum(session.account));
  assert.equal(session.account.deliveredJourneys, BigInt(3 * DATAGRAMS));
  assert.equal(live.journeys.length, 3 * DATAGRAMS);
  assert.equal(live.account.seenEvents, accountSum(live.account));
});
