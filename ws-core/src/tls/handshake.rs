//! The TLS handshake of one connection.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ServerConfig};

use super::certificate::ClientCertificate;
use super::load::HTTP_1_1;
#[cfg(feature = "http2")]
use super::load::HTTP_2;
use super::stream::Stream;
use super::tcp::{Observer, Tcp};
use crate::shared::stats::TlsFailure;

/// The type of a TLS record that belongs to a handshake (RFC 8446 5.1). Every client begins with one.
pub(crate) const HELLO: u8 = 22;
/// After a failed handshake, at most this many bytes are read before the connection is closed.
const LINGER: u64 = 64 << 10;

/// A connection whose handshake is complete.
pub(crate) struct Accepted {
    pub(crate) stream: Stream,
    pub(crate) spoken: Spoken,
    pub(crate) certificate: Option<ClientCertificate>,
}

/// The protocol that client and server agreed on (ALPN, RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// HTTP/1.1: the client chose it, or it has no ALPN.
    Http1,
    /// HTTP/2, which the client chose.
    #[cfg(feature = "http2")]
    Http2,
    /// A protocol that only the user's own configuration offers and that ends with the handshake, such as `acme-tls/1`
    /// (RFC 8737).
    Nothing,
}

/// Waits for the first byte of `stream`, and returns it without reading it. Returns `None` at the end of the stream.
pub(crate) async fn first_byte(stream: &TcpStream, observer: &Observer) -> Option<u8> {
    let mut byte = [0];
    let mut buf = ReadBuf::new(&mut byte);
    let count = poll_fn(|task| {
        let peeked = stream.poll_peek(task, &mut buf);
        if peeked.is_pending() {
            observer(stream);
        }
        peeked
    })
    .await
    .ok()?;
    (count > 0).then(|| byte[0])
}

pub(super) async fn accept(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    observer: Observer,
) -> Result<Accepted, TlsFailure> {
    let tcp = Tcp { stream, accepted: false, observer: Some(observer) };
    let mut stream = match TlsAcceptor::from(config).accept(tcp).into_fallible().await {
        Ok(stream) => stream,
        Err((error, tcp)) => {
            linger(tcp.stream).await;
            return Err(failure(&error));
        }
    };
    let (tcp, session) = stream.get_mut();
    tcp.observer = None;
    let spoken = match session.alpn_protocol() {
        None | Some(HTTP_1_1) => Spoken::Http1,
        #[cfg(feature = "http2")]
        Some(HTTP_2) => Spoken::Http2,
        Some(_) => Spoken::Nothing,
    };
    let certificate = session.peer_certificates().and_then(<[_]>::first).map(ClientCertificate::of);
    Ok(Accepted { stream: Stream::new(stream), spoken, certificate })
}

/// Closes the connection so that the alert arrives: while bytes of the client are unread, the system would reset it.
async fn linger(mut stream: TcpStream) {
    if stream.shutdown().await.is_ok() {
        let _ = tokio::io::copy(&mut stream.take(LINGER), &mut tokio::io::sink()).await;
    }
}

/// Returns the kind of a handshake's failure.
fn failure(error: &io::Error) -> TlsFailure {
    let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) else {
        return TlsFailure::Closed;
    };
    match error {
        rustls::Error::AlertReceived(_) => TlsFailure::Refused,
        rustls::Error::NoCertificatesPresented | rustls::Error::InvalidCertificate(_) => {
            TlsFailure::ClientCertificate
        }
        rustls::Error::PeerIncompatible(_) | rustls::Error::NoApplicationProtocol => TlsFailure::Incompatible,
        _ => TlsFailure::Malformed,
    }
}
