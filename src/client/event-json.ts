/**
 * Events as JSON, one object a line: journeys as `ipftrace -o jsonl` prints them, everything else with
 * the key `event`. clients/conformance/README.md describes the form for all languages.
 */
import { customKindToJSON } from "../gen/ipftrace/v1/custom.js";
import { type Account, lossStageToJSON, type StageLoss } from "../gen/ipftrace/v1/loss.js";
import { functionStateToJSON } from "../gen/ipftrace/v1/manifest.js";
import { backendToJSON, type Clock, type Node } from "../gen/ipftrace/v1/node.js";
import { type Overhead, type TraceStarted, traceEndReasonToJSON } from "../gen/ipftrace/v1/trace_service.js";
import { enumName } from "./enum-name.js";
import type { TraceEvent } from "./events.js";

/** One event as one line. */
export function renderEventJson(event: TraceEvent): string {
  return event.type === "journey" ? event.journey.json() : `${JSON.stringify(eventJson(event))}\n`;
}

function eventJson(event: Exclude<TraceEvent, { type: "journey" }>) {
  switch (event.type) {
    case "progress":
      return { event: event.type, attached: event.progress.attached, total: event.progress.total };
    case "started":
      return { event: event.type, resumed: event.resumed, ...startedJson(event.started) };
    case "loss":
      return { event: event.type, stages: event.loss.stages.map(stageJson) };
    case "heartbeat":
      return {
        event: event.type,
        monotonicNs: event.heartbeat.monotonicNs.toString(),
        account: event.heartbeat.account && accountJson(event.heartbeat.account),
        overhead: event.heartbeat.overhead && overheadJson(event.heartbeat.overhead),
      };
    case "ended":
      return {
        event: event.type,
        reason: enumName(traceEndReasonToJSON, event.ended.reason, "TRACE_END_REASON_"),
        detail: event.ended.detail,
        account: event.ended.account && accountJson(event.ended.account),
        overhead: event.ended.overhead && overheadJson(event.ended.overhead),
      };
  }
}

function startedJson(started: TraceStarted) {
  return {
    traceId: started.traceId.toString(),
    sessionName: started.sessionName,
    node: started.node && nodeJson(started.node),
    clock: started.clock && clockJson(started.clock),
    backend: enumName(backendToJSON, started.backend, "BACKEND_"),
    attachedFunctions: started.attachedFunctions,
    skippedFunctions: started.skippedFunctions.map(({ name, state, reason }) => {
      return { name, state: enumName(functionStateToJSON, state, "FUNCTION_STATE_"), reason };
    }),
    modules: started.schemas.map(({ name, fields }) => ({
      name,
      fields: fields.map((field) => {
        return { name: field.name, kind: enumName(customKindToJSON, field.kind, "CUSTOM_KIND_"), unit: field.unit };
      }),
    })),
  };
}

function nodeJson({ name, bootId, kernelRelease, architecture, version, epoch }: Node) {
  return { name, bootId, kernelRelease, architecture, version, epoch: epoch.toString() };
}

function clockJson({ monotonicNs, boottimeNs, realtimeNs }: Clock) {
  return {
    monotonicNs: monotonicNs.toString(),
    boottimeNs: boottimeNs.toString(),
    realtimeNs: realtimeNs.toString(),
  };
}

function accountJson(account: Account) {
  return {
    seenEvents: account.seenEvents.toString(),
    filteredEvents: account.filteredEvents.toString(),
    deliveredEvents: account.deliveredEvents.toString(),
    lost: account.lost.map(stageJson),
    matchedPackets: account.matchedPackets.toString(),
    deliveredJourneys: account.deliveredJourneys.toString(),
    deliveredHops: account.deliveredHops.toString(),
  };
}

function overheadJson({ runTimeNs, runCount, ...rest }: Overhead) {
  return { runTimeNs: runTimeNs.toString(), runCount: runCount.toString(), ...rest };
}

function stageJson(loss: StageLoss) {
  return {
    stage: enumName(lossStageToJSON, loss.stage, "LOSS_STAGE_"),
    lostEvents: loss.lostEvents.toString(),
    totalLostEvents: loss.totalLostEvents.toString(),
    firstTimeNs: loss.firstTimeNs.toString(),
    lastTimeNs: loss.lastTimeNs.toString(),
    totalCutJourneys: loss.totalCutJourneys.toString(),
  };
}
