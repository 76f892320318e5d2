//! HTTP/1.1 on one connection, until a request upgrades it.

use std::convert::Infallible;
use std::error::Error as _;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::IntoResponse;
use futures_util::future::{Either, ready};
use http::{HeaderValue, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};
use tower_service::Service;

use super::half_open::Place;
use super::tracked::Tracked;
use super::upload::Upload;
use crate::connection::{Phase, Progress, Socket, Timed};
use crate::handler::AppHandle;
use crate::handshake::host;
use crate::handshake::proxies::OverUnixSocket;
use crate::shared::admission::HttpPermit;
use crate::shared::clock::later;
use crate::shared::load::Placed;
use crate::shared::stats::Limit;

/// A client that has not begun its first request after this time is dropped, and so is one that has not completed the
/// head of a request this long after its first byte.
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

/// A connection that was just accepted.
pub(super) struct Accepted {
    pub(super) socket: Socket,
    pub(super) placed: Placed,
    /// `None` for a Unix socket.
    pub(super) peer: Option<SocketAddr>,
    pub(super) progress: Arc<Progress>,
    pub(super) place: Place,
}

/// The end of a connection's HTTP.
enum Ended {
    /// The connection was closed or upgraded, or it failed.
    Http(hyper::Result<()>),
    /// The time limit of a phase, or of a drain, has passed.
    Late(Phase),
    /// The connection made room for others.
    GaveWay,
}

/// Serves the connection until it ends, or is dropped in favour of others.
pub(super) async fn serve_accepted(serving: Serving, accepted: Accepted) {
    let Accepted { socket, placed, peer, progress, place } = accepted;
    let write_timeout = serving.handle.shared().setup().app_limits.http_write_timeout;
    let stream = Timed::new(socket, placed, progress.clone(), write_timeout);
    serve(serving, stream, peer, progress, Some(place)).await;
}

/// Serves HTTP on `stream`. `place` is the connection's place among those that wait for a request, if it has one.
pub(crate) async fn serve<S>(
    serving: Serving,
    stream: S,
    peer: Option<SocketAddr>,
    progress: Arc<Progress>,
    mut place: Option<Place>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Serving { router, handle, open: _open } = serving;
    let permit = HttpPermit::new(&handle.inner().shared);
    let answer = service_fn(|request: http::Request<Incoming>| {
        let in_use = progress.begin();
        let (mut parts, body) = request.into_parts();
        let checked = host::settle(&mut parts);
        let mut request = http::Request::from_parts(
            parts,
            Upload::new(Tracked::new(body, progress.begin()), &handle.inner().shared),
        );
        match peer {
            Some(peer) => drop(request.extensions_mut().insert(ConnectInfo(peer))),
            None => drop(request.extensions_mut().insert(OverUnixSocket)),
        }
        request.extensions_mut().insert(permit.clone());
        let answering = match checked {
            // A router is always ready, so `poll_ready` is not needed.
            Ok(()) => Either::Right(router.clone().call(request)),
            Err(rejection) => {
                handle.shared().stats.rejected(rejection.status.as_u16());
                let peer = peer.map(tracing::field::display);
                tracing::debug!(peer, "request rejected: {}", rejection.why());
                Either::Left(ready(Ok(rejection.into_response())))
            }
        };
        let permit = &permit;
        async move {
            let Ok(mut response) = answering.await;
            // A rejected handshake is plain HTTP, too.
            if response.status() != StatusCode::SWITCHING_PROTOCOLS && !permit.answers_plainly() {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response.map(|body| Tracked::new(body, in_use)))
        }
    });
    // HTTP/1.1 only: the builder that also supports HTTP/2 never times out a silent client. hyper's own timeout of a
    // head does not distinguish a client that is slow from one that is kept alive.
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(LARGEST_HEAD)
        .max_header_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut draining = pin!(handle.draining());
    let keep_alive = handle.shared().setup().app_limits.keep_alive;
    progress.start();
    let mut known = progress.phase();
    let mut timer = pin!(sleep_until(later(known.1, HEAD)));
    let mut drains = false;
    let ended = poll_fn(|cx| {
        progress.register(cx.waker());
        let asked = progress.is_asked();
        if !drains && draining.as_mut().poll(cx).is_ready() {
            drains = true;
            // Finishes the response in progress, and accepts no further request on this connection.
            connection.as_mut().graceful_shutdown();
        }
        if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
            return Poll::Ready(Ended::Http(ended));
        }
        progress.settle();
        let now = progress.phase();
        if now != known {
            known = now;
            match known.0 {
                Phase::Opened | Phase::Head => {}
                Phase::Busy => place.iter_mut().for_each(Place::leave),
                Phase::Idle => {
                    permit.give_back();
                    place.iter_mut().for_each(Place::wait);
                }
            }
        }
        if asked {
            let unread = progress.take_asked();
            if place.as_mut().is_some_and(|place| place.gives_way(unread)) {
                return Poll::Ready(Ended::GaveWay);
            }
        }
        let (phase, since) = known;
        let deadline = match phase {
            Phase::Opened | Phase::Head => Some(later(since, HEAD)),
            Phase::Busy => None,
            Phase::Idle => keep_alive.map(|after| later(since, after)),
        };
        let drained = if drains { handle.drain_deadline() } else { None };
        if let Some(deadline) = deadline.into_iter().chain(drained).min() {
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            if timer.as_mut().poll(cx).is_ready() {
                let is_drained = drained.is_some_and(|deadline| deadline <= Instant::now());
                if is_drained || progress.is_over() {
                    return Poll::Ready(Ended::Late(phase));
                }
                // Only its first poll waits: it wakes this task once the runtime has looked at its sockets.
                let _ = pin!(yield_now()).poll(cx);
            }
        }
        Poll::Pending
    })
    .await;
    report(&handle, ended, peer, known);
}

