/** What is said on standard error while a trace begins and runs: pure, one string a line. */

import { enumName } from "../client/enum-name.js";
import { printable } from "../client/printable.js";
import { type Loss, LossStage, type StageLoss } from "../gen/ipftrace/v1/loss.js";
import { FunctionState, type TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import { type BackendSupport, backendToJSON } from "../gen/ipftrace/v1/node.js";
import type { AttachProgress, TraceStarted } from "../gen/ipftrace/v1/trace_service.js";
import { counted } from "./counted.js";

/** Functions left out that are named; the rest is a number. */
const MAX_NAMED = 10;

/** How far attaching has come. */
export function progressLine({ attached, total }: AttachProgress): string {
  return `attaching: ${attached} of ${counted(total, "function")}`;
}

/** What is traced and with what, what is not traced and why. */
export function startLines(started: TraceStarted): string[] {
  const { attachedFunctions, skippedFunctions, backend, passedOver } = started;
  const functions = counted(attachedFunctions, "function");
  const leftOut = skippedFunctions.length === 0 ? "" : ` (${leftOutSummary(skippedFunctions)})`;
  return [
    ...passedOver.map(passedOverLine),
    `tracing ${functions} with ${backendName(backend)}${leftOut}; Ctrl-C ends`,
    ...leftOutLines(skippedFunctions),
  ].map(printable);
}

function leftOutSummary(skipped: readonly TraceableFunction[]): string {
  const absent = skipped.every(({ state }) => state === FunctionState.FUNCTION_STATE_NOT_FOUND);
  return `${skipped.length} left out${absent ? ": not on this kernel" : ""}`;
}

/** One line for each reason: a kernel that lacks one function of a family lacks them all. */
function leftOutLines(skipped: readonly TraceableFunction[]): string[] {
  const namesByReason = new Map<string, string[]>();
  for (const { name, reason } of skipped) namesByReason.set(reason, [...(namesByReason.get(reason) ?? []), name]);
  return [...namesByReason].map(([reason, names]) => `  left out: ${someOf(names)}${reason && `: ${reason}`}`);
}

function someOf(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return more > 0 ? `${names.slice(0, MAX_NAMED).join(" ")} and ${more} more (see "ipftrace list")` : names.join(" ");
}

function passedOverLine({ backend, reason, remedy }: BackendSupport): string {
  return `not with ${backendName(backend)}: ${reason}${remedy && ` (${remedy})`}`;
}

function backendName(backend: BackendSupport["backend"]): string {
  return enumName(backendToJSON, backend, "BACKEND_").toLowerCase().replaceAll("_", "-");
}

/** What happened at a stage, and what the user can do about it. */
const stages: Readonly<Record<LossStage, string>> = {
  [LossStage.LOSS_STAGE_UNSPECIFIED]: "at an unknown stage",
  [LossStage.UNRECOGNIZED]: "at an unknown stage",
  [LossStage.LOSS_STAGE_RING]: "the kernel's buffer was full: larger --ring-bytes or a narrower filter help",
  [LossStage.LOSS_STAGE_TRACKING]: "too many packets at the same time: a narrower filter helps",
  [LossStage.LOSS_STAGE_DECODE]: "not decodable: please report this defect",
  [LossStage.LOSS_STAGE_ASSEMBLY]: "after their journey was closed: a longer --idle-timeout helps",
  [LossStage.LOSS_STAGE_QUEUE]: "this output was too slow: a faster reader or a narrower filter helps",
  [LossStage.LOSS_STAGE_PROBE_MISSED]: "skipped by the kernel, which runs no probe inside a probe",
  [LossStage.LOSS_STAGE_RATE_LIMIT]: "over the rate limit",
  [LossStage.LOSS_STAGE_SAMPLING]: "left out to spare this node's CPUs: a narrower filter or fewer functions help",
  [LossStage.LOSS_STAGE_HISTORY]: "the session's history forgot them unread: a larger one or a faster reader helps",
};

/** What was lost since the last report. */
export function lossLine({ stages: losses }: Loss): string {
  return `lost ${losses.map(stageText).join("; ")}`;
}

function stageText({ stage, lostEvents }: StageLoss): string {
  return `${counted(lostEvents, "event")} (${stages[stage]})`;
}
