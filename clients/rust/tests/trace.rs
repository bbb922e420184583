//! How traces end, and how they are read.

mod common;

use std::time::Duration;

use common::*;
use ipftrace::v1::trace_response::Event as Told;
use ipftrace::v1::{AttachProgress, Flow, GetNodeRequest, PacketJourney, TraceEndReason, TraceRequest};
use ipftrace::{Client, Error, Event};
use tonic::{Request, Status};

#[tokio::test]
async fn stop_ends_in_good_order() {
    let (_folder, server, client) = serve(vec![until_stopped()]).await;
    let mut trace = client.trace(TraceRequest::default());
    let (mut ids, mut end) = (Vec::new(), None);
    while let Some(event) = trace.next().await {
        match event.unwrap() {
            Event::Journey(journey) => {
                ids.push(journey.message.journey_id);
                trace.stop().await.unwrap();
                // This one is told that the trace is ending.
                trace.stopper().stop().await.unwrap();
            }
            Event::Ended(ended) => end = Some(ended.reason()),
            _ => {}
        }
    }
    assert_eq!(ids, [1, 2]);
    assert_eq!(end, Some(TraceEndReason::Stopped));
    assert_eq!(server.played.lock().unwrap().stops[0], 7);
}

#[tokio::test]
async fn dropping_a_trace_cancels_it() {
    let (told, mut cancelled) = tokio::sync::mpsc::channel::<()>(1);
    let play = Box::new(move |answers: Answers, _| {
        tokio::spawn(async move {
            answers.send(Ok(started(1))).await.unwrap();
            answers.closed().await;
            told.send(()).await.unwrap();
        });
    });
    let (_folder, _server, client) = serve(vec![play]).await;
    let mut trace = client.trace(TraceRequest::default());
    assert!(matches!(trace.next().await, Some(Ok(Event::Started(_)))));
    drop(trace);
    assert_eq!(cancelled.recv().await, Some(()));
}

#[tokio::test]
async fn only_other_calls_have_a_deadline() {
    let (_folder, server, client) = serve(vec![answer(vec![started(1)], Status::ok(""))]).await;
    client.trace(TraceRequest::default()).next().await.unwrap().unwrap();
    assert_eq!(server.played.lock().unwrap().timeout, None);
    client.traces().get_node(GetNodeRequest {}).await.unwrap();
    let own = server.played.lock().unwrap().timeout.clone();
    let mut request = Request::new(GetNodeRequest {});
    request.set_timeout(Duration::from_secs(77));
    client.traces().get_node(request).await.unwrap();
    assert_ne!(server.played.lock().unwrap().timeout, own);
    assert!(own.is_some());
}

#[tokio::test]
async fn stop_before_the_beginning() {
    let (_folder, _server, client) = serve(Vec::new()).await;
    let mut trace = client.trace(TraceRequest::default());
    trace.stop().await.unwrap();
    assert!(trace.next().await.is_none());
}

#[tokio::test]
async fn stop_while_it_is_set_up() {
    let play = Box::new(|answers: Answers, _| {
        tokio::spawn(async move {
            let progress = AttachProgress { attached: 0, total: 9 };
            answers.send(Ok(message(Told::AttachProgress(progress)))).await.unwrap();
            answers.closed().await;
        });
    });
    let (_folder, _server, client) = serve(vec![play]).await;
    let mut trace = client.trace(TraceRequest::default());
    assert!(matches!(trace.next().await, Some(Ok(Event::AttachProgress(_)))));
    let stopper = trace.stopper();
    tokio::spawn(async move { stopper.stop().await.unwrap() });
    assert!(trace.next().await.is_none());
}

#[tokio::test]
async fn an_end_without_a_reason_is_an_error() {
    let (_folder, _server, client) = serve(vec![answer(vec![started(1)], Status::ok(""))]).await;
    let mut trace = client.trace(TraceRequest::default());
    assert!(matches!(trace.next().await, Some(Ok(Event::Started(_)))));
    assert!(matches!(trace.next().await, Some(Err(Error::NoEnd))));
    assert!(trace.next().await.is_none());
}

#[tokio::test]
async fn a_drained_server_ends_in_good_order() {
    let (_folder, _server, client) = serve(vec![broken(vec![started(1), ended(TraceEndReason::Draining)])]).await;
    let mut trace = client.trace(TraceRequest::default());
    assert!(matches!(trace.next().await, Some(Ok(Event::Started(_)))));
    assert!(matches!(trace.next().await, Some(Ok(Event::Ended(_)))));
    assert!(trace.next().await.is_none());
}

#[tokio::test]
async fn no_server_and_no_address() {
    let folder = Folder::new();
    let nobody = format!("unix:{}/nobody", folder.path().display());
    assert!(matches!(Client::connect(&nobody).await, Err(Error::Connection(_))));
    for address in ["", "localhost", "unix:", "[:1"] {
        assert!(matches!(Client::connect(address).await, Err(Error::Address(_))), "{address:?} is taken for one");
    }
}

/// That is what lets a server count the losses of a slow reader.
#[tokio::test]
async fn a_slow_reader_holds_the_server_up() {
    const TOTAL: usize = 4000;
    let (sent, mut count) = tokio::sync::mpsc::unbounded_channel();
    let play = Box::new(move |answers: Answers, _| {
        tokio::spawn(async move {
            let flow = Flow { source: vec![0; 64 << 10], ..Flow::default() };
            let journey = PacketJourney { flow: Some(flow), ..PacketJourney::default() };
            for number in 0..TOTAL {
                let batch = ipftrace::v1::JourneyBatch { journeys: vec![journey.clone()] };
                if answers.send(Ok(message(Told::Batch(batch)))).await.is_err() {
                    return;
                }
                sent.send(number).unwrap();
            }
        });
    });
    let (_folder, _server, client) = serve(vec![play]).await;
    let mut trace = client.trace(TraceRequest::default());
    trace.next().await.unwrap().unwrap();
    let mut last = None;
    while let Ok(newest) = tokio::time::timeout(Duration::from_millis(500), count.recv()).await {
        last = newest;
    }
    assert!(last.unwrap() < TOTAL - 1, "all messages were sent to a reader of one");
}
