use std::error::Error as _;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use tonic::Code;
use tonic_types::StatusExt;

use crate::error::Error;
use crate::v1::session_attachment::Start;
use crate::v1::{TraceOptions, TraceRequest};

/// How a trace goes on after its connection was lost.
#[derive(Debug, Clone)]
pub struct Reconnect {
    /// How many connections in a row may fail. Default: any number.
    pub max_attempts: Option<u32>,
    /// How long to wait before the first attempt; each further one waits twice as long. Default: 250 ms. A server
    /// that says how long to wait (google.rpc.RetryInfo) is obeyed.
    pub min_delay: Duration,
    /// The longest wait. Default: 30 s.
    pub max_delay: Duration,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self { max_attempts: None, min_delay: Duration::from_millis(250), max_delay: Duration::from_secs(30) }
    }
}

impl Reconnect {
    /// Whether another attempt is worth it.
    pub(crate) fn takes(&self, error: &Error, failures: u32) -> bool {
        self.max_attempts.is_none_or(|most| failures < most) && is_lost_connection(error)
    }

    /// Grows with the failures; half of it is random, so that clients do not come back all at once.
    pub(crate) fn delay(&self, error: &Error, failures: u32) -> Duration {
        if let Error::Status(status) = error
            && let Some(asked) = status.get_details_retry_info().and_then(|info| info.retry_delay)
        {
            return asked;
        }
        let delay = self.min_delay.saturating_mul(1 << failures.min(20)).min(self.max_delay);
        let share = RandomState::new().hash_one(failures) % 1000;
        delay / 2 + delay.mul_f64(share as f64 / 2000.0)
    }
}

/// Of a connection that breaks tonic makes statuses of several codes; they have the reason as their source, which
/// those that a server sent never have.
fn is_lost_connection(error: &Error) -> bool {
    match error {
        Error::NoEnd | Error::Connection(_) => true,
        Error::Status(status) => status.code() == Code::Unavailable || status.source().is_some(),
        _ => false,
    }
}

/// What the limits of a request leave to the next connection.
#[derive(Debug)]
pub(crate) struct Allowance {
    begun: Instant,
    max_journeys: u64,
    duration_ms: u32,
    journeys: u64,
    used: bool,
}

impl Allowance {
    pub(crate) fn of(request: &TraceRequest) -> Self {
        let TraceOptions { max_journeys, duration_ms, .. } = request.options.unwrap_or_default();
        Self { begun: Instant::now(), max_journeys, duration_ms, journeys: 0, used: false }
    }

    pub(crate) fn count(&mut self, journeys: usize) {
        self.journeys += journeys as u64;
    }

    pub(crate) fn is_spent(&self) -> bool {
        let no_journeys = self.max_journeys > 0 && self.journeys >= self.max_journeys;
        no_journeys || (self.duration_ms > 0 && self.left_ms() == 0)
    }

    fn left_ms(&self) -> u32 {
        let elapsed_ms = u32::try_from(self.begun.elapsed().as_millis()).unwrap_or(u32::MAX);
        self.duration_ms.saturating_sub(elapsed_ms)
    }

    /// The request of the next connection.
    pub(crate) fn next(&mut self, asked: &TraceRequest, token: &[u8]) -> TraceRequest {
        let mut next = asked.clone();
        if !std::mem::replace(&mut self.used, true) {
            return next;
        }
        if let Some(options) = &mut next.options {
            options.max_journeys = self.max_journeys.saturating_sub(self.journeys);
            options.duration_ms = if self.duration_ms > 0 { self.left_ms().max(1) } else { 0 };
        }
        if let (Some(session), false) = (&mut next.session, token.is_empty()) {
            session.start = Some(Start::ResumeToken(token.to_vec()));
        }
        next
    }
}
