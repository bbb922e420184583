//! The conformance kit, which is described in its README.md.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use ipftrace::{Event, v1::TraceResponse};
use prost::Message;
use serde_json::Value;

pub fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance");
    let folder = std::env::var_os("IPFTRACE_CONFORMANCE").map_or_else(beside, PathBuf::from);
    assert!(folder.is_dir(), "the conformance kit is not at {folder:?}: set IPFTRACE_CONFORMANCE to its folder");
    folder
}

/// Files of a folder of the kit with an extension; at least one.
pub fn files(below: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder().join(below)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|is| is == extension)).collect();
    assert!(!files.is_empty(), "the kit has no {below}/*.{extension}");
    files.sort();
    files
}

pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|reason| panic!("{path:?}: {reason}"))
}

pub fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|reason| panic!("{path:?}: {reason}"))
}

pub fn messages(path: &Path) -> Vec<TraceResponse> {
    let bytes = std::fs::read(path).unwrap();
    let mut rest = bytes.as_slice();
    let mut messages = Vec::new();
    while !rest.is_empty() {
        messages.push(TraceResponse::decode_length_delimited(&mut rest).unwrap());
    }
    messages
}

/// What events say, as JSON and as text.
#[derive(Default)]
pub struct Told {
    lines: Vec<Value>,
    text: String,
}

impl Told {
    pub fn add(&mut self, event: &Event) {
        self.lines.push(serde_json::from_str(&event.json()).unwrap());
        if let Event::Journey(journey) = event {
            self.text += &journey.to_string();
        }
    }

    pub fn compare(&self, name: &str, events: &Path, journeys: &Path) {
        let expected: Vec<Value> = text(events).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (index, (got, want)) in self.lines.iter().zip(&expected).enumerate() {
            assert_eq!(got, want, "{name}, event {}", index + 1);
        }
        assert_eq!(self.lines.len(), expected.len(), "{name}: events");
        assert_eq!(self.text, text(journeys), "{name}: text");
    }
}
