package io.github.ipftrace;

import static io.github.ipftrace.Json.decimal;
import static io.github.ipftrace.Json.number;
import static io.github.ipftrace.Json.object;
import static io.github.ipftrace.Json.shortName;

import io.github.ipftrace.v1.Account;
import io.github.ipftrace.v1.AttachProgress;
import io.github.ipftrace.v1.Backend;
import io.github.ipftrace.v1.CustomKind;
import io.github.ipftrace.v1.CustomSchema;
import io.github.ipftrace.v1.FunctionState;
import io.github.ipftrace.v1.Heartbeat;
import io.github.ipftrace.v1.Loss;
import io.github.ipftrace.v1.LossStage;
import io.github.ipftrace.v1.Overhead;
import io.github.ipftrace.v1.StageLoss;
import io.github.ipftrace.v1.TraceEndReason;
import io.github.ipftrace.v1.TraceEnded;
import io.github.ipftrace.v1.TraceStarted;
import io.github.ipftrace.v1.TraceableFunction;
import java.util.List;
import java.util.Map;

/** Events other than journeys as lines of JSON. */
final class EventJson {
  private EventJson() {}

  static String started(TraceEvent.Started event) {
    var message = event.message();
    return Json.line(
        object(
            "event", "started",
            "resumed", event.resumed(),
            "traceId", decimal(message.getTraceId()),
            "sessionName", message.getSessionName(),
            "node", node(message),
            "clock", clock(message),
            "backend", shortName(Backend.getDescriptor(), message.getBackendValue(), "BACKEND_"),
            "attachedFunctions", number(message.getAttachedFunctions()),
            "skippedFunctions",
                message.getSkippedFunctionsList().stream().map(EventJson::skipped).toList(),
            "modules", message.getSchemasList().stream().map(EventJson::module).toList()));
  }

  static String loss(Loss message) {
    return Json.line(object("event", "loss", "stages", stages(message.getStagesList())));
  }

  static String heartbeat(Heartbeat message) {
    return Json.line(
        object(
            "event",
            "heartbeat",
            "monotonicNs",
            decimal(message.getMonotonicNs()),
            "account",
            message.hasAccount() ? account(message.getAccount()) : null,
            "overhead",
            message.hasOverhead() ? overhead(message.getOverhead()) : null));
  }

  static String progress(AttachProgress message) {
    return Json.line(
        object(
            "event", "progress",
            "attached", number(message.getAttached()),
            "total", number(message.getTotal())));
  }

  static String ended(TraceEnded message) {
    return Json.line(
        object(
            "event",
            "ended",
            "reason",
            shortName(
                TraceEndReason.getDescriptor(), message.getReasonValue(), "TRACE_END_REASON_"),
            "detail",
            message.getDetail(),
            "account",
            message.hasAccount() ? account(message.getAccount()) : null,
            "overhead",
            message.hasOverhead() ? overhead(message.getOverhead()) : null));
  }

  private static Map<String, Object> node(TraceStarted message) {
    if (!message.hasNode()) return null;
    var node = message.getNode();
    return object(
        "name", node.getName(),
        "bootId", node.getBootId(),
        "kernelRelease", node.getKernelRelease(),
        "architecture", node.getArchitecture(),
        "version", node.getVersion(),
        "epoch", decimal(node.getEpoch()));
  }

  private static Map<String, Object> clock(TraceStarted message) {
    if (!message.hasClock()) return null;
    var clock = message.getClock();
    return object(
        "monotonicNs", decimal(clock.getMonotonicNs()),
        "boottimeNs", decimal(clock.getBoottimeNs()),
        "realtimeNs", decimal(clock.getRealtimeNs()));
  }

  private static Map<String, Object> skipped(TraceableFunction function) {
    return object(
        "name", function.getName(),
        "state",
            shortName(FunctionState.getDescriptor(), function.getStateValue(), "FUNCTION_STATE_"),
        "reason", function.getReason());
  }

  private static Map<String, Object> module(CustomSchema schema) {
    var fields =
        schema.getFieldsList().stream()
            .map(
                field ->
                    object(
                        "name", field.getName(),
                        "kind",
                            shortName(
                                CustomKind.getDescriptor(), field.getKindValue(), "CUSTOM_KIND_"),
                        "unit", field.getUnit()))
            .toList();
    return object("name", schema.getName(), "fields", fields);
  }

  private static Map<String, Object> account(Account account) {
    return object(
        "seenEvents", decimal(account.getSeenEvents()),
        "filteredEvents", decimal(account.getFilteredEvents()),
        "deliveredEvents", decimal(account.getDeliveredEvents()),
        "lost", stages(account.getLostList()),
        "matchedPackets", decimal(account.getMatchedPackets()),
        "deliveredJourneys", decimal(account.getDeliveredJourneys()),
        "deliveredHops", decimal(account.getDeliveredHops()));
  }

  private static Map<String, Object> overhead(Overhead overhead) {
    return object(
        "runTimeNs", decimal(overhead.getRunTimeNs()),
        "runCount", decimal(overhead.getRunCount()),
        "cpuPercent", overhead.getCpuPercent(),
        "maxCpuPercent", number(overhead.getMaxCpuPercent()),
        "followedOneIn", number(overhead.getFollowedOneIn()));
  }

  private static List<Map<String, Object>> stages(List<StageLoss> losses) {
    return losses.stream()
        .map(
            loss ->
                object(
                    "stage",
                        shortName(LossStage.getDescriptor(), loss.getStageValue(), "LOSS_STAGE_"),
                    "lostEvents", decimal(loss.getLostEvents()),
                    "totalLostEvents", decimal(loss.getTotalLostEvents()),
                    "firstTimeNs", decimal(loss.getFirstTimeNs()),
                    "lastTimeNs", decimal(loss.getLastTimeNs()),
                    "totalCutJourneys", decimal(loss.getTotalCutJourneys())))
        .toList();
  }
}
