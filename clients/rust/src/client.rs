use std::time::Duration;

use tonic::codegen::InterceptedService;
use tonic::transport::{Channel, Endpoint};

use crate::deadline::Deadlines;
use crate::error::Error;
use crate::tls::Tls;
use crate::trace::Trace;
use crate::v1;
use crate::v1::session_service_client::SessionServiceClient;
use crate::v1::trace_service_client::TraceServiceClient;

/// Where ipftraced listens unless it is told otherwise.
pub const DEFAULT_ADDRESS: &str = "unix:/run/ipftrace/ipftraced.sock";

/// The HTTP/2 default of 64 KiB lets a server stall for every round trip.
const WINDOW_BYTES: u32 = 4 << 20;
/// A page of functions, or the dictionary of a large manifest, may exceed the default of 4 MiB.
const MAX_MESSAGE_BYTES: usize = 64 << 20;
const KEEPALIVE_TIME: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to one server. Clones use the same one.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
}

impl Client {
    /// Connects to the server at `address`, `unix:PATH` or `HOST:PORT`, without encryption, which servers
    /// accept on a unix socket and on loopback only.
    ///
    /// # Errors
    ///
    /// [`Error::Address`]; [`Error::Connection`] as soon as the connection is refused, and after five
    /// seconds without an answer.
    pub async fn connect(address: &str) -> Result<Self, Error> {
        Self::open(endpoint(address, "http")?).await
    }

    /// The same with TLS.
    ///
    /// # Errors
    ///
    /// As [`Client::connect`]; [`Error::Connection`] also for certificates that cannot be used, or that the
    /// other side does not accept.
    pub async fn connect_tls(address: &str, tls: Tls) -> Result<Self, Error> {
        let endpoint = endpoint(address, "https")?.tls_config(tls.config()).map_err(Error::Connection)?;
        Self::open(endpoint).await
    }

    async fn open(endpoint: Endpoint) -> Result<Self, Error> {
        let channel = endpoint.connect().await.map_err(Error::Connection)?;
        Ok(Self { channel })
    }

    /// A trace of a request; the default request traces the generic manifest without a filter. It begins
    /// when its first event is asked for. One of a session goes on after its connection was lost; see
    /// [`Trace::reconnect`].
    pub fn trace(&self, request: v1::TraceRequest) -> Trace {
        Trace::new(self.clone(), request)
    }

    /// Calls the methods of TraceService. Those that answer once get a deadline of two minutes (ten
    /// seconds where the kernel takes no part) unless their request has one ([`tonic::Request::set_timeout`]).
    pub fn traces(&self) -> TraceServiceClient<InterceptedService<Channel, Deadlines>> {
        let channel = InterceptedService::new(self.channel.clone(), Deadlines);
        TraceServiceClient::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// Calls the methods of SessionService, with deadlines as [`Client::traces`].
    pub fn sessions(&self) -> SessionServiceClient<InterceptedService<Channel, Deadlines>> {
        let channel = InterceptedService::new(self.channel.clone(), Deadlines);
        SessionServiceClient::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }
}

fn endpoint(address: &str, scheme: &str) -> Result<Endpoint, Error> {
    let none = || Error::Address(format!("{address:?} is not an address: give unix:PATH or HOST:PORT"));
    let uri = match address.strip_prefix("unix:") {
        Some(path) if !path.is_empty() => address.to_owned(),
        None if address.contains(':') => format!("{scheme}://{address}"),
        _ => return Err(none()),
    };
    let endpoint = Endpoint::from_shared(uri).map_err(|_| none())?;
    Ok(endpoint
        .user_agent(concat!("ipftrace-rust/", env!("CARGO_PKG_VERSION")))
        .map_err(Error::Connection)?
        .connect_timeout(CONNECT_TIMEOUT)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .http2_keep_alive_interval(KEEPALIVE_TIME)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT))
}
