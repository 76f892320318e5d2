//! The TLS handshake of a connection that was just accepted, in its own task.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::Router;
use axum::response::IntoResponse;
use http::{HeaderValue, StatusCode, header};

use super::half_open::Place;
use super::http::Serving;
use super::peer::Peer;
use super::watch::{Cut, Watched};
use crate::connection::{Progress, Socket};
use crate::shared::stats::TlsFailure;
use crate::tls::{self, Acceptor, Spoken};

/// What becomes of a connection to a port that speaks TLS.
pub(super) enum Secured {
    /// It speaks HTTP/1.1 over TLS.
    Http1(Socket),
    /// It speaks HTTP/2 over TLS.
    #[cfg(feature = "http2")]
    Http2(Socket),
    /// The client speaks plain HTTP. The router answers that.
    Plain(Socket, Router),
    /// It is over.
    Closed,
}

/// Performs the handshake on `socket`, within the time limits of a request's head.
pub(super) async fn secure(
    acceptor: &Acceptor,
    serving: &Serving,
    socket: Socket,
    peer: &mut Peer,
    progress: &Arc<Progress>,
    place: &mut Option<Place>,
) -> Result<Secured, Cut> {
    // The configuration of TLS requires a TCP listener.
    let Socket::Tcp(stream) = socket else { return Ok(Secured::Closed) };
    let observer = || -> Box<dyn Fn(&_) + Send + Sync> {
        let progress = progress.clone();
        Box::new(move |stream: &_| progress.read_nothing(|| Socket::tcp_has_unread(stream)))
    };
    let stats = &serving.handle.shared().stats;
    let addr = peer.addr.map(tracing::field::display);
    let work = async {
        match tls::first_byte(&stream, &observer()).await {
            Some(tls::HELLO) => {}
            Some(b'A'..=b'Z') => {
                stats.tls_handshake(Some(TlsFailure::PlainHttp));
                return Ok(Secured::Plain(Socket::Tcp(stream), speaks_https()));
            }
            Some(_) => return Err(TlsFailure::Malformed),
            None => return Err(TlsFailure::Closed),
        }
        let accepted = acceptor.accept(stream, observer()).await?;
        stats.tls_handshake(None);
        peer.over_tls = true;
        peer.certificate = accepted.certificate;
        Ok(match accepted.spoken {
            Spoken::Http1 => Secured::Http1(Socket::Secure(Box::new(accepted.stream))),
            #[cfg(feature = "http2")]
            Spoken::Http2 => Secured::Http2(Socket::Secure(Box::new(accepted.stream))),
            Spoken::Nothing => Secured::Closed,
        })
    };
    let mut work = pin!(work);
    let watched = Watched { handle: &serving.handle, progress, place };
    let secured = watched
        .watch(None, |cx, drain_begins| match work.as_mut().poll(cx) {
            Poll::Pending if drain_begins => Poll::Ready(Ok(Secured::Closed)),
            polled => polled,
        })
        .await?;
    Ok(secured.unwrap_or_else(|failure| {
        stats.tls_handshake(Some(failure));
        tracing::debug!(peer = addr, reason = failure.name(), "TLS handshake failed");
        Secured::Closed
    }))
}

/// The answer to a plain HTTP request.
fn speaks_https() -> Router {
    Router::new().fallback(async || {
        let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
        (StatusCode::BAD_REQUEST, close, "this port speaks https, and the request is plain http\n")
            .into_response()
    })
}
