use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::{StreamExt, future, stream};
use tokio::sync::watch;
use tonic::{Code, Status, Streaming};

use crate::client::Client;
use crate::error::Error;
use crate::event::{Decoder, Event};
use crate::journey::Journey;
use crate::reconnect::{Allowance, Reconnect};
use crate::v1::trace_response::Event as Told;
use crate::v1::{StopTraceRequest, TraceEndReason, TraceRequest, TraceResponse};

/// One trace, or the reading of one session: a stream of its events. It begins when the first one is asked for;
/// dropping it ends it at once, see [`Trace::stop`]. An error is the last thing told.
#[must_use = "a trace begins when its first event is asked for"]
pub struct Trace {
    state: State,
    stopper: Stopper,
}

enum State {
    /// The first event was not asked for.
    Idle(Option<Box<Run>>),
    Running(Pin<Box<dyn Stream<Item = Result<Event, Error>> + Send>>),
}

impl Trace {
    pub(crate) fn new(client: Client, request: TraceRequest) -> Self {
        let stopper = Stopper {
            client: client.clone(),
            shared: Arc::new(Shared { newest: Mutex::default(), stopped: watch::Sender::new(false) }),
        };
        let run = Run {
            reconnect: request.session.is_some().then(Reconnect::default),
            left: Allowance::of(&request),
            request,
            client,
            stopped: stopper.shared.stopped.subscribe(),
            shared: Arc::clone(&stopper.shared),
            stream: None,
            decoder: Decoder::default(),
            told: VecDeque::new(),
            token: Vec::new(),
            ended: None,
            failures: 0,
            over: false,
        };
        Self { state: State::Idle(Some(Box::new(run))), stopper }
    }

    /// Lets the trace go on after its connection was lost, or its server was stopped (UNAVAILABLE); None for the
    /// contrary. Reading a session does so without being asked. To be set before the first event.
    ///
    /// A session is read on after the last event that was told: nothing is missing and nothing comes twice, and what
    /// the session forgot meanwhile is told as [`Event::Loss`] at [`crate::v1::LossStage::History`]. Any other
    /// trace begins anew, and what happened meanwhile is not seen. [`Event::Started`] comes again and says
    /// which it is. The limits max_journeys and duration_ms of the request count over all connections.
    pub fn reconnect(mut self, reconnect: impl Into<Option<Reconnect>>) -> Self {
        if let State::Idle(Some(run)) = &mut self.state {
            run.reconnect = reconnect.into();
        }
        self
    }

    /// The next event; None when there is nothing more to tell. Safe to cancel.
    ///
    /// # Errors
    ///
    /// [`Error::Status`] and [`Error::NoEnd`].
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// The journeys alone. Errors are those of [`Trace::next`].
    pub fn journeys(self) -> impl Stream<Item = Result<Journey, Error>> + Send {
        self.filter_map(|event| {
            future::ready(match event {
                Ok(Event::Journey(journey)) => Some(Ok(journey)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            })
        })
    }

    /// Ends the trace in good order; see [`Stopper::stop`].
    ///
    /// # Errors
    ///
    /// [`Error::Status`].
    pub async fn stop(&self) -> Result<(), Error> {
        self.stopper.stop().await
    }

    /// Ends the trace from elsewhere, for example on a signal.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Where to go on reading a session later, after what was told so far, for
    /// [`crate::v1::SessionAttachment`]. None before the first event, and for other traces.
    pub fn resume_token(&self) -> Option<Vec<u8>> {
        self.stopper.shared.newest().token.clone()
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        if let State::Idle(run) = &mut self.state {
            let step = |mut run: Box<Run>| async move { run.next().await.map(|event| (event, run)) };
            let Some(run) = run.take() else { return Poll::Ready(None) };
            self.state = State::Running(Box::pin(stream::unfold(run, step)));
        }
        match &mut self.state {
            State::Running(events) => events.as_mut().poll_next(context),
            State::Idle(_) => Poll::Ready(None),
        }
    }
}

impl Stream for Trace {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

/// Ends one trace.
#[derive(Clone)]
pub struct Stopper {
    client: Client,
    shared: Arc<Shared>,
}

struct Shared {
    newest: Mutex<Newest>,
    stopped: watch::Sender<bool>,
}

/// What the stream that is read has told.
#[derive(Default)]
struct Newest {
    /// None before it has begun.
    trace_id: Option<u64>,
    token: Option<Vec<u8>>,
}

impl Shared {
    fn newest(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Stopper {
    /// Ends the trace in good order: it tells what is open, then [`Event::Ended`] with the account, then it is over.
    /// A trace that has not begun ends at once, without an event.
    ///
    /// # Errors
    ///
    /// [`Error::Status`].
    pub async fn stop(&self) -> Result<(), Error> {
        let trace_id = {
            let newest = self.shared.newest();
            self.shared.stopped.send_replace(true);
            newest.trace_id
        };
        let Some(trace_id) = trace_id else { return Ok(()) };
        match self.client.traces().stop_trace(StopTraceRequest { trace_id }).await {
            // It is ending already.
            Err(status) if status.code() == Code::NotFound => Ok(()),
            answer => Ok(answer.map(drop)?),
        }
    }
}

/// One stream, or several with reconnecting.
struct Run {
    client: Client,
    request: TraceRequest,
    reconnect: Option<Reconnect>,
    shared: Arc<Shared>,
    stopped: watch::Receiver<bool>,
    left: Allowance,
    stream: Option<Streaming<TraceResponse>>,
    decoder: Decoder,
    /// Events of the newest message.
    told: VecDeque<Event>,
    /// That of the newest message.
    token: Vec<u8>,
    /// Why this stream's trace ended.
    ended: Option<TraceEndReason>,
    /// Connections that failed since the last one that told something.
    failures: u32,
    over: bool,
}

impl Run {
    async fn next(&mut self) -> Option<Result<Event, Error>> {
        loop {
            if let Some(event) = self.told.pop_front() {
                self.keep_token();
                return Some(Ok(event));
            }
            if self.over {
                return None;
            }
            let received = self.receive().await;
            if let Err(error) = self.judge(received) {
                if self.waits(&error).await {
                    continue;
                }
                self.over = true;
                return Some(Err(error));
            }
        }
    }

    /// The next message; None at the end of the stream, or when a trace is stopped that has not begun.
    async fn receive(&mut self) -> Result<Option<TraceResponse>, Error> {
        let begun = self.shared.newest().trace_id.is_some();
        let mut stopped = self.stopped.clone();
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped), if !begun => Ok(None),
            message = self.read() => message,
        }
    }

