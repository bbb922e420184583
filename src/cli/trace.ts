/** The command `trace`: follows packets until a limit, Ctrl-C or the server ends it. */

import { printable } from "../client/printable.js";
import {
  type TraceEnded,
  TraceEndReason,
  type TraceRequest,
  type TraceServiceClient,
} from "../gen/ipftrace/v1/trace_service.js";
import type { WarmCollector } from "../service/warm-collector.js";
import { accountLines, overheadLine } from "./account.js";
import { conditionsAsWritten } from "./conflicts.js";
import { FAILURE_STATUS, failUsage } from "./exit.js";
import { follow, NOT_ENDING } from "./follow.js";
import { INTERRUPTED_STATUS, type Interrupts, watchInterrupts } from "./interrupts.js";
import type { Io } from "./io.js";
import { createWriter, READER_GONE } from "./output.js";
import type { ParsedOptions } from "./parse.js";
import { withServer } from "./reach.js";
import { attachRequest } from "./request.js";
import { resolveRequest } from "./request-source.js";
import { detach } from "./session.js";
import { createView } from "./view.js";

/**
 * How long open journeys and the account may take to arrive after Ctrl-C: the kernel may need half
 * a minute to take 2,000 kprobes away, one RCU grace period each. Another Ctrl-C does not wait.
 */
const STOP_TIMEOUT_MS = 120_000;

/** What a trace need not be given. */
interface TraceParts {
  /** Started ahead, for a server in this process. */
  readonly collector?: WarmCollector | undefined;
  readonly stopTimeoutMs?: number;
}

/**
 * Runs a trace. Exit status: 0 when it ended as asked (limit, Ctrl-C, reader of the output
 * gone), 1 when it ended otherwise, 2 when the manifest does not exist, 130 when it was
 * interrupted before it began. Throws what `follow` and `connect` throw.
 */
export async function trace(options: ParsedOptions, io: Io, parts: TraceParts = {}): Promise<number> {
  const { values } = options;
  const request =
    values.attach === undefined
      ? resolveRequest(options.operand ?? "", values, io)
      : { value: attachRequest(values.attach, values, Date.now()) };
  if ("error" in request) return failUsage(io, request.error);
  if (values.detach !== undefined) return detach(values.detach, request.value, values, io);
  const interrupts = watchInterrupts(io);
  try {
    return await runTrace(options, request.value, io, interrupts, parts);
  } catch (error) {
    if (error === READER_GONE) return 0;
    if (error !== NOT_ENDING) throw error;
    io.err.write("the server did not end the trace in time; its account is not known\n");
    return FAILURE_STATUS;
  } finally {
    interrupts.dispose();
  }
}

async function runTrace(
  options: ParsedOptions,
  request: TraceRequest,
  io: Io,
  { stop }: Interrupts,
  { collector, stopTimeoutMs = STOP_TIMEOUT_MS }: TraceParts,
): Promise<number> {
  const giveUp = new AbortController();
  const view = createView(options.values, io, createWriter(io.out, giveUp));
  const run = async (client: TraceServiceClient): Promise<number> => {
    const ended = await follow(client, request, view, { stop, giveUp, stopTimeoutMs });
    if (ended === undefined) return INTERRUPTED_STATUS;
    reportEnd(ended, options, io);
    return endedAsAsked(ended) ? 0 : FAILURE_STATUS;
  };
  return withServer(options.values, run, collector);
}

const asAsked: readonly TraceEndReason[] = [
  TraceEndReason.TRACE_END_REASON_LIMIT,
  TraceEndReason.TRACE_END_REASON_STOPPED,
  TraceEndReason.TRACE_END_REASON_END_OF_HISTORY,
];

function endedAsAsked({ reason }: TraceEnded): boolean {
  return asAsked.includes(reason);
}

/** Why a trace ended that was not asked to. */
const endings: Partial<Record<TraceEndReason, string>> = {
  [TraceEndReason.TRACE_END_REASON_DRAINING]: "the server is stopping",
  [TraceEndReason.TRACE_END_REASON_FAILED]: "the collector failed",
  [TraceEndReason.TRACE_END_REASON_OVER_BUDGET]: "the trace cost this node too much, and the server ended it",
  [TraceEndReason.TRACE_END_REASON_SESSION_DELETED]: "the session was deleted",
  [TraceEndReason.TRACE_END_REASON_OVERFLOW]: "this output was too slow, and the server ended the trace",
};

function reportEnd(ended: TraceEnded, { values, given }: ParsedOptions, io: Io): void {
  const { reason, detail, account, overhead } = ended;
  const why = endings[reason] ?? "the server ended the trace";
  const lines = endedAsAsked(ended) ? [] : [`ipftrace: ${why}${detail && `: ${detail}`}`];
  if (account !== undefined && !values.quiet) lines.push(...accountLines(account, conditionsAsWritten(values, given)));
  if (overhead !== undefined && !values.quiet) lines.push(overheadLine(overhead));
  io.err.write(lines.map((line) => `${printable(line)}\n`).join(""));
}
