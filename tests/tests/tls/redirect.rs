//! The redirect of plain HTTP to TLS.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use ws_core::prelude::*;
use ws_core::tls;
use ws_tests::raw::{HEADERS, Raw, Response};
use ws_tests::{pass, until, within};

use super::support::{Authority, DAY, Pair};

#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

struct Redirecting {
    app: ws_core::AppHandle,
    addr: SocketAddr,
    redirect: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

async fn serve(change: impl FnOnce(App) -> App) -> Redirecting {
    let Pair { certificate, key } = Authority::new().server(90 * DAY);
    let app = App::new().mount::<Echo>("/echo", ()).tls(tls::from_pem(certificate, key));
    let server = change(app.redirect_http("127.0.0.1:0")).bind("127.0.0.1:0").await.unwrap();
    let (app, addr) = (server.handle(), server.local_addr().unwrap());
    let redirect = server.redirect_addrs()[0];
    let task = tokio::spawn(server.serve_until(std::future::pending()));
    Redirecting { app, addr, redirect, task }
}

/// Clients of WebSockets follow no redirect, over HTTP/2 neither.
#[tokio::test]
async fn a_handshake_over_http_2_is_403() {
    let server = serve(|app| app.http2(ws_core::Http2::new().prior_knowledge(true))).await;
    let mut raw = Raw::open(server.redirect).await;
    let head = [
        ":method",
        "CONNECT",
        ":protocol",
        "websocket",
        ":scheme",
        "http",
        ":path",
        "/echo",
        ":authority",
        "x",
    ];
    let mut block = Vec::new();
    for pair in head.chunks(2) {
        block.push(0);
        for text in pair {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    bytes.extend([0, 0, u8::try_from(block.len()).unwrap(), 1, 5, 0, 0, 0, 1]);
    bytes.extend(block);
    raw.send(&bytes).await;
    until(|| server.app.stats().rejected(403) == 1).await;
}

async fn ask(addr: SocketAddr, method: &str, path: &str, host: &str) -> Response {
    Raw::open(addr).await.request(method, path, &[("Host", host)]).await
}

#[tokio::test]
async fn every_request_is_redirected_to_the_same_host_and_path() {
    let server = serve(|app| app).await;
    let port = server.addr.port();
    for (host, path, location) in [
        ("example.com", "/", format!("https://example.com:{port}/")),
        ("example.com:8080", "/chat?room=1", format!("https://example.com:{port}/chat?room=1")),
        ("[::1]:80", "/echo", format!("https://[::1]:{port}/echo")),
        ("ignored", "http://target.example/x", format!("https://target.example:{port}/x")),
    ] {
        for method in ["GET", "POST"] {
            let response = ask(server.redirect, method, path, host).await;
            assert_eq!((response.status, response.header("location")), (308, Some(&*location)));
        }
    }
    assert_eq!(ask(server.redirect, "GET", "/", "").await.status, 400);
    assert_eq!(ask(server.redirect, "GET", "/", "a b").await.status, 400);
}

#[tokio::test]
async fn an_upgrade_is_refused() {
    let server = serve(|app| app).await;
    let response = Raw::open(server.redirect).await.request("GET", "/echo", &HEADERS).await;
    assert_eq!((response.status, response.header("location")), (403, None));
    assert!(response.body.contains("connect with `wss://`"), "{response:?}");
    assert_eq!(server.app.stats().rejected(403), 1);
}

#[tokio::test]
async fn the_port_of_a_public_url_is_the_one_of_the_redirect() {
    for (public, location) in
        [("https://example.com", "https://x/"), ("https://example.com:8443", "https://x:8443/")]
    {
        let server = serve(|app| app.public_url("http://example.com:1").public_url(public)).await;
        assert_eq!(ask(server.redirect, "GET", "/", "x").await.header("location"), Some(location));
    }
}

#[tokio::test]
async fn other_hosts_than_the_declared_ones_are_not_redirected() {
    let server = serve(|app| app.hosts(["example.com"])).await;
    assert_eq!(ask(server.redirect, "GET", "/", "example.com").await.status, 308);
    assert_eq!(ask(server.redirect, "GET", "/", "evil.example").await.status, 421);
}

#[tokio::test]
async fn the_limits_of_http_apply() {
    let server = serve(|app| app.max_half_open(2)).await;
    let mut silent = Raw::open(server.redirect).await;
    assert_eq!(ask(server.redirect, "GET", "/", "x").await.status, 308);
    pass(Duration::from_secs(11)).await;
    assert!(within(silent.stream.read_u8()).await.is_err());
    until(|| server.app.stats().limited("request_head") == 1).await;
    // They count together with those of the TLS port.
    let mut silent = [Raw::open(server.redirect).await, Raw::open(server.addr).await];
    silent[0].send(b"GET").await;
    silent[1].send(b"\x16").await;
    assert!(silent[1].is_silent_for(Duration::from_millis(100)).await);
    pass(Duration::from_secs(3)).await;
    let _third = Raw::open(server.addr).await;
    until(|| server.app.stats().limited("max_half_open") == 1).await;
}

#[tokio::test]
async fn a_drain_ends_the_redirect_too() {
    let server = serve(|app| app).await;
    let mut idle = Raw::open(server.redirect).await;
    assert_eq!(idle.request("GET", "/", &[("Host", "x")]).await.status, 308);
    within(server.app.drain(Duration::from_secs(5))).await;
    assert!(within(idle.stream.read_u8()).await.is_err());
    within(server.task).await.unwrap();
    assert!(within(tokio::net::TcpStream::connect(server.redirect)).await.is_err());
}
