//! HAProxy.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::Path;

use futures_util::SinkExt;
use tokio_websockets::Message;
use ws_core::{App, Http2};
use ws_tests::within;

use crate::proxy::{Edit, Program};
use crate::{cases, client};

struct HaProxy;

impl Program for HaProxy {
    const FILE: &'static str = "haproxy.cfg";
    const NAME: &'static str = "haproxy";

    fn edits(addr: SocketAddr, folder: &Path) -> Vec<(String, String)> {
        vec![
            ("bind :443 ".into(), format!("bind {addr} ")),
            ("/etc/haproxy/certs/example.com.pem".into(), folder.join("both.pem").display().to_string()),
            ("maxconn 50000".into(), "maxconn 100".into()),
        ]
    }

    fn arguments(config: &Path, _: &Path) -> Vec<String> {
        // As Debian's unit starts it, so that it can be reloaded.
        vec!["-W".into(), "-f".into(), config.display().to_string()]
    }
}

const THREE_SECONDS: &[Edit<'_>] =
    &[("timeout client 60s", "timeout client 3s"), ("timeout server 60s", "timeout server 3s")];

#[tokio::test]
async fn haproxy_carries_websockets() {
    cases::carries::<HaProxy>(cases::app(), &[], "HTTP/1.1").await;
}

#[tokio::test]
async fn behind_haproxy_only_its_own_pages_connect() {
    cases::checks_origins::<HaProxy>(&[]).await;
}

#[tokio::test]
async fn behind_haproxy_the_limit_per_address_counts_clients() {
    cases::counts_clients::<HaProxy>(cases::app(), &[]).await;
}

#[tokio::test]
async fn behind_haproxy_the_heartbeat_keeps_a_silent_connection_open() {
    cases::heartbeats_keep_open::<HaProxy>(THREE_SECONDS).await;
}

#[tokio::test]
async fn haproxy_closes_a_silent_connection_without_a_heartbeat() {
    cases::silence_is_cut::<HaProxy>(THREE_SECONDS).await;
}

#[tokio::test]
async fn a_drain_is_seen_through_haproxy() {
    cases::drains::<HaProxy>(cases::app, &[], true).await;
}

#[tokio::test]
async fn behind_haproxy_pages_come_over_http2() {
    cases::serves_pages::<HaProxy>(&[]).await;
}

/// The chapter's alternative: one connection of HTTP/2 carries the WebSockets of many clients.
const HTTP2: &[Edit<'_>] = &[("default_backend app", "default_backend app-http2")];

fn with_http2() -> App {
    cases::app().http2(Http2::new().prior_knowledge(true))
}

#[tokio::test]
async fn c16_haproxy_carries_websockets_over_http2_to_the_server() {
    cases::carries::<HaProxy>(with_http2(), HTTP2, "HTTP/2.0").await;
}

#[tokio::test]
async fn c16_behind_haproxy_over_http2_the_limit_per_address_counts_clients() {
    cases::counts_clients::<HaProxy>(with_http2(), HTTP2).await;
}

#[tokio::test]
async fn c16_a_drain_is_seen_through_haproxy_over_http2() {
    cases::drains::<HaProxy>(with_http2, HTTP2, true).await;
}

#[tokio::test]
async fn c16_haproxy_takes_websockets_over_http2_from_browsers() {
    for (app, edits, version) in [(cases::app(), &[][..], "HTTP/1.1"), (with_http2(), HTTP2, "HTTP/2.0")] {
        let (_server, proxy) = cases::behind::<HaProxy>(app, edits).await;
        let mut connection = client::http2(&proxy).await;
        let mut first = connection.connect("/who").await;
        let mut second = connection.connect("/who").await;
        for client in [&mut first, &mut second] {
            assert_eq!(cases::greeting(client).await, format!("127.0.0.2:0 https {version}"));
        }
    }
}

#[tokio::test]
async fn c16_behind_haproxy_over_http2_a_client_that_does_not_read_stops_nobody() {
    // Without trusted proxies, the address shows which connection carries a client.
    let app = cases::distrustful().http2(Http2::new().prior_knowledge(true));
    let (_server, proxy) = cases::behind::<HaProxy>(app, HTTP2).await;
    let mut clients = Vec::new();
    let mut addrs = HashSet::new();
    for _ in 0..4 {
        let mut client = client::connect(&proxy, "/who", &[]).await;
        addrs.insert(cases::greeting(&mut client).await);
        clients.push(client);
    }
    // Not with `http-reuse always`: then they share a connection, and HAProxy stops reading all of it.
    assert_eq!(addrs.len(), 4, "clients share connections: {addrs:?}");
    let (last, slow) = clients.split_last_mut().unwrap();
    for client in slow {
        within(client.send(Message::text("flood"))).await.unwrap();
    }
    for number in 0..100 {
        within(last.send(Message::text(format!("{number}")))).await.unwrap();
        let echoed = client::next(last).await.0.expect("an echo");
        assert_eq!(echoed.as_text(), Some(&*format!("{number}")));
    }
}

#[tokio::test]
async fn haproxy_reaches_the_app_over_a_unix_socket() {
    cases::over_unix::<HaProxy>("unix@").await;
}

#[tokio::test]
async fn a_reload_of_haproxy_closes_no_websocket() {
    cases::reload_keeps::<HaProxy>("USR2", "New worker").await;
}

/// The app reads the client's address from headers.
#[tokio::test]
async fn the_proxy_protocol_is_a_bad_request() {
    let edits = &[("server app1 127.0.0.1:8080\n", "server app1 127.0.0.1:8080 send-proxy\n")];
    let (_server, proxy) = cases::behind::<HaProxy>(cases::app(), edits).await;
    let (_, head) = client::shake(&proxy, client::HERE, &[]).await;
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
}