    async fn read(&mut self) -> Result<Option<TraceResponse>, Error> {
        if self.stream.is_none() {
            let request = self.left.next(&self.request, &self.token);
            self.decoder = Decoder::resumed(!self.token.is_empty());
            self.stream = Some(self.client.traces().trace(request).await?.into_inner());
        }
        match &mut self.stream {
            Some(stream) => Ok(stream.message().await?),
            None => Ok(None),
        }
    }

    /// Takes a message, or tells how the stream ended: with an error, or as it should, which is `over`.
    fn judge(&mut self, received: Result<Option<TraceResponse>, Error>) -> Result<(), Error> {
        let error = match received {
            Ok(Some(message)) => {
                self.take(message);
                return Ok(());
            }
            Ok(None) => Error::NoEnd,
            Err(error) => error,
        };
        let ended = self.ended.take();
        let begun = self.close();
        let stopped = *self.stopped.borrow();
        match ended {
            Some(TraceEndReason::Draining) if self.reconnect.is_some() && !stopped => {
                Err(Status::unavailable("the server is stopping").into())
            }
            None if begun || !stopped => Err(error),
            // A server that drains ends the stream with a status after it has said all.
            _ => {
                self.over = true;
                Ok(())
            }
        }
    }

    fn take(&mut self, message: TraceResponse) {
        self.failures = 0;
        match &message.event {
            Some(Told::Started(started)) => self.shared.newest().trace_id = Some(started.trace_id),
            Some(Told::Batch(batch)) => self.left.count(batch.journeys.len()),
            Some(Told::Ended(ended)) => self.ended = Some(ended.reason()),
            _ => {}
        }
        if !message.resume_token.is_empty() {
            self.token.clone_from(&message.resume_token);
        }
        self.told.extend(self.decoder.events(message));
        self.keep_token();
    }

    /// Once everything that came with it was told.
    fn keep_token(&mut self) {
        if self.told.is_empty() && !self.token.is_empty() {
            self.shared.newest().token = Some(self.token.clone());
        }
    }

    /// Ends the stream: now there is none that [`Stopper::stop`] could end. Whether it had begun.
    fn close(&mut self) -> bool {
        self.stream = None;
        self.shared.newest().trace_id.take().is_some()
    }

    /// Waits before the next attempt; false when there is to be none.
    async fn waits(&mut self, error: &Error) -> bool {
        let Some(reconnect) = &self.reconnect else { return false };
        if *self.stopped.borrow() || self.left.is_spent() || !reconnect.takes(error, self.failures) {
            return false;
        }
        let delay = reconnect.delay(error, self.failures);
        self.failures += 1;
        tokio::select! {
            _ = self.stopped.wait_for(|stopped| *stopped) => false,
            () = tokio::time::sleep(delay) => true,
        }
    }
}
