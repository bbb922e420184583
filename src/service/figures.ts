/** The server in numbers, for its metrics. */
import { type LossStage, lossStageToJSON } from "../gen/ipftrace/v1/loss.js";
import type { Figures } from "../metrics/sources.js";
import type { ServerHealth } from "./health.js";
import type { Listeners } from "./listeners.js";
import type { Parts } from "./methods.js";

const STAGE_PREFIX = "LOSS_STAGE_";

/** What there is to tell as of now. */
export function figuresOf(
  { collector, sessions, traces }: Parts,
  health: ServerHealth | undefined,
  listeners: Pick<Listeners, "notAfterMs">,
): Figures {
  const notAfterMs = listeners.notAfterMs();
  const { totals, open, queuedBytes } = traces.sum;
  return {
    traces: collector.openTraces,
    subscribers: open,
    sessions: sessions.list().length,
    queuedBytes,
    sentBatches: totals.batches,
    sentBytes: totals.bytes,
    events: { ...totals, lost: new Map([...totals.lost].map(([stage, lost]) => [stageName(stage), lost])) },
    programRuns: collector.cost.runs,
    programRunNs: collector.cost.runTimeNs,
    isServing: health?.isServing ?? true,
    collectorUtilization: collector.utilization(),
    certificateExpiryS: notAfterMs === undefined ? undefined : notAfterMs / 1000,
  };
}

/** LOSS_STAGE_PROBE_MISSED as `probe_missed`. */
function stageName(stage: LossStage): string {
  return lossStageToJSON(stage).replace(STAGE_PREFIX, "").toLowerCase();
}
