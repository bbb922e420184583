//! The values that modules add to hops.

use std::collections::HashMap;

use crate::flow::{address_text, hexadecimal};
use crate::text::printable;
use crate::v1::custom_value::Value;
use crate::v1::{self, CustomField, CustomKind, CustomName, CustomSchema};

/// One value that a module collected at one hop, with its field.
#[derive(Debug, Clone, Copy)]
pub struct CustomValue<'a> {
    /// Name of the module, for example "gso".
    pub module: &'a str,
    /// Name, kind and unit.
    pub field: &'a CustomField,
    /// The field's name; where several fields have that name, preceded by the module's: "gso.len".
    pub key: &'a str,
    /// The message of the contract, as it came.
    pub message: &'a v1::CustomValue,
}

/// A value as a program reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustomData<'a> {
    /// Of the kinds UNSIGNED and HEX, and of kinds that this version does not know.
    Unsigned(u64),
    /// Of the kind SIGNED.
    Signed(i64),
    /// Of the kind BOOL.
    Bool(bool),
    /// Of the kind BYTES, and of kinds that this version does not know.
    Bytes(&'a [u8]),
    /// Of the kinds STRING, IP, MAC, ENUM and FLAGS: as it is shown.
    Text(String),
}

impl<'a> CustomValue<'a> {
    /// The value as ipftrace shows it, for example "2101", "SKB_GSO_TCPV4|SKB_GSO_DODGY" or "0x1f"; "?" for one
    /// of a form that this version does not know.
    pub fn text(&self) -> String {
        match &self.message.value {
            Some(Value::UnsignedValue(number)) => unsigned_text(self.field, *number),
            Some(Value::SignedValue(number)) => number.to_string(),
            Some(Value::BytesValue(bytes)) => bytes_text(self.field.kind(), bytes),
            None => "?".to_owned(),
        }
    }

    /// The value as a program reads it; None for one of a form that this version does not know.
    pub fn data(&self) -> Option<CustomData<'a>> {
        use CustomKind::{Bool, Enum, Flags, Ip, Mac, String};
        Some(match (self.message.value.as_ref()?, self.field.kind()) {
            (Value::UnsignedValue(number), Bool) => CustomData::Bool(*number != 0),
            (Value::UnsignedValue(_), Enum | Flags) | (Value::BytesValue(_), String | Ip | Mac) => {
                CustomData::Text(self.text())
            }
            (Value::UnsignedValue(number), _) => CustomData::Unsigned(*number),
            (Value::SignedValue(number), _) => CustomData::Signed(*number),
            (Value::BytesValue(bytes), _) => CustomData::Bytes(bytes),
        })
    }
}

/// The fields of one trace's modules.
#[derive(Debug)]
pub(crate) struct Schemas {
    list: Vec<CustomSchema>,
    by_id: HashMap<u32, Place>,
}

/// Where a field stands in the list.
#[derive(Debug)]
struct Place {
    schema: usize,
    field: usize,
    key: String,
}

impl Schemas {
    pub(crate) fn new(list: &[CustomSchema]) -> Self {
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for field in list.iter().flat_map(|schema| &schema.fields) {
            *uses.entry(&field.name).or_default() += 1;
        }
        let places = list.iter().enumerate().flat_map(|(index, schema)| {
            let uses = &uses;
            schema.fields.iter().enumerate().map(move |(position, field)| {
                let key = match uses[field.name.as_str()] {
                    1 => field.name.clone(),
                    _ => format!("{}.{}", schema.name, field.name),
                };
                (field.field_id, Place { schema: index, field: position, key })
            })
        });
        Self { by_id: places.collect(), list: list.to_vec() }
    }

    /// None for what no schema describes.
    pub(crate) fn value<'a>(&'a self, message: &'a v1::CustomValue) -> Option<CustomValue<'a>> {
        let place = self.by_id.get(&message.field_id)?;
        let schema = &self.list[place.schema];
        Some(CustomValue { module: &schema.name, field: &schema.fields[place.field], key: &place.key, message })
    }

    /// One cell, `(len: 2101 gso_type: SKB_GSO_TCPV4)` for each module; empty where nothing was collected. A
    /// field that could not be read is shown as "?": zero would be a claim.
    pub(crate) fn text(&self, values: &[v1::CustomValue]) -> String {
        let by_id: HashMap<u32, &v1::CustomValue> = values.iter().map(|one| (one.field_id, one)).collect();
        let cell = |schema: &CustomSchema| {
            if !schema.fields.iter().any(|field| by_id.contains_key(&field.field_id)) {
                return None;
            }
            let cells = schema.fields.iter().map(|field| {
                let text = by_id.get(&field.field_id).map_or_else(
                    || "?".to_owned(),
                    |&message| CustomValue { module: &schema.name, field, key: &field.name, message }.text(),
                );
                format!("{}: {}", printable(&field.name), printable(&text))
            });
            Some(format!("({})", cells.collect::<Vec<_>>().join(" ")))
        };
        self.list.iter().filter_map(cell).collect::<Vec<_>>().join(" ")
    }
}

fn unsigned_text(field: &CustomField, value: u64) -> String {
    match field.kind() {
        CustomKind::Bool => (value != 0).to_string(),
        CustomKind::Hex => format!("{value:#x}"),
        CustomKind::Enum => {
            let known = field.names.iter().find(|one| one.value == value);
            known.map_or_else(|| value.to_string(), |one| one.name.clone())
        }
        CustomKind::Flags => flags_text(&field.names, value),
        _ => value.to_string(),
    }
}

/// Bits without a name are shown, too, as one number at the end.
fn flags_text(names: &[CustomName], value: u64) -> String {
    let set = || names.iter().filter(|one| one.value != 0 && value & one.value == one.value);
    let rest = set().fold(value, |bits, one| bits & !one.value);
    let mut texts: Vec<String> = set().map(|one| one.name.clone()).collect();
    if rest != 0 {
        texts.push(format!("{rest:#x}"));
    }
    texts.join("|")
}

fn bytes_text(kind: CustomKind, bytes: &[u8]) -> String {
    match kind {
        CustomKind::String => {
            // Kernel strings end at their first NUL, whatever the array behind them holds.
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            String::from_utf8_lossy(&bytes[..end]).into_owned()
        }
        CustomKind::Ip => address_text(bytes),
        CustomKind::Mac => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"),
        _ => hexadecimal(bytes),
    }
}
