//! HTTP/2 on one connection. Its requests are answered in tasks of their own ([`streams`](super::streams)), and some of
//! them become WebSockets (RFC 8441).

use std::convert::Infallible;
use std::error::Error as _;
use std::iter;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use http::{HeaderMap, HeaderValue, Method, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{sleep, sleep_until};
use tower_service::Service;

use super::half_open::Place;
use super::http::{Ended, Serving, report};
use super::peer::Peer;
use super::portioned::Portioned;
use super::streams::{Streams, multiplexed};
use super::tracked::Tracked;
use super::upload::Upload;
use super::watch::{Cut, Watched};
use crate::connection::{InUse, Phase, Progress};
use crate::handler::AppHandle;
use crate::handshake::{connect, host, request};
use crate::shared::admission::HttpPermit;
use crate::shared::http2::Http2;
use crate::shared::stats::Http2Failure;

/// A client that does not answer a ping within this time is gone.
const PONG: Duration = Duration::from_secs(20);
/// The time for a client to notice that an idle connection is being closed.
const GOODBYE: Duration = Duration::from_secs(1);
/// The number of streams that the server resets itself because the client violates the rules, those included that are
/// beyond `max_streams`. Beyond it, the connection is closed.
const LOCAL_RESETS: usize = 1024;
/// The number of bytes of a response that wait for a client, on each stream.
const SEND_BUFFER: usize = 64 << 10;

/// The body of a response, with the request and its permit.
type Answer = Response<Tracked<Portioned<Body>, (InUse, HttpPermit)>>;

/// The data that the requests of one connection share.
struct Requests {
    router: Router,
    handle: AppHandle,
    peer: Peer,
    progress: Arc<Progress>,
    cancelled: Cancelled,
}

/// Serves HTTP/2 on `stream`. `place` is the connection's place among those that wait for a request.
pub(super) async fn serve<S>(
    serving: Serving,
    stream: S,
    peer: Peer,
    progress: Arc<Progress>,
    mut place: Option<Place>,
    options: Http2,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Serving { router, handle, open: _open, .. } = serving;
    progress.multiplex();
    let addr = peer.addr;
    let cancelled = Cancelled::default();
    let requests = Arc::new(Requests {
        router,
        handle: handle.clone(),
        peer,
        progress: progress.clone(),
        cancelled: cancelled.clone(),
    });
    let answer = service_fn(move |request: http::Request<Incoming>| requests.clone().answer(request));
    let connection = http2::Builder::new(Streams(handle.inner().shared.clone()))
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .max_concurrent_streams(options.max_streams)
        .initial_stream_window_size(options.window)
        .initial_connection_window_size(options.connection_window())
        .max_header_list_size(options.max_head_size)
        .max_send_buf_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(options.max_resets as usize)
        .max_local_error_reset_streams(LOCAL_RESETS.max(options.max_resets as usize))
        .keep_alive_interval(options.ping)
        .keep_alive_timeout(PONG)
        .serve_connection(TokioIo::new(stream), answer);
    let mut connection = pin!(connection);
    let watched = Watched { handle: &handle, progress: &progress, place: &mut place };
    let ended = watched
        .watch(None, |cx, drain_begins| {
            if drain_begins {
                if progress.phase().0 == Phase::Opened {
                    return Poll::Ready(Ended::Http(Ok(())));
                }
                // Sends GOAWAY, and waits for the streams that are open.
                connection.as_mut().graceful_shutdown();
            }
            loop {
                if cancelled.count() >= options.max_resets {
                    return Poll::Ready(Ended::Resets);
                }
                match connection.as_mut().poll(cx) {
                    // hyper gives up the whole connection, as if it was over, after a `CONNECT` with a length, whose
                    // stream it resets. The connection goes on when it is polled again.
                    Poll::Ready(Ok(())) if !progress.is_shut() => drop(cancelled.begin()),
                    polled => return polled.map(Ended::Http),
                }
            }
        })
        .await
        .unwrap_or_else(Ended::Cut);
    drop(place);
    if let Ended::Cut(Cut::Late(Phase::Idle, _) | Cut::GaveWay) = ended {
        connection.as_mut().graceful_shutdown();
        close(connection, &handle, &progress).await;
    }
    match ended {
        Ended::Http(Err(error)) if !progress.has_timed_out() => {
            let (failure, why) = failure(&error);
            handle.shared().stats.http2_failed(failure);
            let peer = addr.map(tracing::field::display);
            tracing::debug!(peer, reason = failure.name(), "HTTP/2 connection failed: {why}");
        }
        ended => report(&handle, ended, &progress, addr),
    }
}

/// Returns the kind of a connection's failure, and its text.
fn failure(error: &hyper::Error) -> (Http2Failure, String) {
    let cause = error.source();
    let failure = match cause.and_then(|cause| cause.downcast_ref::<h2::Error>()) {
        None if error.is_timeout() => Http2Failure::Ping,
        // hyper takes an error of the socket out of that of h2.
        None => Http2Failure::Closed,
        Some(cause) if cause.is_remote() => Http2Failure::GoAway,
        Some(cause) if cause.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM) => Http2Failure::Flood,
        Some(_) => Http2Failure::Protocol,
    };
    (failure, cause.map_or_else(|| error.to_string(), ToString::to_string))
}

