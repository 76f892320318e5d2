//! HTTP/1.1 on one connection, until a request upgrades it.

use std::convert::Infallible;
use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::IntoResponse;
use futures_util::future::{Either, ready, select};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tower_service::Service;

use super::half_open::{GivesWay, Head};
use crate::connection::Timed;
use crate::handler::AppHandle;
use crate::handshake::host;
use crate::shared::stats::Limit;

/// A client that has not sent a complete request head after this time is dropped.
const HEAD: Duration = Duration::from_secs(10);
/// The largest request head in bytes; a larger one gets a 431 response. hyper's own limit is about six times as large,
/// too much for thousands of half-open connections.
const LARGEST_HEAD: usize = 64 << 10;

#[derive(Clone, Debug)]
pub(crate) struct Serving {
    pub(crate) router: Router,
    pub(crate) handle: AppHandle,
    /// Held while a connection is in HTTP, so that the server knows when the last response is sent.
    pub(crate) open: mpsc::Sender<Infallible>,
}

/// A TCP connection that was just accepted.
pub(crate) struct Accepted {
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) head: Head,
    pub(crate) gives_way: GivesWay,
}

/// Serves the connection until it ends, or is dropped in favour of newer ones.
pub(crate) async fn serve_accepted(serving: Serving, accepted: Accepted) {
    let Accepted { stream, peer, head, gives_way } = accepted;
    // The app's write timeout: which route applies is unknown before there is a request.
    let stream = Timed::new(stream, serving.handle.shared().setup().limits.write_timeout);
    let serving = pin!(serve(serving, stream, peer, Some(head)));
    if let Either::Right(_) = select(serving, pin!(gives_way.evicted())).await {
        tracing::debug!(%peer, "dropped a connection that sent no request, to make room");
    }
}

/// Serves HTTP on `stream`. Marks `head` as received when the first request arrives.
pub(crate) async fn serve<S>(serving: Serving, stream: S, peer: SocketAddr, head: Option<Head>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Serving { router, handle, open: _open } = serving;
    let asked = handle.clone();
    let answer = service_fn(move |mut request: http::Request<Incoming>| {
        if let Some(head) = &head {
            head.came();
        }
        if let Err(rejection) = host::check(request.version(), request.uri(), request.headers()) {
            asked.shared().stats.rejected(rejection.status.as_u16());
            tracing::debug!(%peer, "request rejected: {}", rejection.why());
            return Either::Left(ready(Ok(rejection.into_response())));
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        // A router is always ready, so `poll_ready` is not needed.
        Either::Right(router.clone().call(request))
    });
    // The http1 builder has a timer. The builder that also supports HTTP/2 never times out a silent client.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST_HEAD)
        .max_header_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = match select(connection.as_mut(), pin!(handle.draining())).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => {
            // Finishes the response in progress, and accepts no further request on this connection.
            connection.as_mut().graceful_shutdown();
            match handle.drain_deadline() {
                Some(deadline) => match tokio::time::timeout_at(deadline, connection).await {
                    Ok(ended) => ended,
                    Err(_) => return,
                },
                None => connection.await,
            }
        }
    };
    if let Err(error) = ended {
        if error.is_timeout() {
            handle.shared().stats.limited(Limit::RequestHead);
        } else if is_stalled(&error) {
            handle.shared().stats.limited(Limit::WriteTimeout);
        }
        tracing::debug!(%peer, "HTTP connection failed: {error}");
    }
}

/// Whether the connection failed because the client did not read the response.
fn is_stalled(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}
