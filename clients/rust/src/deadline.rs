use std::time::Duration;

use tonic::service::Interceptor;
use tonic::{GrpcMethod, Request, Status};

/// Questions that the server answers from what it knows.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Answers that need the kernel: types of every module, thousands of probes, journeys that are open.
const KERNEL_TIMEOUT: Duration = Duration::from_secs(120);
/// What [`Request::set_timeout`] sets.
const TIMEOUT_HEADER: &str = "grpc-timeout";

/// Gives calls that answer once a deadline, where the caller gave none.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines;

impl Interceptor for Deadlines {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let method = request.extensions().get::<GrpcMethod<'_>>().map_or("", |called| called.method());
        if let (Some(timeout), None) = (timeout_of(method), request.metadata().get(TIMEOUT_HEADER)) {
            request.set_timeout(timeout);
        }
        Ok(request)
    }
}

fn timeout_of(method: &str) -> Option<Duration> {
    match method {
        "Trace" => None,
        "StopTrace" | "ListSessions" | "GetSession" => Some(ANSWER_TIMEOUT),
        _ => Some(KERNEL_TIMEOUT),
    }
}
