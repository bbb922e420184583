//! Connections that break.

mod common;

use std::time::Duration;

use common::*;
use ipftrace::v1::session_attachment::Start;
use ipftrace::v1::{SessionAttachment, TraceEndReason, TraceOptions, TraceRequest};
use ipftrace::{Error, Event, Reconnect, Trace};
use tonic::{Code, Status};

fn quickly() -> Reconnect {
    Reconnect { min_delay: Duration::from_millis(1), ..Reconnect::default() }
}

async fn read(trace: &mut Trace) -> (Vec<Event>, Option<Error>) {
    let mut events = Vec::new();
    while let Some(told) = trace.next().await {
        match told {
            Ok(event) => events.push(event),
            Err(error) => return (events, Some(error)),
        }
    }
    (events, None)
}

fn code_of(error: Option<&Error>) -> Code {
    match error {
        None => Code::Ok,
        Some(Error::Status(status)) => status.code(),
        Some(other) => panic!("{other}"),
    }
}

fn code_named(name: &str) -> Code {
    match name {
        "OK" => Code::Ok,
        "UNAVAILABLE" => Code::Unavailable,
        "NOT_FOUND" => Code::NotFound,
        other => panic!("the kit has a status that this test does not know: {other}"),
    }
}

fn token_of(request: &TraceRequest) -> &[u8] {
    match request.session.as_ref().and_then(|session| session.start.as_ref()) {
        Some(Start::ResumeToken(token)) => token,
        _ => &[],
    }
}

#[tokio::test]
async fn cases_of_the_kit() {
    for folder in std::fs::read_dir(kit::folder().join("reconnect")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = folder.to_string_lossy().into_owned();
        let case = kit::json(&folder.join("case.json"));
        let calls = case["calls"].as_array().unwrap();
        let plays = calls.iter().map(|call| {
            let status = Status::new(code_named(call["status"].as_str().unwrap()), "as the case says");
            answer(kit::messages(&folder.join(call["messages"].as_str().unwrap())), status)
        });
        let (_folder, server, client) = serve(plays.collect()).await;
        let mut request = TraceRequest::default();
        if case["sessionName"] != "" {
            let session_name = case["sessionName"].as_str().unwrap().to_owned();
            request.session = Some(SessionAttachment { session_name, ..SessionAttachment::default() });
        }
        let (events, end) = read(&mut client.trace(request).reconnect(quickly())).await;
        let mut told = kit::Told::default();
        events.iter().for_each(|event| told.add(event));
        told.compare(&name, &folder.join("events.jsonl"), &folder.join("journeys.txt"));
        let last = calls.last().unwrap()["status"].as_str().unwrap();
        assert_eq!(code_of(end.as_ref()), code_named(last), "{name}");
        let played = server.played.lock().unwrap();
        assert_eq!(played.requests.len(), calls.len(), "{name}: calls");
        for (request, call) in played.requests.iter().zip(calls) {
            assert_eq!(base64(token_of(request)), call["resumeToken"].as_str().unwrap(), "{name}");
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks(3).map(|group| {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        let digit = |index: usize| match index <= group.len() {
            true => char::from(DIGITS[(bits >> (18 - 6 * index)) as usize & 63]),
            false => '=',
        };
        (0..4).map(digit).collect::<String>()
    });
    groups.collect()
}

#[tokio::test]
async fn limits_count_over_all_connections() {
    let last = answer(vec![started(3), journeys(&[1, 2]), ended(TraceEndReason::Limit)], Status::ok(""));
    let plays = vec![broken(vec![started(1), journeys(&[1, 2])]), broken(vec![started(2), journeys(&[1])]), last];
    let (_folder, server, client) = serve(plays).await;
    let options = TraceOptions { max_journeys: 5, duration_ms: 3_600_000, ..TraceOptions::default() };
    let request = TraceRequest { options: Some(options), ..TraceRequest::default() };
    let (events, end) = read(&mut client.trace(request).reconnect(quickly())).await;
    assert!(end.is_none(), "{end:?}");
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Journey(_))).count(), 5);
    let played = server.played.lock().unwrap();
    let asked: Vec<TraceOptions> = played.requests.iter().map(|request| request.options.unwrap()).collect();
    assert_eq!(asked.iter().map(|options| options.max_journeys).collect::<Vec<_>>(), [5, 3, 2]);
    assert!(asked.iter().all(|options| (1..=3_600_000).contains(&options.duration_ms)), "{asked:?}");
}

#[tokio::test]
async fn attempts_are_limited() {
    let (_folder, server, client) = serve((0..4).map(|_| broken(Vec::new())).collect()).await;
    let reconnect = Reconnect { max_attempts: Some(2), ..quickly() };
    let (_, end) = read(&mut client.trace(TraceRequest::default()).reconnect(reconnect)).await;
    assert_eq!(code_of(end.as_ref()), Code::Unavailable);
    assert_eq!(server.played.lock().unwrap().requests.len(), 3);
}

#[tokio::test]
async fn sessions_reconnect_unless_told_not_to() {
    for (reconnects, calls) in [(true, 2), (false, 1)] {
        let told = || {
            let mut message = started(1);
            message.resume_token = b"t1".to_vec();
            message
        };
        let (_folder, server, client) = serve(vec![broken(vec![told()]), broken(vec![told()])]).await;
        let session = SessionAttachment { session_name: "night".to_owned(), ..SessionAttachment::default() };
        let mut trace = client.trace(TraceRequest { session: Some(session), ..TraceRequest::default() });
        if !reconnects {
            trace = trace.reconnect(None);
        }
        assert!(trace.next().await.is_some_and(|told| told.is_ok()));
        assert_eq!(trace.next().await.is_some_and(|told| told.is_ok()), reconnects);
        assert_eq!(trace.resume_token().as_deref(), Some(&b"t1"[..]));
        assert_eq!(server.played.lock().unwrap().requests.len(), calls);
    }
}

#[tokio::test]
async fn only_lost_connections_are_tried_again() {
    let (_folder, server, client) = serve(vec![answer(Vec::new(), Status::invalid_argument("no such manifest"))]).await;
    let (_, end) = read(&mut client.trace(TraceRequest::default()).reconnect(quickly())).await;
    assert_eq!(code_of(end.as_ref()), Code::InvalidArgument);
    assert_eq!(server.played.lock().unwrap().requests.len(), 1);
}