/// Counts and logs the end of a connection's HTTP.
fn report(handle: &AppHandle, ended: Ended, peer: Option<SocketAddr>, (_, since): (Phase, Instant)) {
    let stats = &handle.shared().stats;
    let peer = peer.map(tracing::field::display);
    match ended {
        Ended::Http(Ok(())) => {}
        Ended::Http(Err(error)) => {
            if is_stalled(&error) {
                stats.limited(Limit::HttpWriteTimeout);
            }
            tracing::debug!(peer, "HTTP connection failed: {error}");
        }
        Ended::Late(Phase::Opened | Phase::Head) if since.elapsed() >= HEAD => {
            stats.limited(Limit::RequestHead);
            tracing::debug!(peer, "dropped a connection that sent no complete request head within {HEAD:?}");
        }
        Ended::Late(Phase::Idle) => tracing::debug!(peer, "closed a connection that sent no further request"),
        Ended::Late(_) => tracing::debug!(peer, "dropped a connection at the deadline of the drain"),
        Ended::GaveWay => tracing::debug!(peer, "dropped a connection that sent no request, to make room"),
    }
}

/// Whether the connection failed because the client did not read the response.
fn is_stalled(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::super::half_open::HalfOpen;
    use super::*;
    use crate::shared::load::Load;

    /// A callback may block the thread of a connection that was just accepted.
    #[tokio::test]
    async fn the_time_for_the_first_request_begins_when_the_connection_can_be_read() {
        let handle = AppHandle::new(Arc::default());
        let router = Router::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        let progress = Progress::new();
        let place = HalfOpen::new(handle.clone()).enter(&progress).await;
        progress.age(HEAD + Duration::from_secs(2));
        let serving = Serving { router, handle: handle.clone(), open: mpsc::channel(1).0 };
        let socket = socket.into_std().unwrap();
        tokio::spawn(async move {
            // In the same poll, so that the runtime has not looked at the socket yet.
            let socket = Socket::Tcp(TcpStream::from_std(socket).unwrap());
            let placed = Arc::<Load>::default().place();
            serve_accepted(serving, Accepted { socket, placed, peer: None, progress, place }).await;
        });
        let mut answer = [0; 12];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 404");
        assert_eq!(handle.stats().limited("request_head"), 0);
    }
}
