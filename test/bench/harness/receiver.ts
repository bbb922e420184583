/**
 * A client in a process of its own, that counts: subscribes to a trace, says on standard output when it has
 * begun (a line of JSON), and what came when it has ended, by SIGTERM or by the server.
 *
 *   node --import tsx test/bench/harness/receiver.ts TARGET OPTIONS
 *
 * OPTIONS is TraceOptions as JSON. Of each batch one journey is decoded, for its age.
 */
import { credentials } from "@grpc/grpc-js";
import { PacketJourney } from "../../../src/gen/ipftrace/v1/journey.js";
import { TraceOptions, TraceServiceClient } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { LeanStream } from "../../helpers/lean-stream.js";

const [target = "", options = "{}"] = process.argv.slice(2);
/** Ages that are kept; more would be garbage, and as good as these. */
const MAX_AGES = 100_000;

/** A packet that nobody sends: what comes is made by the load. */
const filter = { allow: [{ sourceIpv4: ["192.0.2.1"] }] };
const client = new TraceServiceClient(target, credentials.createInsecure());
const agesNs: number[] = [];

const stream = new LeanStream(client, { filter, options: TraceOptions.fromJSON(JSON.parse(options)) }, (journey) => {
  const { startTimeNs, durationNs } = PacketJourney.decode(journey);
  if (agesNs.length < MAX_AGES) agesNs.push(Number(process.hrtime.bigint() - startTimeNs - durationNs));
});
const say = (what: object): boolean => process.stdout.write(`${JSON.stringify(what)}\n`);

process.on("SIGTERM", () => client.stopTrace({ traceId: stream.traceId }, () => {}));
await stream.started;
say({ functions: stream.functions });
await stream.ended;

agesNs.sort((a, b) => a - b);
const age = (share: number): number => (agesNs[Math.floor(agesNs.length * share)] ?? 0) / 1e6;
const { account, journeys, messages, wrong } = stream;
const lostEvents = (account?.lost ?? []).map(({ totalLostEvents }) => Number(totalLostEvents));
const { user, system } = process.cpuUsage();
say({
  ...{ journeys, messages, seenEvents: Number(account?.seenEvents ?? 0), wrong },
  lostEvents: lostEvents.reduce((sum, one) => sum + one, 0),
  ...{ p50Ms: age(0.5), p99Ms: age(0.99), cpuSeconds: (user + system) / 1e6 },
});
client.close();
