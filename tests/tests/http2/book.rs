//! The listings of the book's chapter on HTTP/2.

use h2::client::Builder;
use ws_core::prelude::*;
use ws_core::{Http2, tls};
use ws_tests::raw::TEXT;
use ws_tests::{Server, within};

use super::support::{Connection, handshake};
use super::tls_support::{Authority, DAY};

// ANCHOR: app
fn with_http2(app: App, config: tls::Config) -> App {
    app.tls(config).http2(Http2::new())
}
// ANCHOR_END: app

// ANCHOR: behind
fn behind_a_proxy(app: App) -> App {
    app.http2(Http2::new().prior_knowledge(true).max_streams(500)).trusted_proxies(["10.0.0.0/8"])
}
// ANCHOR_END: behind

// ANCHOR: version
#[websocket("/version")]
#[derive(Default)]
struct Version;

#[websocket]
impl Version {
    #[text]
    fn answer(&mut self, _: &str, cx: &mut Context<Self>) -> String {
        format!("{:?}", cx.http_version())
    }
}
// ANCHOR_END: version

fn app() -> App {
    App::discover_in(module_path!())
}

#[tokio::test]
async fn c16_the_listings_of_the_book_work() {
    let authority = Authority::new();
    let pair = authority.server(90 * DAY);
    let secure = Server::start(with_http2(app(), tls::from_pem(pair.certificate, pair.key))).await;
    let stream = authority.trusting().alpn(&["h2"]).open(secure.addr).await.unwrap();
    let plain = Server::start(behind_a_proxy(app())).await;
    for mut connection in
        [Connection::over(&Builder::new(), stream).await, Connection::open(plain.addr).await]
    {
        let mut tunnel = connection.tunnel(handshake("/version")).await;
        tunnel.frame(TEXT, b"?").await;
        assert_eq!(within(tunnel.read()).await.unwrap().text(), "HTTP/2.0");
    }
}
