//! The WebSocket support of axum behind axum-server, for `scripts/tuning secure`: over TLS, with HTTP/1.1 and HTTP/2. Without the
//! files of a certificate and its key, it is plain.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::any;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsConfig;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = || arguments.next().and_then(|number| number.parse::<u16>().ok()).expect("a number");
    let (port, threads) = (number(), number());
    let files = arguments.next().zip(arguments.next());
    peer::run(threads.into(), async move {
        let router =
            Router::new().route("/echo", any(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo)));
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if let Some((certificate, key)) = files {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let config = RustlsConfig::from_pem_file(certificate, key).await.expect("a certificate");
            let mut server = axum_server::bind_rustls(addr, config).map(|tls| tls.acceptor(NoDelayAcceptor));
            server.http_builder().http2().enable_connect_protocol();
            server.serve(router.into_make_service()).await.expect("it serves forever");
        } else {
            let mut server = axum_server::bind(addr).acceptor(NoDelayAcceptor);
            server.http_builder().http2().enable_connect_protocol();
            server.serve(router.into_make_service()).await.expect("it serves forever");
        }
    });
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let is_data = matches!(message, Message::Text(_) | Message::Binary(_));
        if is_data && socket.send(message).await.is_err() {
            return;
        }
    }
}
