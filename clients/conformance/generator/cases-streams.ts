/** The course of a stream: progress, losses, heartbeats, ends, sessions. */
import { Completeness, EndReason } from "../../../src/gen/ipftrace/v1/journey.js";
import { LossStage, type StageLoss } from "../../../src/gen/ipftrace/v1/loss.js";
import { FunctionState } from "../../../src/gen/ipftrace/v1/manifest.js";
import { Backend } from "../../../src/gen/ipftrace/v1/node.js";
import { TraceEndReason } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { account, batch, ended, flow, hop, journey, type Said, started, stream } from "./build.js";
import type { Case } from "./case.js";

const ping = flow(1, "10.0.1.10", "10.0.1.11", { icmp: { type: 8, code: 0 } });
const known = Object.values(LossStage).filter((stage) => stage >= 0);

function lost(stage: LossStage, lostEvents: bigint): StageLoss {
  return {
    stage,
    lostEvents,
    totalLostEvents: lostEvents * 2n,
    firstTimeNs: 1_000n,
    lastTimeNs: 2_000n,
    totalCutJourneys: stage === LossStage.LOSS_STAGE_TRACKING ? 2n : 0n,
  };
}

const loss: Case = {
  name: "loss",
  about: "Losses at every stage between journeys, a journey that lost hops, heartbeats and the account.",
  messages: stream([
    started(),
    batch(journey(1n, { startTimeNs: 5n, flow: ping, hops: [hop(0n, "ip_rcv")] })),
    { $case: "loss", value: { stages: [lost(LossStage.LOSS_STAGE_QUEUE, 12n)] } },
    batch(
      journey(4n, {
        startTimeNs: 9n,
        endReason: EndReason.END_REASON_CONSUMED,
        completeness: Completeness.COMPLETENESS_HOPS_LOST,
        lostHops: 2,
        hops: [hop(0n, "ip_local_deliver")],
      }),
    ),
    { $case: "loss", value: { stages: known.map((stage, index) => lost(stage, BigInt(index + 1))) } },
    {
      $case: "heartbeat",
      value: {
        monotonicNs: 6_000_000_000n,
        account: account({ seenEvents: 20n, filteredEvents: 2n, lost: [lost(LossStage.LOSS_STAGE_QUEUE, 12n)] }),
        overhead: { runTimeNs: 12_000_000n, runCount: 4000n, cpuPercent: 1.25, maxCpuPercent: 10, followedOneIn: 2 },
      },
    },
    ended({
      reason: TraceEndReason.TRACE_END_REASON_STOPPED,
      overhead: { runTimeNs: 2n ** 64n - 1n, runCount: 0n, cpuPercent: 0, maxCpuPercent: 0, followedOneIn: 0 },
      account: account({
        seenEvents: 100n,
        filteredEvents: 40n,
        deliveredEvents: 3n,
        matchedPackets: 9n,
        deliveredJourneys: 2n,
        deliveredHops: 2n,
        lost: [lost(LossStage.LOSS_STAGE_RING, 33n), lost(LossStage.LOSS_STAGE_QUEUE, 24n)],
      }),
    }),
  ]),
};

const states = Object.values(FunctionState).filter((state) => state >= 0);
const setUp: Case = {
  name: "set-up",
  about: "Progress before the start, functions that are left out and why, and an end with words.",
  messages: stream([
    { $case: "attachProgress", value: { attached: 0, total: 1000 } },
    { $case: "attachProgress", value: { attached: 999, total: 1000 } },
    started({
      backend: Backend.BACKEND_KPROBE_MULTI,
      attachedFunctions: 996,
      skippedFunctions: states.map((state, index) => ({
        name: `function_${index}`,
        group: "ipv4",
        module: "vmlinux",
        skbPosition: 1,
        egress: false,
        state,
        reason: state === FunctionState.FUNCTION_STATE_NOT_FOUND ? "this kernel has no such function" : "",
      })),
    }),
    ended({ reason: TraceEndReason.TRACE_END_REASON_FAILED, detail: "the collector's thread ended: out of memory" }),
  ]),
};

const session: Case = {
  name: "session",
  about: "A stream that reads a session, whose history forgot something, to the end of the history.",
  messages: stream(
    [
      started({ sessionName: "night", traceId: 0n }),
      { $case: "loss", value: { stages: [lost(LossStage.LOSS_STAGE_HISTORY, 5n)] } },
      batch(journey(7n, { startTimeNs: 5n, flow: ping, hops: [hop(0n, "ip_rcv")] })),
      ended({ reason: TraceEndReason.TRACE_END_REASON_END_OF_HISTORY }),
    ],
    ["t1", "t2", "t3", "t4"],
  ),
};

const ends: Case[] = Object.entries(TraceEndReason)
  .filter(([, reason]) => reason >= 0)
  .map(([name, reason]) => {
    const word = name.replace("TRACE_END_REASON_", "");
    const said: Said[] = [started(), ended({ reason, detail: reason === 0 ? "" : `because of ${word}` })];
    return {
      name: `end-${word.toLowerCase().replaceAll("_", "-")}`,
      about: `A trace that ends with ${name}.`,
      messages: stream(said),
    };
  });

/** What clients say of a stream. */
export const streamCases: Case[] = [loss, setUp, session, ...ends];
