//! The rate limit that all connections of a client address share.

use std::time::Duration;

use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::testing;
use ws_core::{Exceeded, RateLimit, Route};
use ws_tests::gate::Gate;
use ws_tests::raw::{BINARY, HEADERS, Raw, TEXT, frame};
use ws_tests::{Server, until};

use super::addresses::open_from;
use super::{Echo, shake};

const LIMIT: &str = "rate_limit_per_address";
const MS: Duration = Duration::from_millis(1);
/// Refilled so slowly that no test sees it.
const FIVE: RateLimit = RateLimit::new().messages(1).burst(5).exceeded(Exceeded::Drop);

fn app(limit: RateLimit) -> App {
    App::new().rate_limit_per_address(limit).mount::<Echo>("/", ()).mount::<Echo>("/also", ())
}

/// Sends `count` messages with one write, and returns how many are answered before the ping after them.
async fn answered(client: &mut Raw, count: usize) -> usize {
    let mut burst: Vec<u8> = (0..count).flat_map(|_| frame(true, TEXT, b"here")).collect();
    burst.extend(frame(true, 9, b"last"));
    client.send(&burst).await;
    let mut answers = 0;
    while client.read().await.expect("a frame").opcode == TEXT {
        answers += 1;
    }
    answers
}

/// Asserts that the next frame is an echo.
async fn assert_echo(client: &mut Raw) {
    let frame = client.read().await.expect("a frame");
    assert_eq!((frame.opcode, frame.text()), (TEXT, "here"));
}

