//! Events as JSON, in the form of clients/conformance/README.md.

use serde_json::{Value, json};

use crate::event::{Event, Started};
use crate::json::{enum_name, present};
use crate::v1::{
    Account, Backend, Clock, CustomKind, FunctionState, LossStage, Node, Overhead, StageLoss, TraceEndReason,
};

impl Event {
    /// One line of JSON without its line feed, as every client of ipftrace writes it: a journey as `ipftrace -o jsonl`
    /// prints it, everything else with the key `event`.
    pub fn json(&self) -> String {
        self.json_value().to_string()
    }

    fn json_value(&self) -> Value {
        match self {
            Event::AttachProgress(progress) => {
                json!({ "event": "progress", "attached": progress.attached, "total": progress.total })
            }
            Event::Started(started) => started_json(started),
            Event::Journey(journey) => journey.json_value(),
            Event::Loss(loss) => json!({ "event": "loss", "stages": stages_json(&loss.stages) }),
            Event::Heartbeat(heartbeat) => present(json!({
                "event": "heartbeat",
                "monotonicNs": heartbeat.monotonic_ns.to_string(),
                "account": heartbeat.account.as_ref().map(account_json),
                "overhead": heartbeat.overhead.as_ref().map(overhead_json),
            })),
            Event::Ended(ended) => present(json!({
                "event": "ended",
                "reason": enum_name(ended.reason, TraceEndReason::as_str_name, "TRACE_END_REASON_"),
                "detail": ended.detail,
                "account": ended.account.as_ref().map(account_json),
                "overhead": ended.overhead.as_ref().map(overhead_json),
            })),
        }
    }
}

fn started_json(Started { message, resumed }: &Started) -> Value {
    let skipped = message.skipped_functions.iter().map(|one| {
        let state = enum_name(one.state, FunctionState::as_str_name, "FUNCTION_STATE_");
        json!({ "name": one.name, "state": state, "reason": one.reason })
    });
    let modules = message.schemas.iter().map(|schema| {
        let fields = schema.fields.iter().map(|field| {
            let kind = enum_name(field.kind, CustomKind::as_str_name, "CUSTOM_KIND_");
            json!({ "name": field.name, "kind": kind, "unit": field.unit })
        });
        json!({ "name": schema.name, "fields": fields.collect::<Vec<_>>() })
    });
    present(json!({
        "event": "started",
        "resumed": resumed,
        "traceId": message.trace_id.to_string(),
        "sessionName": message.session_name,
        "node": message.node.as_ref().map(node_json),
        "clock": message.clock.as_ref().map(clock_json),
        "backend": enum_name(message.backend, Backend::as_str_name, "BACKEND_"),
        "attachedFunctions": message.attached_functions,
        "skippedFunctions": skipped.collect::<Vec<_>>(),
        "modules": modules.collect::<Vec<_>>(),
    }))
}

fn node_json(node: &Node) -> Value {
    json!({
        "name": node.name,
        "bootId": node.boot_id,
        "kernelRelease": node.kernel_release,
        "architecture": node.architecture,
        "version": node.version,
        "epoch": node.epoch.to_string(),
    })
}

fn clock_json(clock: &Clock) -> Value {
    json!({
        "monotonicNs": clock.monotonic_ns.to_string(),
        "boottimeNs": clock.boottime_ns.to_string(),
        "realtimeNs": clock.realtime_ns.to_string(),
    })
}

fn account_json(account: &Account) -> Value {
    json!({
        "seenEvents": account.seen_events.to_string(),
        "filteredEvents": account.filtered_events.to_string(),
        "deliveredEvents": account.delivered_events.to_string(),
        "lost": stages_json(&account.lost),
        "matchedPackets": account.matched_packets.to_string(),
        "deliveredJourneys": account.delivered_journeys.to_string(),
        "deliveredHops": account.delivered_hops.to_string(),
    })
}

fn overhead_json(overhead: &Overhead) -> Value {
    json!({
        "runTimeNs": overhead.run_time_ns.to_string(),
        "runCount": overhead.run_count.to_string(),
        "cpuPercent": number(overhead.cpu_percent),
        "maxCpuPercent": overhead.max_cpu_percent,
        "followedOneIn": overhead.followed_one_in,
    })
}

/// Whole numbers without a fraction, as most languages write them.
fn number(value: f64) -> Value {
    match value as i64 {
        whole if whole as f64 == value => whole.into(),
        _ => value.into(),
    }
}

fn stages_json(stages: &[StageLoss]) -> Value {
    let stage = |loss: &StageLoss| {
        json!({
            "stage": enum_name(loss.stage, LossStage::as_str_name, "LOSS_STAGE_"),
            "lostEvents": loss.lost_events.to_string(),
            "totalLostEvents": loss.total_lost_events.to_string(),
            "firstTimeNs": loss.first_time_ns.to_string(),
            "lastTimeNs": loss.last_time_ns.to_string(),
            "totalCutJourneys": loss.total_cut_journeys.to_string(),
        })
    };
    stages.iter().map(stage).collect()
}
