//! Serves an app's router with plain hyper, set up by hand, in place of the ws-core server.

use std::net::SocketAddr;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// Serves `router` on the test's runtime and a free port. `wrap` may replace each accepted stream.
///
/// # Panics
/// If no port is free.
pub async fn serve<S>(router: Router, wrap: impl Fn(TcpStream) -> S + Send + 'static) -> SocketAddr
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = TowerToHyperService::new(router.clone());
            let stream = TokioIo::new(wrap(stream));
            tokio::spawn(http1::Builder::new().serve_connection(stream, answer).with_upgrades());
        }
    });
    addr
}
