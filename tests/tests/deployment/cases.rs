//! The tests that run behind each of the proxies.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpSocket;
use tokio_websockets::{CloseCode, Message, WebSocketStream};
use ws_core::prelude::*;
use ws_tests::{Server, until, within};

use crate::client::{self, HERE, connect, next, shake};
use crate::proxy::{Edit, Program, Proxy};

/// Sends the address and scheme of its client and the version of HTTP by which the proxy connects. Then it echoes.
#[websocket("/who", max_message_size = "4MiB")]
#[derive(Default)]
struct Who;

#[websocket]
impl Who {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        let addr = cx.peer_addr().map(|addr| addr.to_string()).unwrap_or_default();
        format!("{addr} {} {:?}", cx.scheme().unwrap_or("unknown"), cx.http_version())
    }

    #[text]
    fn text(&mut self, text: Text, cx: &mut Context<Self>) -> Result<Text, Close> {
        if &*text == "flood" {
            cx.send(vec![7; 8 << 20]);
        }
        if &*text == "close" {
            Err(Close::new(ws_core::CloseCode::from_static(4000), "as you wish"))
        } else {
            Ok(text)
        }
    }

    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

/// The app, with a page, behind a proxy at 127.0.0.1.
pub(crate) fn app() -> App {
    behind_the_proxy(distrustful())
}

// ANCHOR: app
fn behind_the_proxy(app: App) -> App {
    app.trusted_proxies(["127.0.0.1"])
}
// ANCHOR_END: app

/// The same app, which trusts no proxy.
pub(crate) fn distrustful() -> App {
    let page = Router::new().route("/", get(async || "a page"));
    App::discover_in(module_path!()).fallback(page)
}

/// Starts `app` behind the proxy.
pub(crate) async fn behind<P: Program>(app: App, edits: &[Edit<'_>]) -> (Server, Proxy) {
    let server = Server::start(app).await;
    let proxy = Proxy::start::<P>(&server.addr.to_string(), edits).await;
    (server, proxy)
}

/// Reads the greeting.
pub(crate) async fn greeting<S>(client: &mut WebSocketStream<S>) -> String
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    next(client).await.0.expect("a greeting").as_text().expect("text").to_owned()
}