/// Closes an idle connection. A client that opens a stream meanwhile is served.
///
/// RFC 9113 9.1 wants a GOAWAY frame before the end, so that the client knows which requests it can send again.
async fn close(
    mut connection: Pin<&mut impl Future<Output = hyper::Result<()>>>,
    handle: &AppHandle,
    progress: &Progress,
) {
    let closing = async {
        let mut soon = pin!(sleep(GOODBYE));
        std::future::poll_fn(|cx| {
            progress.register(cx.waker());
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            progress.settle();
            let late = soon.is_elapsed() || soon.as_mut().poll(cx).is_ready();
            if late && progress.phase().0 != Phase::Busy { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    };
    let drained = async {
        handle.draining().await;
        if let Some(deadline) = handle.drain_deadline() {
            sleep_until(deadline).await;
        }
    };
    tokio::select! {
        () = closing => {}
        () = drained => {}
    }
}

impl Requests {
    /// Answers one request, in a task of its own.
    fn answer(
        self: Arc<Self>,
        request: http::Request<Incoming>,
    ) -> impl Future<Output = Result<Answer, Infallible>> + Send + 'static {
        let in_use = self.progress.begin();
        let unfinished = self.cancelled.begin();
        async move {
            let shared = &self.handle.inner().shared;
            let (mut parts, body) = request.into_parts();
            let method = parts.method.clone();
            join_cookies(&mut parts.headers);
            let checked = host::settle(&mut parts).and_then(|()| match method {
                Method::CONNECT => connect::check_protocol(&parts.extensions),
                _ => Ok(()),
            });
            let body = Upload::new(Tracked::new(body, self.progress.begin()), shared);
            let mut request = http::Request::from_parts(parts, body);
            // Each request has a permit of its own, because they are handled at the same time.
            let permit = HttpPermit::new(shared);
            self.peer.describe(request.extensions_mut());
            request.extensions_mut().insert(permit.clone());
            if method == Method::CONNECT
                && let Some(stream) = multiplexed(self.progress.begin())
            {
                request.extensions_mut().insert(stream);
            }
            let mut response = match checked {
                // A router is always ready, so `poll_ready` is not needed.
                Ok(()) => {
                    let Ok(response) = self.router.clone().call(request).await;
                    response
                }
                Err(rejection) => {
                    shared.stats.rejected(rejection.status.as_u16());
                    let peer = self.peer.addr.map(tracing::field::display);
                    tracing::debug!(peer, "request rejected: {}", rejection.why());
                    rejection.into_response()
                }
            };
            connect::refuse_unless_accepted(&method, &mut response);
            if !request::is_accepted(&response) {
                permit.answers_plainly();
            }
            unfinished.finish();
            Ok(response.map(|body| Tracked::new(Portioned::new(body), (in_use, permit))))
        }
    }
}

/// Joins the pieces of a cookie header, as RFC 9113 8.2.3 requires for an application that also knows HTTP/1.1.
fn join_cookies(headers: &mut HeaderMap) {
    let mut pieces = headers.get_all(header::COOKIE).into_iter();
    let (Some(first), Some(second)) = (pieces.next(), pieces.next()) else { return };
    let mut joined = first.as_bytes().to_vec();
    for piece in iter::once(second).chain(pieces) {
        joined.extend_from_slice(b"; ");
        joined.extend_from_slice(piece.as_bytes());
    }
    if let Ok(joined) = HeaderValue::from_bytes(&joined) {
        headers.insert(header::COOKIE, joined);
    }
}

/// The number of requests that a client has cancelled before they were answered, less those that it let finish.
#[derive(Clone, Default)]
struct Cancelled(Arc<AtomicU32>);

impl Cancelled {
    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    fn begin(&self) -> Unfinished {
        Unfinished { of: self.clone(), finished: false }
    }

    fn change(&self, change: impl Fn(u32) -> u32) {
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| Some(change(count)));
    }
}

/// A request that is not answered yet. It counts as cancelled if it is dropped.
struct Unfinished {
    of: Cancelled,
    finished: bool,
}

impl Unfinished {
    fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.finished {
            self.of.change(|count| count.saturating_sub(1));
        } else {
            self.of.change(|count| count.saturating_add(1));
        }
    }
}
