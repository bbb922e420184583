//! The first example of the original's README: `ipftrace -iv 4 -l4 ICMP -s4 10.0.1.10 generic`.

use ipftrace::v1::trace_request::ManifestSource;
use ipftrace::v1::{Filter, FlowFilter, IpVersion, TraceRequest};
use ipftrace::{Client, DEFAULT_ADDRESS, Error, Event};
use tokio::signal::unix::{SignalKind, signal};

const ICMP: u32 = 1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1).unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
    let client = Client::connect(&address).await?;
    let pings = FlowFilter {
        ip_version: IpVersion::IpVersion4.into(),
        l4_protocols: vec![ICMP],
        source_ipv4: vec!["10.0.1.10".to_owned()],
        ..FlowFilter::default()
    };
    let mut trace = client.trace(TraceRequest {
        filter: Some(Filter { allow: vec![pings], ..Filter::default() }),
        manifest_source: Some(ManifestSource::ManifestName("generic".to_owned())),
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
            Event::Journey(journey) => print!("{journey}"),
            _ => {}
        }
    }
    Ok(())
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
