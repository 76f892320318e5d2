//! A handshake request that is not sent yet.

#[cfg(feature = "client-tls")]
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use http::header::{
    CONNECTION, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
#[cfg(feature = "client-tls")]
use tokio_rustls::rustls::ClientConfig;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::client::Client;
use super::driver::Socket;
use super::error::Error;
use super::handshake;
use super::patience::patiently;
use super::target::Target;
use super::transport;

/// The largest message that a client takes unless told otherwise.
const MAX_MESSAGE_SIZE: usize = 64 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// What tungstenite allocates for reading, and what it gathers before it writes, in bytes for each client.
const BUFFER: usize = 16 << 10;

/// A handshake request, created by [`request`](super::request). It is valid as it is; add to it what your server needs.
#[must_use = "a request does nothing until it connects"]
#[derive(Debug)]
pub struct Request {
    /// The first mistake is the one that `connect` returns.
    target: Result<Target, Error>,
    opening: Opening,
    connect_timeout: Duration,
    #[cfg(feature = "client-tls")]
    tls: Option<Arc<ClientConfig>>,
}

/// What the handshake needs beside its target.
#[derive(Debug)]
struct Opening {
    headers: HeaderMap,
    max_message_size: usize,
    patience: Option<Duration>,
}

impl Request {
    pub(crate) fn new(url: &str) -> Self {
        let target = Target::parse(url);
        let authority = target.as_ref().map_or_else(|_| String::new(), |target| target.authority.clone());
        let opening =
            Opening { headers: HeaderMap::new(), max_message_size: MAX_MESSAGE_SIZE, patience: None };
        let request = Self {
            target,
            opening,
            connect_timeout: CONNECT_TIMEOUT,
            #[cfg(feature = "client-tls")]
            tls: None,
        };
        request
            .header(HOST, authority)
            .header(UPGRADE, "websocket")
            .header(CONNECTION, "Upgrade")
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_KEY, handshake::key())
    }

    /// Sets a header, in place of an earlier one of this name. The headers of the handshake itself can be replaced too.
    ///
    /// An invalid name or value is an error of [`connect`](Self::connect).
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        match (name.try_into().map_err(Into::into), value.try_into().map_err(Into::into)) {
            (Ok(name), Ok(value)) => {
                self.opening.headers.insert(name, value);
            }
            (Err(error), _) | (_, Err(error)) => self.target = self.target.and(Err(Error::Request(error))),
        }
        self
    }

    /// Removes a header, even one of the handshake itself: to test how a server rejects it.
    pub fn without(mut self, name: HeaderName) -> Self {
        self.opening.headers.remove(name);
        self
    }

    /// Offers subprotocols, the preferred one first. [`Client::subprotocol`] is the one that the server selects.
    pub fn subprotocols(self, names: &[&str]) -> Self {
        self.header(SEC_WEBSOCKET_PROTOCOL, names.join(", "))
    }

    /// The largest message that the client takes, in bytes; 64 MiB by default. A larger one ends the connection with
    /// [`Error::TooLarge`].
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.opening.max_message_size = bytes;
        self
    }

    /// How long [`connect`](Self::connect) may take, from name resolution to the server's response; 30 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the TLS configuration for `wss://`, for example to trust a certificate authority of your own, or to present
    /// a client certificate. By default the client trusts what the system trusts.
    ///
    /// ```no_run
    /// use ws_core::client::rustls::pki_types::{CertificateDer, pem::PemObject};
    /// use ws_core::client::rustls::{ClientConfig, RootCertStore};
    ///
    /// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut roots = RootCertStore::empty();
    /// roots.add(CertificateDer::from_pem_file("ca.pem")?)?;
    /// let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    /// let client = ws_core::client::request("wss://localhost:8443/chat").tls_config(config).connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "client-tls")]
    pub fn tls_config(mut self, config: impl Into<Arc<ClientConfig>>) -> Self {
        self.tls = Some(config.into());
        self
    }

    #[cfg(feature = "testing")]
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.opening.patience = Some(patience);
        self
    }

    /// Connects to the host of the URL, and performs the handshake.
    ///
    /// # Errors
    /// [`Error::Url`] or [`Error::Request`] if the request is invalid, [`Error::TlsDisabled`] for `wss://` without the
    /// feature `client-tls`, [`Error::Connect`], [`Error::Tls`] or [`Error::Http`] if the server cannot be reached,
    /// [`Error::Rejected`] with its response if it refuses, [`Error::Handshake`] if its response is invalid, and
    /// [`Error::Timeout`] after 30 s or [`connect_timeout`](Self::connect_timeout).
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O and time enabled.
    ///
    /// # Cancel safety
    /// If you drop the future, the connection attempt ends and its socket closes.
    pub async fn connect(self) -> Result<Client, Error> {
        let timeout = self.connect_timeout;
        tokio::time::timeout(timeout, self.connect_to_target()).await.unwrap_or_else(|_| {
            Err(Error::Timeout {
                waiting_for: "the server to accept the connection",
                seconds: timeout.as_secs(),
            })
        })
    }

    async fn connect_to_target(self) -> Result<Client, Error> {
        let target = self.target?;
        if !target.tls {
            let stream = transport::tcp(&target).await?;
            return self.opening.upgrade(&target, stream).await;
        }
        #[cfg(feature = "client-tls")]
        {
            let stream = transport::tcp(&target).await?;
            let stream = Box::pin(super::tls::handshake(&target, stream, self.tls)).await?;
            self.opening.upgrade(&target, stream).await
        }
        #[cfg(not(feature = "client-tls"))]
        Err(Error::TlsDisabled)
    }

    /// Performs the handshake over `stream`: a Unix socket, a proxy's tunnel, or memory. The URL's host and path are used
    /// for the request only. TLS, if you need it, is up to the stream, and there is no timeout.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), without those of reaching the server.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time enabled.
    ///
    /// # Cancel safety
    /// If you drop the future, the stream is dropped.
    pub async fn connect_over<S>(self, stream: S) -> Result<Client, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.opening.upgrade(&self.target?, stream).await
    }
}

impl Opening {
    async fn upgrade<S>(self, target: &Target, stream: S) -> Result<Client, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut request = http::Request::get(&*target.path).body(String::new())?;
        *request.headers_mut() = self.headers;
        // hyper's connection is large, and would be copied into each future around this one.
        let upgrading = Box::pin(handshake::upgrade(stream, request));
        let waiting_for = "the server's response to the handshake";
        let (upgraded, headers) = patiently(self.patience, waiting_for, upgrading).await??;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(self.max_message_size))
            .max_frame_size(Some(self.max_message_size));
        let socket: Socket =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, Some(config))
                .now_or_never()
                .expect("without a handshake there is nothing to wait for");
        Ok(Client::new(socket, headers, self.patience))
    }
}
