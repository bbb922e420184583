/** Connections that break. */
import { LossStage } from "../../../src/gen/ipftrace/v1/loss.js";
import { TraceEndReason } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { batch, ended, flow, functionTable, hop, journey, type Said, started, stream } from "./build.js";
import type { ReconnectCase } from "./case.js";

const ping = flow(1, "10.0.1.10", "10.0.1.11", { icmp: { type: 8, code: 0 } });
const ofSession = started({ sessionName: "night", traceId: 0n, functions: functionTable("ip_rcv", "ip_output") });

function seen(id: bigint, functionId: number): Said {
  return batch(journey(id, { startTimeNs: id, flow: ping, hops: [hop(0n, functionId)] }));
}

const forgotten = {
  stage: LossStage.LOSS_STAGE_HISTORY,
  lostEvents: 4n,
  totalLostEvents: 4n,
  firstTimeNs: 1n,
  lastTimeNs: 3n,
  totalCutJourneys: 0n,
} as const;
const deleted = ended({ reason: TraceEndReason.TRACE_END_REASON_SESSION_DELETED });

/** What clients do when the server is gone for a moment. */
export const reconnectCases: ReconnectCase[] = [
  {
    name: "session-goes-on",
    about: "A session is read on with the token of the last message that came; names are told anew.",
    sessionName: "night",
    streams: [
      {
        messages: stream([ofSession, seen(1n, 1), seen(2n, 2)], ["t1", "t2", "t3"]),
        status: "UNAVAILABLE",
        resumeToken: "",
      },
      { messages: stream([ofSession, seen(3n, 1)], ["t4", "t5"]), status: "UNAVAILABLE", resumeToken: "t3" },
      { messages: stream([ofSession, deleted], ["t6", "t7"]), status: "OK", resumeToken: "t5" },
    ],
  },
  {
    name: "session-gap",
    about: "What the history forgot between two connections is told as a loss.",
    sessionName: "night",
    streams: [
      { messages: stream([ofSession, seen(1n, 1)], ["t1", "t2"]), status: "UNAVAILABLE", resumeToken: "" },
      {
        messages: stream(
          [ofSession, { $case: "loss", value: { stages: [forgotten] } }, seen(6n, 1), deleted],
          ["t8", "t8", "t9", "t9"],
        ),
        status: "OK",
        resumeToken: "t2",
      },
    ],
  },
  {
    name: "session-before-the-first-message",
    about:
      "A connection that breaks before anything came is made again with the request as it was, and is no resumption.",
    sessionName: "night",
    streams: [
      { messages: [], status: "UNAVAILABLE", resumeToken: "" },
      { messages: stream([ofSession, seen(1n, 2), deleted], ["t1", "t2", "t3"]), status: "OK", resumeToken: "" },
    ],
  },
  {
    name: "session-gone",
    about: "A session that is gone after a break is an error of the call, with its status.",
    sessionName: "night",
    streams: [
      { messages: stream([ofSession, seen(1n, 1)], ["t1", "t2"]), status: "UNAVAILABLE", resumeToken: "" },
      { messages: [], status: "NOT_FOUND", resumeToken: "t2" },
    ],
  },
  {
    name: "trace-again",
    about: "A trace of the client's own begins anew: another trace, in which the same ids are other functions.",
    sessionName: "",
    streams: [
      {
        messages: stream([started({ functions: functionTable("ip_rcv", "ip_output") }), seen(1n, 1)]),
        status: "UNAVAILABLE",
        resumeToken: "",
      },
      {
        messages: stream([
          started({ traceId: 2n, functions: functionTable("ip_output", "ip_rcv") }),
          seen(1n, 1),
          ended(),
        ]),
        status: "OK",
        resumeToken: "",
      },
    ],
  },
  {
    name: "trace-drained",
    about: "A server that stops says so; the trace is begun anew at the one that follows.",
    sessionName: "",
    streams: [
      {
        messages: stream([started(), ended({ reason: TraceEndReason.TRACE_END_REASON_DRAINING })]),
        status: "UNAVAILABLE",
        resumeToken: "",
      },
      { messages: stream([started({ traceId: 2n }), ended()]), status: "OK", resumeToken: "" },
    ],
  },
  {
    name: "trace-without-an-end",
    about: "A call that ends with OK and no TraceEnded is a broken one, too.",
    sessionName: "",
    streams: [
      { messages: stream([started()]), status: "OK", resumeToken: "" },
      { messages: stream([started({ traceId: 2n }), ended()]), status: "OK", resumeToken: "" },
    ],
  },
];
