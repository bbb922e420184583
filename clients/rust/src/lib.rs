//! A client of ipftraced, which tells which Linux kernel functions each packet went through, when, and why
//! it was dropped if it was.
//!
//! [`Client::connect`] makes a [`Client`]. [`Client::trace`] starts a trace, or reads a session: a
//! [`Trace`] is a stream of what it tells, journeys with the names of their functions and
//! interfaces, losses, heartbeats, and the end with the account.
//!
//! The messages of the contract are in [`v1`]; [`Client::traces`] and [`Client::sessions`] call
//! its other methods. A tokio runtime is needed.
//!
//! # Ends and deadlines
//!
//! [`Trace::stop`] ends a trace in good order: what is open is still told, then the account. Dropping it
//! ends it at once, and nothing more is told. A trace has no deadline; to end it after a time use
//! [`v1::TraceOptions::duration_ms`]. Every other call that has no deadline gets one.
//!
//! # Slow readers
//!
//! A trace is read only as fast as its events are taken. What the server must drop meanwhile it tells as
//! [`Event::Loss`], at [`v1::LossStage::Queue`].

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod client;
mod columns;
mod custom;
mod deadline;
mod error;
mod event;
mod event_json;
mod flow;
mod journey;
mod json;
mod manifest;
mod module;
mod names;
mod reconnect;
mod text;
mod tls;
mod trace;
mod yaml;

pub use client::{Client, DEFAULT_ADDRESS};
pub use custom::{CustomData, CustomValue};
pub use deadline::Deadlines;
pub use error::{Error, FileError, Problem};
pub use event::{Decoder, Event, Started};
pub use flow::{address_text, protocol_name};
pub use journey::{Hop, Journey};
pub use manifest::{load_manifest, parse_manifest};
pub use module::{load_module, parse_module};
pub use reconnect::Reconnect;
pub use tls::Tls;
pub use trace::{Stopper, Trace};
pub use yaml::Loaded;

/// The contract: messages, enums and stubs, generated from its protos.
#[allow(missing_docs, clippy::all, clippy::pedantic, rustdoc::all)]
#[rustfmt::skip]
pub mod v1 {
    include!("gen/ipftrace/v1/ipftrace.v1.rs");
}