#[tokio::test]
async fn the_connections_of_an_address_share_a_limit() {
    let server = Server::start(app(FIVE)).await;
    let (mut one, _) = shake(&server, "/", &[]).await;
    let (mut other, _) = shake(&server, "/also", &[]).await;
    assert_eq!(answered(&mut one, 3).await, 3);
    // The ping took one, too.
    assert_eq!(answered(&mut other, 3).await, 1);
    assert!(server.app.stats().limited(LIMIT) >= 2);
    assert_eq!(server.app.stats().limited("rate_limit"), 0);
    // Another address has a limit of its own.
    let mut third = open_from("127.0.0.2", &server).await;
    assert_eq!(third.request("GET", "/", &HEADERS).await.status, 101);
    assert_eq!(answered(&mut third, 5).await, 5);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_a_limit_and_a_64_of_ipv6_is_one() {
    let server = Server::start(app(FIVE).trusted_proxies(["127.0.0.1"])).await;
    for (client, passed) in [
        ("192.0.2.1", 5),
        ("192.0.2.1", 0),
        ("192.0.2.2", 5),
        ("2001:db8::1", 5),
        ("2001:db8::ffff:1", 0),
        ("2001:db8:0:1::1", 5),
    ] {
        let (mut raw, _) = shake(&server, "/", &[("X-Forwarded-For", client)]).await;
        assert_eq!(answered(&mut raw, 7).await, passed, "{client}");
    }
    // A proxy that names no client, and all clients of one that is not trusted, are no single client.
    let (mut unknown, _) = shake(&server, "/", &[]).await;
    assert_eq!(answered(&mut unknown, 20).await, 20);
}

#[tokio::test]
async fn a_client_that_comes_back_gets_no_new_burst() {
    let server = Server::start(app(FIVE)).await;
    for passed in [5, 0] {
        let (mut raw, _) = shake(&server, "/", &[]).await;
        assert_eq!(answered(&mut raw, 6).await, passed);
        drop(raw);
        until(|| server.app.stats().open == 0).await;
    }
}

#[tokio::test]
async fn a_route_with_a_limit_shares_it_with_no_other() {
    let app = App::new()
        .rate_limit_per_address(FIVE)
        .mount::<Echo>("/", ())
        .route(Route::new::<Echo>("/own").rate_limit_per_address(FIVE))
        .route(Route::new::<Echo>("/free").rate_limit_per_address(None));
    let server = Server::start(app).await;
    for (path, passed) in [("/own", 5), ("/", 5), ("/own", 0), ("/", 0), ("/free", 30)] {
        let (mut raw, _) = shake(&server, path, &[]).await;
        assert_eq!(answered(&mut raw, 30).await, passed, "{path}");
    }
}

#[tokio::test]
async fn the_connection_that_exceeds_it_is_closed_with_1008() {
    let server = Server::start(app(FIVE.exceeded(Exceeded::Close))).await;
    let (mut one, _) = shake(&server, "/", &[]).await;
    let (mut other, _) = shake(&server, "/", &[]).await;
    for _ in 0..5 {
        one.frame(TEXT, b"here").await;
        assert_echo(&mut one).await;
    }
    other.frame(TEXT, b"here").await;
    let close = other.read().await.expect("a close");
    assert_eq!(close.close(), (1008, "more than 1 messages per second from your address"));
    until(|| server.app.stats().ended("policy") == 1).await;
    until(|| server.app.stats().open == 1).await;
    assert_eq!(server.app.stats().limited(LIMIT), 1);
}

/// As many connections as it likes, old and new ones: together they are no faster than the limit.
#[tokio::test]
async fn connections_wait_for_their_turn() {
    let limit = RateLimit::new().messages(50).burst(5);
    let server = Server::start(app(limit)).await;
    let started = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..10 {
        let (mut raw, _) = shake(&server, "/", &[]).await;
        raw.send(&[frame(true, TEXT, b"here"), frame(true, TEXT, b"here")].concat()).await;
        clients.push(raw);
    }
    for client in &mut clients {
        assert_echo(client).await;
        assert_echo(client).await;
    }
    // The burst of 5 is free, and each of the other 15 takes 20 ms.
    assert!(started.elapsed() >= 290 * MS, "{:?}", started.elapsed());
    assert!(server.app.stats().limited(LIMIT) >= 10);
}

/// Nobody sends more by opening a connection for each message.
#[tokio::test]
async fn a_new_connection_waits_for_the_others() {
    let limit = RateLimit::new().bytes(100).bytes_burst(1_000);
    let server = Server::start(app(limit)).await;
    let (mut one, _) = shake(&server, "/", &[]).await;
    one.frame(BINARY, &[7; 8_000]).await;
    until(|| server.app.stats().limited(LIMIT) == 1).await;
    let (mut other, _) = shake(&server, "/", &[]).await;
    other.frame(TEXT, b"here").await;
    until(|| server.app.stats().limited(LIMIT) == 2).await;
    assert_eq!(server.app.stats().messages_in, 1);
    // The drain does not wait for it.
    server.app.drain(Duration::from_secs(20)).await;
}

/// Removes its own limit once it may.
struct Freed(Gate);

#[websocket]
impl Freed {
    #[init]
    fn new(State(gate): State<Gate>, upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.set_rate_limit(None);
        Self(gate)
    }

    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> String {
        if words == "free" {
            cx.set_rate_limit(RateLimit::new().messages(100));
            cx.set_rate_limit(None);
            self.0.passed().await;
        }
        words.to_owned()
    }
}

#[tokio::test]
async fn a_connection_that_changes_its_own_limit_keeps_that_of_its_address() {
    let gate = Gate::new();
    gate.open();
    let app = App::new().state(gate).rate_limit(FIVE).rate_limit_per_address(FIVE).mount::<Freed>("/", ());
    let server = Server::start(app).await;
    let (mut raw, _) = shake(&server, "/", &[]).await;
    raw.frame(TEXT, b"free").await;
    assert_eq!(raw.read().await.expect("an echo").text(), "free");
    assert_eq!(answered(&mut raw, 10).await, 4);
    assert_eq!(server.app.stats().limited("rate_limit"), 0);
}

/// A message that the limit of the connection drops costs nothing in that of its address.
#[tokio::test]
async fn both_limits_apply() {
    let route = Route::new::<Echo>("/").rate_limit(FIVE.burst(2)).rate_limit_per_address(FIVE);
    let server = Server::start(App::new().route(route)).await;
    let mut passed = Vec::new();
    for _ in 0..4 {
        let (mut raw, _) = shake(&server, "/", &[]).await;
        passed.push(answered(&mut raw, 9).await);
    }
    assert_eq!(passed, [2, 2, 1, 0]);
}

#[tokio::test]
async fn a_limit_without_a_rate_stops_the_start() {
    let problem = testing::start(app(RateLimit::new())).unwrap_err().to_string();
    assert!(problem.contains("`rate_limit_per_address` must limit `messages` or `bytes`"), "{problem}");
}
