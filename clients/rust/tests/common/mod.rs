//! A server whose traces are played by functions, one for each call.
#![allow(dead_code)]

pub mod kit;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures_core::Stream;
use ipftrace::Client;
use ipftrace::v1::trace_response::Event as Told;
use ipftrace::v1::trace_service_server::{TraceService, TraceServiceServer};
use ipftrace::v1::*;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::{ReceiverStream, UnixListenerStream};
use tonic::{Request, Response, Status};

pub type Answers = mpsc::Sender<Result<TraceResponse, Status>>;
type Play = Box<dyn FnOnce(Answers, watch::Receiver<bool>) + Send>;

/// What the server was asked, and what it will answer.
#[derive(Default)]
pub struct Played {
    calls: VecDeque<Play>,
    pub requests: Vec<TraceRequest>,
    pub stops: Vec<u64>,
    /// The newest call's grpc-timeout.
    pub timeout: Option<String>,
}

#[derive(Clone)]
pub struct Server {
    pub played: Arc<Mutex<Played>>,
    stopped: Arc<watch::Sender<bool>>,
}

/// Answers with messages, then with a status.
pub fn answer(messages: Vec<TraceResponse>, status: Status) -> Play {
    Box::new(move |answers, _| {
        tokio::spawn(async move {
            for message in messages {
                answers.send(Ok(message)).await.unwrap();
            }
            if status.code() != tonic::Code::Ok {
                answers.send(Err(status)).await.unwrap();
            }
        });
    })
}

pub fn broken(messages: Vec<TraceResponse>) -> Play {
    answer(messages, Status::unavailable("broken"))
}

/// A trace that runs until StopTrace; the sender of `cancelled` is dropped when its stream is.
pub fn until_stopped() -> Play {
    Box::new(|answers, mut stopped| {
        tokio::spawn(async move {
            answers.send(Ok(started(7))).await.unwrap();
            answers.send(Ok(journeys(&[1]))).await.unwrap();
            tokio::select! {
                () = answers.closed() => return,
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
            answers.send(Ok(journeys(&[2]))).await.unwrap();
            answers.send(Ok(ended(TraceEndReason::Stopped))).await.unwrap();
        });
    })
}

pub fn message(event: Told) -> TraceResponse {
    TraceResponse { event: Some(event), ..TraceResponse::default() }
}

pub fn started(trace_id: u64) -> TraceResponse {
    message(Told::Started(TraceStarted { trace_id, ..TraceStarted::default() }))
}

pub fn ended(reason: TraceEndReason) -> TraceResponse {
    message(Told::Ended(TraceEnded { reason: reason.into(), ..TraceEnded::default() }))
}

pub fn journeys(ids: &[u64]) -> TraceResponse {
    let journeys = ids.iter().map(|&journey_id| PacketJourney { journey_id, ..PacketJourney::default() });
    message(Told::Batch(JourneyBatch { journeys: journeys.collect() }))
}

impl Server {
    pub fn new(calls: Vec<Play>) -> Self {
        let played = Played { calls: calls.into(), ..Played::default() };
        Self { played: Arc::new(Mutex::new(played)), stopped: Arc::new(watch::Sender::new(false)) }
    }

    pub fn service(&self) -> TraceServiceServer<Self> {
        TraceServiceServer::new(self.clone())
    }
}

/// A server on a unix socket, and a client of it. The folder goes with the first value.
pub async fn serve(calls: Vec<Play>) -> (Folder, Server, Client) {
    let folder = Folder::new();
    let path = folder.path().join("s");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let server = Server::new(calls);
    let service = server.service();
    tokio::spawn(async move {
        let running = tonic::transport::Server::builder().add_service(service);
        running.serve_with_incoming(UnixListenerStream::new(listener)).await.unwrap();
    });
    let client = Client::connect(&format!("unix:{}", path.display())).await.unwrap();
    (folder, server, client)
}

/// A folder that is removed with the test.
pub struct Folder(std::path::PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ipftrace-rust-{}-{number}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tonic::async_trait]
impl TraceService for Server {
    type TraceStream = Pin<Box<dyn Stream<Item = Result<TraceResponse, Status>> + Send>>;

    async fn trace(&self, request: Request<TraceRequest>) -> Result<Response<Self::TraceStream>, Status> {
        let play = {
            let mut played = self.played.lock().unwrap();
            played.timeout = request.metadata().get("grpc-timeout").map(|text| text.to_str().unwrap().to_owned());
            played.requests.push(request.into_inner());
            played.calls.pop_front().ok_or_else(|| Status::internal("one call too many"))?
        };
        let (answers, stream) = mpsc::channel(1);
        play(answers, self.stopped.subscribe());
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn stop_trace(&self, request: Request<StopTraceRequest>) -> Result<Response<StopTraceResponse>, Status> {
        self.played.lock().unwrap().stops.push(request.into_inner().trace_id);
        match self.stopped.send_replace(true) {
            true => Err(Status::not_found("no such trace")),
            false => Ok(Response::new(StopTraceResponse {})),
        }
    }

    async fn get_node(&self, request: Request<GetNodeRequest>) -> Result<Response<GetNodeResponse>, Status> {
        let timeout = request.metadata().get("grpc-timeout").map(|text| text.to_str().unwrap().to_owned());
        self.played.lock().unwrap().timeout = timeout;
        Ok(Response::new(GetNodeResponse::default()))
    }

    async fn explain_trace(&self, _: Request<ExplainTraceRequest>) -> Result<Response<ExplainTraceResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_functions(
        &self,
        _: Request<ListFunctionsRequest>,
    ) -> Result<Response<ListFunctionsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_modules(&self, _: Request<ListModulesRequest>) -> Result<Response<ListModulesResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn check_module(&self, _: Request<CheckModuleRequest>) -> Result<Response<CheckModuleResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}
