use crate::journey::Journey;
use crate::names::Names;
use crate::v1;
use crate::v1::trace_response::Event as Told;

/// What a trace tells. Others may be added in later versions.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// How far the attaching has come, where it takes more than a second.
    AttachProgress(v1::AttachProgress),
    /// What is being traced. It comes first, and again after every connection that was lost.
    Started(Started),
    /// A packet's journey has ended.
    Journey(Journey),
    /// Something was lost since the last one; at which stages.
    Loss(v1::Loss),
    /// Nothing happened, and the stream is alive.
    Heartbeat(v1::Heartbeat),
    /// Why the trace ended, with its account. It comes last.
    Ended(v1::TraceEnded),
}

/// What is being traced: node, backend, functions, schemas.
#[derive(Debug, Clone)]
pub struct Started {
    /// The message of the contract.
    pub message: Box<v1::TraceStarted>,
    /// Whether the stream goes on where it was, and nothing is missing but what an [`Event::Loss`] tells.
    /// False: it begins here.
    pub resumed: bool,
}

/// Makes events from the messages of one stream, in their order. A [`crate::Trace`] has one of its own; another
/// is needed for messages that come from elsewhere, for example from a file.
#[derive(Debug, Default)]
pub struct Decoder {
    names: Names,
    resumed: bool,
}

impl Decoder {
    pub(crate) fn resumed(resumed: bool) -> Self {
        Self { names: Names::default(), resumed }
    }

    /// What a message says: any number of journeys, nothing for a dictionary and for what a newer
    /// server has to say, else one event.
    pub fn events(&mut self, message: v1::TraceResponse) -> Vec<Event> {
        match message.event {
            Some(Told::Started(started)) => {
                self.names = Names::of(&started);
                vec![Event::Started(Started { message: Box::new(started), resumed: self.resumed })]
            }
            Some(Told::Batch(batch)) => {
                let event = |journey| Event::Journey(Journey::new(journey, self.names.clone()));
                batch.journeys.into_iter().map(event).collect()
            }
            Some(Told::Dictionary(dictionary)) => {
                self.names.add(dictionary);
                Vec::new()
            }
            Some(Told::Loss(loss)) => vec![Event::Loss(loss)],
            Some(Told::Heartbeat(heartbeat)) => vec![Event::Heartbeat(heartbeat)],
            Some(Told::AttachProgress(progress)) => vec![Event::AttachProgress(progress)],
            Some(Told::Ended(ended)) => vec![Event::Ended(ended)],
            None => Vec::new(),
        }
    }
}
