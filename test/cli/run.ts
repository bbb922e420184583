import type { TestContext } from "node:test";
import { dispatch } from "../../src/cli/dispatch.js";
import { captureIo } from "./capture.js";
import { type Behaviour, startFake } from "./fake-server.js";

/** The account of a trace of two packets. */
export const account = {
  seenEvents: 100n,
  filteredEvents: 91n,
  matchedPackets: 2n,
  deliveredJourneys: 2n,
  deliveredHops: 9n,
};

/** Starts a fake server for one test, and gives its address. */
export async function serverFor(context: TestContext, behaviour: Behaviour): Promise<string> {
  const server = await startFake(behaviour);
  context.after(() => server.stop());
  return server.target;
}

/** Runs ipftrace against a fake server. */
export async function run(context: TestContext, behaviour: Behaviour, words: string[], io = captureIo()) {
  const target = await serverFor(context, behaviour);
  const exitStatus = await dispatch([...words, "--server", target], io);
  return { exitStatus, out: io.outText(), err: io.errText() };
}
