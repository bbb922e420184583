/** Where events of a trace were lost. */
import { LossStage, type StageLoss } from "../../../src/gen/ipftrace/v1/loss.js";
import type { Seen } from "./seen.js";

/** Events lost at one stage. */
export function lostAt({ account }: Seen, stage: LossStage): number {
  return Number(account.lost.find((one) => one.stage === stage)?.totalLostEvents ?? 0n);
}

/**
 * Stages that lost events, but for these and for probes that the kernel skipped: an interrupt may
 * come while a probe's program runs, and then those that it hits on that CPU are not run.
 */
export function lostElsewhere({ account }: Seen, ...stages: readonly LossStage[]): StageLoss[] {
  const known = [LossStage.LOSS_STAGE_PROBE_MISSED, ...stages];
  return account.lost.filter(({ stage, totalLostEvents }) => totalLostEvents > 0n && !known.includes(stage));
}
