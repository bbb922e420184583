//! Journeys as the original printed them, byte for byte.

use std::borrow::Cow;
use std::fmt::{self, Write};

use crate::columns::{Column, lay_out};
use crate::flow::{endpoint, is_ip, protocol_name};
use crate::journey::{Hop, Journey};
use crate::v1::Flow;

/// Stands for what is not known because the hop that told it was lost.
const UNKNOWN: &str = "?";
/// Stands for the addresses of a packet that is not IP.
const NONE: &str = "-";

/// A line with the flow, the table of the hops, an empty line. Time stamps are nanoseconds since boot. Where modules
/// add something there is a column for it, where the flow changes under way (NAT, encapsulation)
/// another one. Call stacks, where they were asked for, stand below the row of their hop.
impl fmt::Display for Journey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = Table::of(self);
        let rows: Vec<Vec<String>> = self.hops().map(|hop| table.row(hop)).collect();
        let mut lines = lay_out(&table.columns(), &rows).into_iter();
        writeln!(f, "{}", flow_line(self.message.flow.as_ref()))?;
        writeln!(f, "{}", lines.next().unwrap_or_default())?;
        for (line, hop) in lines.zip(self.hops()) {
            writeln!(f, "{line}")?;
            write_stack(f, hop.stack().as_deref())?;
        }
        self.write_drop(f)?;
        f.write_char('\n')
    }
}

impl Journey {
    /// Why and where a packet was dropped; only above a call stack, since the original did not tell.
    fn write_drop(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stack = self.end_stack().filter(|frames| !frames.is_empty());
        let (Some(reason), Some(frames)) = (&self.message.drop_reason, stack) else { return Ok(()) };
        let code = reason.code.to_string();
        let name = if reason.name.is_empty() { &code } else { &reason.name };
        let location = if reason.location.is_empty() { UNKNOWN } else { &reason.location };
        writeln!(f, "dropped: {} at {}", printable(name), printable(location))?;
        write_stack(f, Some(&frames))
    }
}

fn write_stack(f: &mut fmt::Formatter<'_>, frames: Option<&[String]>) -> fmt::Result {
    frames.unwrap_or_default().iter().try_for_each(|frame| writeln!(f, "    {}", printable(frame)))
}

/// Which columns one journey has.
struct Table<'a> {
    journey: &'a Journey,
    changes_flow: bool,
}

impl<'a> Table<'a> {
    fn of(journey: &'a Journey) -> Self {
        Self { journey, changes_flow: journey.message.hops.iter().any(|hop| hop.flow.is_some()) }
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns =
            vec![Column { header: "Time Stamp", right: true }, Column { header: "Function", right: false }];
        if self.journey.names.schemas.is_some() {
            columns.push(Column { header: "Custom Data", right: false });
        }
        if self.changes_flow {
            columns.push(Column { header: "Changed Flow", right: false });
        }
        columns
    }

    fn row(&self, hop: Hop<'_>) -> Vec<String> {
        let function = match hop.function() {
            "" => UNKNOWN.into(),
            name => printable(name),
        };
        let mut row = vec![hop.time_ns().to_string(), function.into_owned()];
        if let Some(schemas) = &self.journey.names.schemas {
            row.push(schemas.text(&hop.message.custom));
        }
        if self.changes_flow {
            row.push(hop.message.flow.as_ref().map(change_text).unwrap_or_default());
        }
        row
    }
}

fn change_text(flow: &Flow) -> String {
    let (source, destination) = endpoints(flow);
    format!("{} {source} -> {destination}", protocol_name(flow))
}

fn flow_line(flow: Option<&Flow>) -> String {
    let Some(flow) = flow else { return format!("{UNKNOWN}\t{UNKNOWN}\t->\t{UNKNOWN}") };
    let (source, destination) = endpoints(flow);
    format!("{}\t{source}\t->\t{destination}", protocol_name(flow))
}

fn endpoints(flow: &Flow) -> (String, String) {
    if !is_ip(flow) {
        return (NONE.to_owned(), NONE.to_owned());
    }
    (endpoint(&flow.source, flow.source_port), endpoint(&flow.destination, flow.destination_port))
}

/// Text from a server or a packet, made fit for a terminal and for one line: control characters, which could
/// move the cursor or fake a line, become `\xNN`.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char.is_control() {
            // Writing to a String does not fail.
            true => _ = write!(shown, "\\x{:02x}", u32::from(char)),
            false => shown.push(char),
        }
    }
    shown.into()
}
