/**
 * Counts the journeys of a trace, and what was lost. A second argument waits so many milliseconds after each; a third
 * is a session, of which to count what its history has.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "ipftrace-client";

const [address = "unix:/run/ipftrace/ipftraced.sock", delay = "0", session] = process.argv.slice(2);
let delayMs = Number(delay);
using client = await connect(address);
const history = { start: { $case: "oldest", value: true }, historyOnly: true } as const;
const stream = client.trace(session ? { session, ...history } : { options: { queueBytes: 65_536n } });
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    delayMs = 0;
    stream.stop();
  });
}

let [journeys, hops, lostEvents, startMs] = [0, 0, 0n, 0];
for await (const event of stream) {
  if (event.type === "started") {
    startMs = performance.now();
    process.stdout.write("Trace ready!\n");
  } else if (event.type === "journey") {
    journeys++;
    hops += event.journey.hops().filter((hop) => hop.function !== "").length;
    if (delayMs > 0) await sleep(delayMs);
  } else if (event.type === "loss") {
    for (const stage of event.loss.stages) lostEvents += stage.lostEvents;
  }
}
const seconds = (performance.now() - startMs) / 1000;
process.stdout.write(`${JSON.stringify({ journeys, hops, lostEvents: Number(lostEvents), seconds })}\n`);
