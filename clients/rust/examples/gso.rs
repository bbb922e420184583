//! The second example of the original's README: `ipftrace -iv 4 -l4 TCP -d4 10.0.1.11 -m gso generic`.

use ipftrace::v1::trace_request::ManifestSource;
use ipftrace::v1::{Filter, FlowFilter, IpVersion, TraceRequest};
use ipftrace::{Client, CustomData, DEFAULT_ADDRESS, Error, Event, Journey};
use tokio::signal::unix::{SignalKind, signal};

const TCP: u32 = 6;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1).unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
    let client = Client::connect(&address).await?;
    let segments = FlowFilter {
        ip_version: IpVersion::IpVersion4.into(),
        l4_protocols: vec![TCP],
        destination_ipv4: vec!["10.0.1.11".to_owned()],
        ..FlowFilter::default()
    };
    let mut trace = client.trace(TraceRequest {
        filter: Some(Filter { allow: vec![segments], ..Filter::default() }),
        manifest_source: Some(ManifestSource::ManifestName("generic".to_owned())),
        module_names: vec!["gso".to_owned()],
        ..TraceRequest::default()
    });
    let stopper = trace.stopper();
    tokio::spawn(async move {
        interrupted().await;
        stopper.stop().await
    });
    while let Some(event) = trace.next().await {
        match event? {
            Event::Started(_) => println!("Trace ready!"),
            Event::Journey(journey) => {
                print!("{journey}");
                tell(&journey);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Says on standard error how the journey's packet will be cut. Values are typed, too.
fn tell(journey: &Journey) {
    for value in journey.hops().take(1).flat_map(|hop| hop.custom()) {
        if let ("gso_segs", Some(CustomData::Unsigned(segments @ 2..))) = (value.key, value.data()) {
            eprintln!("packet of {segments} segments");
        }
    }
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
