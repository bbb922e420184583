/**
 * A client in a process of its own, that counts: subscribes to a trace, says on standard output when it has
 * begun (a line of JSON), and what came when it has ended, by SIGTERM or by the server.
 *
 *   node --import tsx test/bench/harness/receiver.ts TARGET OPTIONS SUBSCRIBERS
 *
 * OPTIONS is TraceOptions as JSON. Each subscriber has a connection of its own. Of each batch of the first one a
 * journey is decoded, for its age.
 */
import { credentials } from "@grpc/grpc-js";
import { PacketJourney } from "../../../src/gen/ipftrace/v1/journey.js";
import { TraceOptions, TraceServiceClient } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { LeanStream } from "../../helpers/lean-stream.js";

const [target = "", options = "{}", subscribers = "1"] = process.argv.slice(2);
/** Ages that are kept; more would be garbage, and as good as these. */
const MAX_AGES = 100_000;
/** Else connections of one process to one server are one. */
const own = { "grpc.use_local_subchannel_pool": 1 };

/** A packet that nobody sends: what comes is made by the load. */
const filter = { allow: [{ sourceIpv4: ["192.0.2.1"] }] };
const agesNs: number[] = [];

function keepAge(journey: Buffer): void {
  const { startTimeNs, durationNs } = PacketJourney.decode(journey);
  if (agesNs.length < MAX_AGES) agesNs.push(Number(process.hrtime.bigint() - startTimeNs - durationNs));
}

const all = Array.from({ length: Number(subscribers) }, (_, n) => {
  const client = new TraceServiceClient(target, credentials.createInsecure(), own);
  const request = { filter, options: TraceOptions.fromJSON(JSON.parse(options)) };
  return { client, stream: new LeanStream(client, request, n === 0 ? keepAge : undefined) };
});
const say = (what: object): boolean => process.stdout.write(`${JSON.stringify(what)}\n`);
const sum = (of: (stream: LeanStream) => number): number => all.reduce((total, { stream }) => total + of(stream), 0);

process.on("SIGTERM", () => {
  for (const { client, stream } of all) client.stopTrace({ traceId: stream.traceId }, () => {});
});
await Promise.all(all.map(({ stream }) => stream.started));
const { user, system } = process.cpuUsage();
say({ functions: all[0]?.stream.functions });
await Promise.all(all.map(({ stream }) => stream.ended));

agesNs.sort((a, b) => a - b);
const age = (share: number): number => (agesNs[Math.floor(agesNs.length * share)] ?? 0) / 1e6;
const cpu = process.cpuUsage();
const lostOf = ({ account }: LeanStream): number =>
  (account?.lost ?? []).reduce((total, { totalLostEvents }) => total + Number(totalLostEvents), 0);
say({
  ...{ journeys: sum(({ journeys }) => journeys), messages: sum(({ messages }) => messages) },
  ...{ seenEvents: sum(({ account }) => Number(account?.seenEvents ?? 0)), lostEvents: sum(lostOf) },
  wrong: all.map(({ stream }) => stream.wrong).find((wrong) => wrong !== undefined),
  ...{ p50Ms: age(0.5), p99Ms: age(0.99), cpuSeconds: (cpu.user + cpu.system - user - system) / 1e6 },
});
for (const { client } of all) client.close();