/// Messages pass in both directions, and a close from either side. The app knows the client, who cannot forge its address.
pub(crate) async fn carries<P: Program>(app: App, edits: &[Edit<'_>], version: &str) {
    let (server, proxy) = behind::<P>(app, edits).await;
    let forged = [
        ("x-forwarded-for", "192.0.2.9"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "for=192.0.2.9;proto=http"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let mut client = connect(&proxy, "/who", &forged).await;
    assert_eq!(greeting(&mut client).await, format!("127.0.0.2:0 https {version}"));
    for size in [0, 1, 125, 126, 65_535, 65_536, 1 << 20] {
        let text = Message::text("ä".repeat(size / 2));
        let binary = Message::binary(vec![7; size]);
        for message in [text, binary] {
            within(client.send(message.clone())).await.unwrap();
            let echoed = next(&mut client).await.0.expect("an echo");
            let same =
                echoed.is_text() == message.is_text() && echoed.as_payload()[..] == message.as_payload()[..];
            assert!(same, "{size} bytes");
        }
    }
    within(client.send(Message::text("close"))).await.unwrap();
    let close = next(&mut client).await.0.unwrap();
    assert_eq!(close.as_close(), Some((CloseCode::try_from(4000).unwrap(), "as you wish")));
    until(|| server.app.stats().ended("stop") == 1).await;

    let mut client = connect(&proxy, "/who", &[]).await;
    greeting(&mut client).await;
    within(client.send(Message::close(CloseCode::try_from(4321).ok(), "enough"))).await.unwrap();
    assert_eq!(next(&mut client).await.0.unwrap().as_close().unwrap().1, "enough");
    until(|| server.app.stats().ended("remote") == 1).await;
}

/// Only pages of the proxy's own origin connect.
pub(crate) async fn checks_origins<P: Program>(edits: &[Edit<'_>]) {
    let (_server, proxy) = behind::<P>(app(), edits).await;
    let host = format!("localhost:{}", proxy.addr.port());
    for (origin, status) in [
        (format!("https://{host}"), "101"),
        (format!("http://{host}"), "403"),
        ("https://localhost".to_owned(), "403"),
        ("https://evil.example".to_owned(), "403"),
    ] {
        let (_, head) = shake(&proxy, HERE, &[("Origin", &origin)]).await;
        assert_eq!(head.split(' ').nth(1), Some(status), "{origin}: {head}");
    }
}

/// The limit per address counts clients, not the proxy.
pub(crate) async fn counts_clients<P: Program>(app: App, edits: &[Edit<'_>]) {
    let (server, proxy) = behind::<P>(app.max_connections_per_address(2), edits).await;
    let mut open = Vec::new();
    for (from, status) in [(2, "101"), (2, "101"), (2, "503"), (3, "101"), (3, "101"), (3, "503")] {
        let (stream, head) = shake(&proxy, [127, 0, 0, from], &[]).await;
        assert_eq!(head.split(' ').nth(1), Some(status), "{head}");
        open.push(stream);
    }
    assert_eq!(server.app.stats().limited("max_connections_per_address"), 2);
}

/// With edits that let the proxy close silent connections after 3 s, the heartbeat keeps one open.
pub(crate) async fn heartbeats_keep_open<P: Program>(three_seconds: &[Edit<'_>]) {
    let beating = app().heartbeat(Duration::from_millis(200)).idle_timeout(Duration::from_secs(30));
    let (_server, proxy) = behind::<P>(beating, three_seconds).await;
    let mut client = connect(&proxy, "/who", &[]).await;
    greeting(&mut client).await;
    for _ in 0..20 {
        assert!(within(client.next()).await.expect("a ping").expect("a ping").is_ping());
    }
    within(client.send(Message::text("still here"))).await.unwrap();
    assert_eq!(next(&mut client).await.0.expect("an echo").as_text(), Some("still here"));
}

/// With the same edits, and without a heartbeat, the proxy closes the connection.
pub(crate) async fn silence_is_cut<P: Program>(three_seconds: &[Edit<'_>]) {
    let (server, proxy) = behind::<P>(app().heartbeat(None), three_seconds).await;
    let mut client = connect(&proxy, "/who", &[]).await;
    greeting(&mut client).await;
    assert!(next(&mut client).await.0.is_none(), "a message");
    until(|| server.app.stats().ended("lost") == 1).await;
}

/// A drain closes the clients with 1001 through the proxy. A new process at the same address is reached again. If
/// `waits`, a client that connects in the meantime waits for it.
pub(crate) async fn drains<P: Program>(app: fn() -> App, edits: &[Edit<'_>], waits: bool) {
    let (server, proxy) = behind::<P>(app(), edits).await;
    let proxy = Arc::new(proxy);
    let mut client = connect(&proxy, "/who", &[]).await;
    greeting(&mut client).await;
    let draining = server.app.clone();
    let drained = tokio::spawn(async move { draining.drain(Duration::from_secs(5)).await });
    let close = next(&mut client).await.0.expect("a close");
    assert_eq!(close.as_close().expect("a close").0, CloseCode::GOING_AWAY);
    assert!(next(&mut client).await.0.is_none(), "a message");
    assert_eq!(ws_tests::drained(&within(drained).await.unwrap()), (1, 0, 0));
    let addr = server.addr;
    server.ended().await;
    // No other program gets the port, which refuses connections until something listens there.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(addr).unwrap();

    let early = Arc::clone(&proxy);
    let mut early = tokio::spawn(async move { status(&early).await });
    if waits {
        // The proxy tries again, where others would answer with 502 at once.
        let answered = tokio::time::timeout(Duration::from_millis(300), &mut early).await;
        assert!(answered.is_err(), "{answered:?}");
    } else {
        assert_eq!(within(&mut early).await.unwrap(), 502);
    }
    let again = app().bind(socket.listen(1024).unwrap()).await.unwrap();
    let handle = again.handle();
    tokio::spawn(again.serve_until(std::future::pending()));
    if waits {
        assert_eq!(within(early).await.unwrap(), 101);
    } else {
        within(async { while status(&proxy).await != 101 {} }).await;
    }
    assert_eq!(handle.stats().opened, 1);
}

/// Returns the status of the response to a handshake.
async fn status(proxy: &Proxy) -> u16 {
    let (_, head) = shake(proxy, HERE, &[]).await;
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

/// A page comes over HTTP/2.
pub(crate) async fn serves_pages<P: Program>(edits: &[Edit<'_>]) {
    let (_server, proxy) = behind::<P>(app(), edits).await;
    assert_eq!(client::get(&proxy, "/").await, "a page over HTTP/2\n");
}

/// The proxy connects to a Unix socket, whose address has `prefix` in the proxy's configuration.
pub(crate) async fn over_unix<P: Program>(prefix: &str) {
    let path = std::env::temp_dir().join(format!("ws-{}-{}.sock", P::NAME, std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    // The workers of nginx have a user of their own.
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    let server = distrustful().trusted_proxies(["unix"]).bind(listener).await.unwrap();
    tokio::spawn(server.serve_until(std::future::pending()));
    let proxy = Proxy::start::<P>(&format!("{prefix}{}", path.display()), &[]).await;
    let mut client = connect(&proxy, "/who", &[]).await;
    assert_eq!(greeting(&mut client).await, "127.0.0.2:0 https HTTP/1.1");
    fs::remove_file(path).unwrap();
}

/// After `signal`, the proxy has a new configuration, which it logs as `words`, and old connections live on.
pub(crate) async fn reload_keeps<P: Program>(signal: &str, words: &str) {
    let (_server, mut proxy) = behind::<P>(app(), &[]).await;
    let mut client = connect(&proxy, "/who", &[]).await;
    greeting(&mut client).await;
    proxy.process.signal(signal);
    proxy.process.complains(words).await;
    let mut later = connect(&proxy, "/who", &[]).await;
    greeting(&mut later).await;
    for client in [&mut client, &mut later] {
        within(client.send(Message::text("still here"))).await.unwrap();
        assert_eq!(next(client).await.0.expect("an echo").as_text(), Some("still here"));
    }
}
