//! Reads a session from its oldest journey on and prints each event as a line of JSON. It goes on where it was when
//! the connection breaks, and ends with the session.
//!
//! `session ADDRESS NAME [CA CERTIFICATE KEY]`

use ipftrace::v1::session_attachment::Start;
use ipftrace::v1::{SessionAttachment, TraceRequest};
use ipftrace::{Client, Error, Tls};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (client, name) = match words.as_slice() {
        [address, name] => (Client::connect(address).await?, name),
        [address, name, authority, certificate, key] => {
            let tls = Tls::default().authorities_file(authority)?.identity_files(certificate, key)?;
            (Client::connect_tls(address, tls).await?, name)
        }
        _ => {
            eprintln!("session: give ADDRESS NAME [CA CERTIFICATE KEY]");
            std::process::exit(2)
        }
    };
    let start = Some(Start::Oldest(true));
    let session = SessionAttachment { session_name: name.clone(), start, ..SessionAttachment::default() };
    let mut trace = client.trace(TraceRequest { session: Some(session), ..TraceRequest::default() });
    while let Some(event) = trace.next().await {
        println!("{}", event?.json());
    }
    Ok(())
}
