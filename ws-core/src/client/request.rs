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

/// The default of [`Request::max_message_size`], in bytes.
const MAX_MESSAGE_SIZE: usize = 64 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The size of tungstenite's read buffer, and of its write buffer, in bytes for each client.
const BUFFER: usize = 16 << 10;

/// A handshake request, created by [`request`](super::request). It already has the headers of the handshake; add those
/// that your server needs. The [module's documentation](super) has an example.
#[must_use = "a request does nothing until it connects"]
#[derive(Debug)]
pub struct Request {
    /// The target, or the first error of the request, which `connect` returns.
    target: Result<Target, Error>,
    opening: Opening,
    connect_timeout: Duration,
    #[cfg(feature = "client-tls")]
    tls: Option<Arc<ClientConfig>>,
}

/// The parts of the handshake that do not depend on the target.
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

    /// Sets a header, and replaces an earlier one of the same name. You can replace the headers of the handshake too.
    ///
    /// If the name or the value is invalid, [`connect`](Self::connect) returns the error.
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

    /// Removes a header, even one of the handshake, for example to test how a server rejects the request.
    pub fn without(mut self, name: HeaderName) -> Self {
        self.opening.headers.remove(name);
        self
    }

    /// Offers subprotocols in order of preference (RFC 6455 section 1.9), and replaces those that were offered before.
    /// [`Client::subprotocol`] returns the one that the server selects. With no names, nothing is offered.
    pub fn subprotocols(self, names: &[&str]) -> Self {
        if names.is_empty() {
            return self.without(SEC_WEBSOCKET_PROTOCOL);
        }
        self.header(SEC_WEBSOCKET_PROTOCOL, names.join(", "))
    }

    /// Sets the largest message that the client accepts, in bytes. The default is 64 MiB. A larger message ends the
    /// connection with [`Error::TooLarge`].
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.opening.max_message_size = bytes;
        self
    }

    /// Limits the time that [`connect`](Self::connect) takes, from name resolution to the server's response. The
    /// default is 30 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the TLS configuration for `wss://`, for example to trust your own certificate authority or to present a
    /// client certificate. By default, the client trusts the root certificates of the system.
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

    /// Connects to the host of the URL, and performs the handshake (RFC 6455 section 4.1).
    ///
    /// # Errors
    /// - [`Error::Url`] or [`Error::Request`] if the request is invalid;
    /// - [`Error::TlsDisabled`] for `wss://` without the feature `client-tls`;
    /// - [`Error::Connect`] or [`Error::Tls`] if the server cannot be reached;
    /// - [`Error::Http`] if the connection fails before the server's response;
    /// - [`Error::Rejected`] with the server's response if that is not 101;
    /// - [`Error::Handshake`] if the server's response is invalid;
    /// - [`Error::Timeout`] after 30 s, or after [`connect_timeout`](Self::connect_timeout).
    ///
    /// # Panics
    /// Panics outside of a tokio runtime with I/O and time enabled.
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

    /// Performs the handshake over `stream`: a Unix socket, the tunnel of a proxy, or a pipe in memory. The request
    /// contains the host and the path of the URL, but this method does not connect to that host, adds no TLS and has no
    /// time limit.
    ///
    /// ```no_run
    /// # #[cfg(unix)]
    /// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
    /// let stream = tokio::net::UnixStream::connect("/run/chat.sock").await?;
    /// let client = ws_core::client::request("ws://localhost/chat").connect_over(stream).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Request`], [`Error::Http`], [`Error::Rejected`] or [`Error::Handshake`], as for
    /// [`connect`](Self::connect).
    ///
    /// # Panics
    /// Panics outside of a tokio runtime with time enabled.
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
        // Boxed because hyper's connection is large, and each future around this one would contain it.
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
