//! Journeys as JSON, with the keys of `ipftrace -o jsonl`.

use serde_json::{Map, Value, json};

use crate::custom::{CustomData, CustomValue};
use crate::flow::address_text;
use crate::journey::{Hop, Journey};
use crate::v1::{Completeness, EndReason, Flow, LinkKind, LinkRole};

impl Journey {
    /// One line of `ipftrace -o jsonl`, without its line feed: the names of the contract in lowerCamelCase, 64-bit
    /// numbers as strings, addresses as text, enum values by their short names. Zeros are written,
    /// too; only what is absent (flow, process, icmp, dropReason, custom, stacks) is left out.
    pub fn json(&self) -> String {
        self.json_value().to_string()
    }

    pub(crate) fn json_value(&self) -> Value {
        let message = &self.message;
        let process = message.process.as_ref();
        let drop = message.drop_reason.as_ref();
        let links = message.links.iter().map(|link| {
            json!({
                "journeyId": link.journey_id.to_string(),
                "role": enum_name(link.role, LinkRole::as_str_name, "LINK_ROLE_"),
                "kind": enum_name(link.kind, LinkKind::as_str_name, "LINK_KIND_"),
            })
        });
        present(json!({
            "journeyId": message.journey_id.to_string(),
            "startTimeNs": message.start_time_ns.to_string(),
            "durationNs": message.duration_ns.to_string(),
            "flow": message.flow.as_ref().map(flow_json),
            "process": process.map(|one| json!({ "pid": one.pid, "tid": one.tid, "comm": one.comm })),
            "endReason": enum_name(message.end_reason, EndReason::as_str_name, "END_REASON_"),
            "dropReason": drop.map(|one| json!({
                "code": one.code,
                "name": one.name,
                "subsystem": one.subsystem,
                "location": one.location,
            })),
            "endStack": self.end_stack().map(|frames| frames.to_vec()),
            "completeness": enum_name(message.completeness, Completeness::as_str_name, "COMPLETENESS_"),
            "lostHops": message.lost_hops,
            "links": links.collect::<Vec<_>>(),
            "hops": self.hops().map(|hop| self.hop_json(hop)).collect::<Vec<_>>(),
        }))
    }

    fn hop_json(&self, hop: Hop<'_>) -> Value {
        let custom = || hop.custom().map(|value| (value.key.to_owned(), custom_json(value))).collect::<Map<_, _>>();
        present(json!({
            "function": hop.function(),
            "deltaNs": hop.message.delta_ns.to_string(),
            "cpu": hop.message.cpu,
            "interface": hop.interface(),
            "ifindex": hop.message.ifindex,
            "netns": hop.message.netns,
            "length": hop.message.length,
            "flow": hop.message.flow.as_ref().map(flow_json),
            "custom": self.names.schemas.is_some().then(custom),
            "stack": hop.stack().map(|frames| frames.to_vec()),
        }))
    }
}

/// A bool for the kind BOOL, else a text.
fn custom_json(value: CustomValue<'_>) -> Value {
    match value.data() {
        Some(CustomData::Bool(truth)) => truth.into(),
        _ => value.text().into(),
    }
}

fn flow_json(flow: &Flow) -> Value {
    present(json!({
        "l3Protocol": flow.l3_protocol,
        "l4Protocol": flow.l4_protocol,
        "source": address_text(&flow.source),
        "destination": address_text(&flow.destination),
        "sourcePort": flow.source_port,
        "destinationPort": flow.destination_port,
        "icmp": flow.icmp.as_ref().map(|icmp| json!({ "type": icmp.r#type, "code": icmp.code })),
        "laterFragment": flow.later_fragment,
    }))
}

/// Without what is absent.
pub(crate) fn present(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, member| !member.is_null());
    }
    value
}

/// The name of an enum value without its enum's prefix; of one that this version does not know its number.
pub(crate) fn enum_name<E: TryFrom<i32>>(value: i32, name: fn(&E) -> &'static str, prefix: &str) -> String {
    match E::try_from(value) {
        Ok(known) => name(&known).trim_start_matches(prefix).to_owned(),
        Err(_) => value.to_string(),
    }
}
