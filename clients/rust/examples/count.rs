//! Counts the journeys of a trace, and what was lost. A second argument waits so many milliseconds after each; a third
//! is a session, of which to count what its history has.

use std::time::{Duration, Instant};

use ipftrace::v1::session_attachment::Start;
use ipftrace::v1::{SessionAttachment, TraceOptions, TraceRequest};
use ipftrace::{Client, DEFAULT_ADDRESS, Error, Event};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut words = std::env::args().skip(1);
    let address = words.next().unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
    let delay = Duration::from_millis(words.next().and_then(|text| text.parse().ok()).unwrap_or(0));
    let client = Client::connect(&address).await?;
    let mut trace = client.trace(words.next().map_or_else(of_its_own, history_of));
    let (told, mut ending) = watch::channel(false);
    let stopper = trace.stopper();
    tokio::spawn(async move {
        interrupted().await;
        told.send_replace(true);
        stopper.stop().await
    });
    let (mut journeys, mut hops, mut lost_events, mut begun) = (0, 0, 0, Instant::now());
    while let Some(event) = trace.next().await {
        match event? {
            Event::Started(_) => {
                begun = Instant::now();
                println!("Trace ready!");
            }
            Event::Journey(journey) => {
                journeys += 1;
                hops += journey.hops().filter(|hop| !hop.function().is_empty()).count();
                if !delay.is_zero() && !*ending.borrow() {
                    // Until the trace is asked to end.
                    let _ = tokio::time::timeout(delay, ending.changed()).await;
                }
            }
            Event::Loss(loss) => lost_events += loss.stages.iter().map(|stage| stage.lost_events).sum::<u64>(),
            _ => {}
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(r#"{{"journeys":{journeys},"hops":{hops},"lostEvents":{lost_events},"seconds":{seconds}}}"#);
    Ok(())
}

fn of_its_own() -> TraceRequest {
    let options = TraceOptions { queue_bytes: 65536, ..TraceOptions::default() };
    TraceRequest { options: Some(options), ..TraceRequest::default() }
}

fn history_of(session_name: String) -> TraceRequest {
    let start = Some(Start::Oldest(true));
    let session = SessionAttachment { session_name, start, history_only: true };
    TraceRequest { session: Some(session), ..TraceRequest::default() }
}

async fn interrupted() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
