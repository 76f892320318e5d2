//! HTTP on one connection that was accepted: HTTP/1.1 until a request upgrades it, or [HTTP/2](super::http2).

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
#[cfg(feature = "http2")]
use std::task::Poll;

use axum::Router;
use axum::response::IntoResponse;
use futures_util::future::{Either, ready};
use http::{HeaderValue, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tower_service::Service;

use super::half_open::Place;
#[cfg(feature = "http2")]
use super::http2;
use super::peer::Peer;
#[cfg(feature = "tls")]
use super::secure::{Secured, secure};
use super::tracked::Tracked;
use super::upload::Upload;
use super::watch::{Cut, HEAD, Watched};
use crate::connection::{Phase, Progress, Socket, Timed};
use crate::handler::AppHandle;
use crate::handshake::host;
use crate::shared::admission::HttpPermit;
use crate::shared::load::Placed;
use crate::shared::stats::Limit;

/// The largest request head in bytes; a larger one gets a 431 response. hyper's own limit is about six times as large,
/// too much for thousands of half-open connections.
const LARGEST_HEAD: usize = 64 << 10;

#[derive(Clone, Debug)]
pub(crate) struct Serving {
    pub(crate) router: Router,
    pub(crate) handle: AppHandle,
    /// Held while a connection is in HTTP, so that the server knows when the last response is sent.
    pub(crate) open: mpsc::Sender<Infallible>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Arc<crate::tls::Acceptor>>,
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
pub(super) enum Ended {
    /// The connection was closed or upgraded, or it failed.
    Http(hyper::Result<()>),
    /// It was cut before.
    Cut(Cut),
    /// The client has cancelled too many requests.
    #[cfg(feature = "http2")]
    Resets,
}

/// Serves the connection until it ends, or is dropped in favour of others.
#[cfg_attr(not(feature = "tls"), expect(unused_mut, reason = "TLS changes them"))]
pub(super) async fn serve_accepted(mut serving: Serving, accepted: Accepted) {
    let Accepted { mut socket, placed, peer, progress, place } = accepted;
    let (mut peer, mut place) = (Peer::new(peer), Some(place));
    progress.start();
    // Whether the client speaks HTTP/2, and whether that is known.
    #[cfg(feature = "http2")]
    let (mut multiplexed, mut is_known) = (false, false);
    #[cfg(feature = "tls")]
    if let Some(acceptor) = serving.tls.clone() {
        let addr = peer.addr;
        let secured = Box::pin(secure(&acceptor, &serving, socket, &mut peer, &progress, &mut place)).await;
        socket = match secured {
            Ok(Secured::Http1(socket)) => socket,
            #[cfg(feature = "http2")]
            Ok(Secured::Http2(socket)) => {
                multiplexed = true;
                socket
            }
            Ok(Secured::Plain(socket, router)) => {
                serving.router = router;
                socket
            }
            Ok(Secured::Closed) => return,
            Err(cut) => return report(&serving.handle, Ended::Cut(cut), &progress, addr),
        };
        #[cfg(feature = "http2")]
        {
            is_known = true;
        }
    }
    let limits = &serving.handle.shared().setup().app_limits;
    #[cfg_attr(not(feature = "http2"), expect(unused_mut, reason = "HTTP/2 changes it"))]
    let mut stream = Timed::new(socket, placed, progress.clone(), limits.http_write_timeout);
    #[cfg(feature = "http2")]
    if let Some(options) = limits.http2 {
        if !is_known && options.prior_knowledge {
            let watched = Watched { handle: &serving.handle, progress: &progress, place: &mut place };
            // A drain does not wait for the first bytes: HTTP/1.1 then closes the connection.
            let reading = watched
                .watch(None, |cx, drain_begins| match stream.poll_begins_with_preface(cx) {
                    Poll::Pending if drain_begins => Poll::Ready(false),
                    polled => polled,
                })
                .await;
            multiplexed = match reading {
                Ok(found) => found,
                Err(cut) => return report(&serving.handle, Ended::Cut(cut), &progress, peer.addr),
            };
        }
        if multiplexed {
            stream.pass_preface();
            // Boxed, so that the connections of HTTP/1.1 do not carry it.
            return Box::pin(http2::serve(serving, stream, peer, progress, place, options)).await;
        }
    }
    serve(serving, stream, peer, progress, place).await;
}

/// Serves HTTP on `stream`. `place` is the connection's place among those that wait for a request, if it has one.
pub(crate) async fn serve<S>(
    serving: Serving,
    stream: S,
    peer: Peer,
    progress: Arc<Progress>,
    mut place: Option<Place>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Serving { router, handle, open: _open, .. } = serving;
    let permit = HttpPermit::new(&handle.inner().shared);
    let answer = service_fn(|request: http::Request<Incoming>| {
        let in_use = progress.begin();
        let (mut parts, body) = request.into_parts();
        let checked = host::settle(&mut parts);
        let mut request = http::Request::from_parts(
            parts,
            Upload::new(Tracked::new(body, progress.begin()), &handle.inner().shared),
        );
        peer.describe(request.extensions_mut());
        request.extensions_mut().insert(permit.clone());
        let answering = match checked {
            // A router is always ready, so `poll_ready` is not needed.
            Ok(()) => Either::Right(router.clone().call(request)),
            Err(rejection) => {
                handle.shared().stats.rejected(rejection.status.as_u16());
                let peer = peer.addr.map(tracing::field::display);
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
    let watched = Watched { handle: &handle, progress: &progress, place: &mut place };
    let ended = watched
        .watch(Some(&permit), |cx, drain_begins| {
            if drain_begins {
                // Finishes the response in progress, and accepts no further request on this connection.
                connection.as_mut().graceful_shutdown();
            }
            connection.as_mut().poll(cx)
        })
        .await;
    report(&handle, ended.map_or_else(Ended::Cut, Ended::Http), &progress, peer.addr);
}

/// Counts and logs the end of a connection's HTTP.
pub(super) fn report(handle: &AppHandle, ended: Ended, progress: &Progress, peer: Option<SocketAddr>) {
    let stats = &handle.shared().stats;
    let peer = peer.map(tracing::field::display);
    match ended {
        Ended::Http(Ok(())) => {}
        Ended::Http(Err(error)) => {
            if progress.has_timed_out() {
                stats.limited(Limit::HttpWriteTimeout);
            }
            if progress.has_begun_with_tls() {
                stats.tls_to_plain();
                tracing::debug!(peer, "the client sent TLS to a port without TLS");
            } else {
                tracing::debug!(peer, "HTTP connection failed: {error}");
            }
        }
        #[cfg(feature = "http2")]
        Ended::Resets => {
            stats.limited(Limit::Resets);
            tracing::debug!(peer, "dropped an HTTP/2 connection whose client cancelled too many requests");
        }
        Ended::Cut(Cut::Late(Phase::Opened | Phase::Head, since)) if since.elapsed() >= HEAD => {
            stats.limited(Limit::RequestHead);
            tracing::debug!(peer, "dropped a connection that sent no complete request head within {HEAD:?}");
        }
        Ended::Cut(Cut::Late(Phase::Idle, _)) => {
            tracing::debug!(peer, "closed a connection that sent no further request");
        }
        Ended::Cut(Cut::Late(..)) => {
            tracing::debug!(peer, "dropped a connection at the deadline of the drain");
        }
        Ended::Cut(Cut::GaveWay) => {
            tracing::debug!(peer, "dropped a connection that sent no request, to make room");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
        let serving = Serving {
            router,
            handle: handle.clone(),
            open: mpsc::channel(1).0,
            #[cfg(feature = "tls")]
            tls: None,
        };
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
