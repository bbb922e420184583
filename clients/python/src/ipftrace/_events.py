"""The messages of a trace as events in which every number has its name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from ipftrace._enum import enum_name
from ipftrace._journey import Journey
from ipftrace._names import Names
from ipftrace.v1 import custom_pb2, loss_pb2, manifest_pb2, node_pb2, trace_service_pb2
from ipftrace.v1.trace_service_pb2 import TraceResponse


@dataclass(frozen=True, slots=True)
class Started:
    """The trace runs.

    One that is not the first of its stream says that the connection was made again; ``resumed`` then tells whether
    the stream goes on where it was.
    """

    message: trace_service_pb2.TraceStarted
    resumed: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """The trace is being set up."""

    message: trace_service_pb2.AttachProgress


@dataclass(frozen=True, slots=True)
class Loss:
    """Something was lost."""

    message: loss_pb2.Loss


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing happened, and the stream is alive."""

    message: trace_service_pb2.Heartbeat


@dataclass(frozen=True, slots=True)
class Ended:
    """The trace is over."""

    message: trace_service_pb2.TraceEnded


TraceEvent: TypeAlias = Started | Progress | Journey | Loss | Heartbeat | Ended
"""What a trace tells."""


class EventReader:
    """Reads the messages of one stream, in their order."""

    def __init__(self, *, resumed: bool = False) -> None:
        """``resumed``: this stream goes on where another one ended."""
        self._names = Names()
        self._resumed = resumed

    def read(self, response: TraceResponse) -> Iterator[TraceEvent]:
        """What one message tells; nothing for a message of a later version of the contract."""
        match response.WhichOneof("event"):
            case "batch":
                for journey in response.batch.journeys:
                    yield Journey(journey, self._names)
            case "dictionary":
                self._names = self._names.having(response.dictionary)
            case "started":
                self._names = Names.of(response.started)
                yield Started(response.started, self._resumed)
            case "attach_progress":
                yield Progress(response.attach_progress)
            case "loss":
                yield Loss(response.loss)
            case "heartbeat":
                yield Heartbeat(response.heartbeat)
            case "ended":
                yield Ended(response.ended)


def event_json(event: TraceEvent) -> dict[str, Any]:
    """An event as JSON: a journey as the command line writes it, anything else with the key ``event``."""
    match event:
        case Journey():
            return event.to_json()
        case Progress(message):
            return {"event": "progress", "attached": message.attached, "total": message.total}
        case Started(started, resumed):
            return {"event": "started", "resumed": resumed, **_started_json(started)}
        case Loss(loss):
            return {"event": "loss", "stages": [_stage_json(stage) for stage in loss.stages]}
        case Heartbeat(heartbeat):
            return {"event": "heartbeat", "monotonicNs": str(heartbeat.monotonic_ns), **_costs_json(heartbeat)}
        case Ended(ended):
            reason = enum_name(trace_service_pb2.TraceEndReason.DESCRIPTOR, ended.reason, "TRACE_END_REASON_")
            return {"event": "ended", "reason": reason, "detail": ended.detail, **_costs_json(ended)}


def _started_json(started: trace_service_pb2.TraceStarted) -> dict[str, Any]:
    node = {"node": _node_json(started.node)} if started.HasField("node") else {}
    clock = {"clock": _clock_json(started.clock)} if started.HasField("clock") else {}
    return {
        "traceId": str(started.trace_id),
        "sessionName": started.session_name,
        **node,
        **clock,
        "backend": enum_name(node_pb2.Backend.DESCRIPTOR, started.backend, "BACKEND_"),
        "attachedFunctions": started.attached_functions,
        "skippedFunctions": [
            {
                "name": one.name,
                "state": enum_name(manifest_pb2.FunctionState.DESCRIPTOR, one.state, "FUNCTION_STATE_"),
                "reason": one.reason,
            }
            for one in started.skipped_functions
        ],
        "modules": [
            {
                "name": schema.name,
                "fields": [
                    {
                        "name": field.name,
                        "kind": enum_name(custom_pb2.CustomKind.DESCRIPTOR, field.kind, "CUSTOM_KIND_"),
                        "unit": field.unit,
                    }
                    for field in schema.fields
                ],
            }
            for schema in started.schemas
        ],
    }


def _node_json(node: node_pb2.Node) -> dict[str, str]:
    return {
        "name": node.name,
        "bootId": node.boot_id,
        "kernelRelease": node.kernel_release,
        "architecture": node.architecture,
        "version": node.version,
        "epoch": str(node.epoch),
    }


def _clock_json(clock: node_pb2.Clock) -> dict[str, str]:
    return {
        "monotonicNs": str(clock.monotonic_ns),
        "boottimeNs": str(clock.boottime_ns),
        "realtimeNs": str(clock.realtime_ns),
    }


def _costs_json(message: trace_service_pb2.Heartbeat | trace_service_pb2.TraceEnded) -> dict[str, Any]:
    account = {"account": _account_json(message.account)} if message.HasField("account") else {}
    overhead = {"overhead": _overhead_json(message.overhead)} if message.HasField("overhead") else {}
    return {**account, **overhead}


def _overhead_json(overhead: trace_service_pb2.Overhead) -> dict[str, Any]:
    return {
        "runTimeNs": str(overhead.run_time_ns),
        "runCount": str(overhead.run_count),
        "cpuPercent": overhead.cpu_percent,
        "maxCpuPercent": overhead.max_cpu_percent,
        "followedOneIn": overhead.followed_one_in,
    }


def _account_json(account: loss_pb2.Account) -> dict[str, Any]:
    return {
        "seenEvents": str(account.seen_events),
        "filteredEvents": str(account.filtered_events),
        "deliveredEvents": str(account.delivered_events),
        "lost": [_stage_json(stage) for stage in account.lost],
        "matchedPackets": str(account.matched_packets),
        "deliveredJourneys": str(account.delivered_journeys),
        "deliveredHops": str(account.delivered_hops),
    }


def _stage_json(loss: loss_pb2.StageLoss) -> dict[str, str]:
    return {
        "stage": enum_name(loss_pb2.LossStage.DESCRIPTOR, loss.stage, "LOSS_STAGE_"),
        "lostEvents": str(loss.lost_events),
        "totalLostEvents": str(loss.total_lost_events),
        "firstTimeNs": str(loss.first_time_ns),
        "lastTimeNs": str(loss.last_time_ns),
        "totalCutJourneys": str(loss.total_cut_journeys),
    }
