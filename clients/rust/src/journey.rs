use std::sync::Arc;

use crate::custom::CustomValue;
use crate::names::Names;
use crate::v1;

/// The way of one packet through the kernel. It is displayed as the original ipftrace printed it.
#[derive(Debug, Clone)]
pub struct Journey {
    /// The message of the contract, as it came: flow, end, drop reason, links.
    pub message: v1::PacketJourney,
    pub(crate) names: Names,
}

/// One function that a packet went through, with all numbers resolved to names.
#[derive(Debug, Clone, Copy)]
pub struct Hop<'a> {
    /// The message of the contract, as it came: CPU, length, changed flow.
    pub message: &'a v1::Hop,
    journey: &'a Journey,
}

impl Journey {
    pub(crate) fn new(message: v1::PacketJourney, names: Names) -> Self {
        Self { message, names }
    }

    /// The functions that the packet went through, in their order.
    pub fn hops(&self) -> impl ExactSizeIterator<Item = Hop<'_>> {
        self.message.hops.iter().map(|message| Hop { message, journey: self })
    }

    /// The call stack that ended the packet, the innermost function first, where it was asked for.
    pub fn end_stack(&self) -> Option<Arc<[String]>> {
        self.names.stack(self.message.end_stack_id)
    }
}

impl<'a> Hop<'a> {
    /// When the packet came here: CLOCK_MONOTONIC of the node, nanoseconds since boot.
    pub fn time_ns(&self) -> u64 {
        self.journey.message.start_time_ns.wrapping_add(self.message.delta_ns)
    }

    /// Name of the function; empty when the trace did not tell it.
    pub fn function(&self) -> &'a str {
        match self.message.function.as_str() {
            "" => self.journey.names.function(self.message.function_id),
            name => name,
        }
    }

    /// Name of the packet's interface in its network namespace; empty when there is none, or it is not known.
    pub fn interface(&self) -> &'a str {
        self.journey.names.interface(self.message.netns, self.message.ifindex)
    }

    /// The values that modules collected here. A field that could not be read has none.
    pub fn custom(&self) -> impl Iterator<Item = CustomValue<'a>> + use<'a> {
        let schemas = self.journey.names.schemas.as_deref();
        self.message.custom.iter().filter_map(move |value| schemas?.value(value))
    }

    /// The call stack, the innermost function first, where it was asked for.
    pub fn stack(&self) -> Option<Arc<[String]>> {
        self.journey.names.stack(self.message.stack_id)
    }
}
