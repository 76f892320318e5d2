//! HTTP/1.1 on one connection, until a request upgrades it.

use std::convert::Infallible;
use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use futures_util::future::{Either, select};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tower_service::Service;

use super::half_open::{GivesWay, Head};
use crate::connection::io::Timed;
use crate::handle::AppHandle;
use crate::shared::stats::Limit;

/// A client that has not sent the head of a request by then is dropped.
const HEAD: Duration = Duration::from_secs(10);
/// The largest head of a request, in bytes (431): hyper's own limit, six times as large, is too much for each of
/// thousands that are half open.
const LARGEST_HEAD: usize = 64 << 10;

#[derive(Clone, Debug)]
pub(crate) struct Serving {
    pub(crate) router: Router,
    pub(crate) handle: AppHandle,
    /// Held while a connection speaks HTTP, so that a server knows when the last answer is out.
    pub(crate) open: mpsc::Sender<Infallible>,
}

/// A TCP connection as it was accepted.
pub(crate) struct Accepted {
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) head: Head,
    pub(crate) gives_way: GivesWay,
}

/// Serves it until it ends, or gives way to others.
pub(crate) async fn serve_accepted(serving: Serving, accepted: Accepted) {
    let Accepted { stream, peer, head, gives_way } = accepted;
    // The app's: which route's it would be is not known before there is a request.
    let stream = Timed::new(stream, serving.handle.0.setup().limits.write_timeout);
    let serving = pin!(serve(serving, stream, peer, Some(head)));
    if let Either::Right(_) = select(serving, pin!(gives_way.told())).await {
        tracing::debug!(%peer, "a connection without a request was cut: others need its place");
    }
}

/// Serves HTTP on a stream; `head` is told when the first request comes.
pub(crate) async fn serve<S>(serving: Serving, stream: S, peer: SocketAddr, head: Option<Head>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Serving { router, handle, open: _open } = serving;
    let answer = service_fn(move |mut request: http::Request<Incoming>| {
        if let Some(head) = &head {
            head.came();
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        // A router is always ready.
        router.clone().call(request)
    });
    // The http1 builder with a timer: the one that speaks HTTP/2 as well never times out a silent client.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = match select(connection.as_mut(), pin!(handle.draining())).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => {
            // What is being answered is finished; nothing new is taken on this connection.
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
            handle.0.stats.limited(Limit::RequestHead);
        } else if is_stalled(&error) {
            handle.0.stats.limited(Limit::WriteTimeout);
        }
        tracing::debug!(%peer, "an HTTP connection ended: {error}");
    }
}

/// Whether the client did not read what it was answered.
fn is_stalled(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}
