//! Rate limits: messages and bytes per second, with a burst, and each behavior beyond them.

use std::time::Duration;

use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::testing::{self, TestApp};
use ws_core::{Exceeded, RateLimit, Route};
use ws_tests::deflate::Deflate;
use ws_tests::gate::Gate;
use ws_tests::raw::{BINARY, CONTINUATION, PING, PONG, Raw, TEXT, frame};
use ws_tests::{Server, until};

use super::Echo;

const MS: Duration = Duration::from_millis(1);

fn app(rate: RateLimit) -> App {
    App::new().route(Route::new::<Echo>("/").rate_limit(rate))
}

fn limited(app: &TestApp) -> u64 {
    app.handle().stats().limited("rate_limit")
}

/// Asserts that `passed` is `wanted` on the paused clock, which has a resolution of a millisecond.
fn assert_about(passed: Duration, wanted: Duration) {
    assert!(passed >= wanted && passed <= wanted + 5 * MS, "{passed:?}, not {wanted:?}");
}

#[tokio::test(start_paused = true)]
async fn a_burst_passes_at_once_and_the_rest_at_the_rate() {
    let app = testing::start(app(RateLimit::new().messages(10).burst(3))).unwrap();
    let mut client = app.connect("/").await.unwrap();
    let started = Instant::now();
    for number in 0..8 {
        client.send(number.to_string()).await.unwrap();
    }
    for number in 0..8_u32 {
        assert_eq!(client.text().await.unwrap(), number.to_string());
        assert_about(started.elapsed(), 100 * MS * number.saturating_sub(2));
    }
    assert!(limited(&app) >= 5, "{}", limited(&app));
    // A client that was silent has its burst again.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let started = Instant::now();
    for _ in 0..3 {
        client.send("again").await.unwrap();
        client.text().await.unwrap();
    }
    assert_about(started.elapsed(), Duration::ZERO);
}

/// The messages are in one buffer, which the connection decodes without going back to its stream.
#[tokio::test]
async fn a_burst_of_one_write_is_limited_too() {
    let server = Server::start(app(RateLimit::new().messages(20).burst(2))).await;
    let mut client = Raw::connect(server.addr, "/").await;
    let started = Instant::now();
    let burst: Vec<u8> = (0..8).flat_map(|number| frame(true, TEXT, number.to_string().as_bytes())).collect();
    client.send(&burst).await;
    for number in 0..8 {
        assert_eq!(client.read().await.expect("an echo").text(), number.to_string());
    }
    assert!(started.elapsed() >= 300 * MS, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn messages_beyond_the_rate_are_dropped_and_counted() {
    let limit = RateLimit::new().messages(10).burst(2).exceeded(Exceeded::Drop);
    let app = testing::start(app(limit)).unwrap();
    let mut client = app.connect("/").await.unwrap();
    for number in 0..5 {
        client.send(number.to_string()).await.unwrap();
    }
    until(|| limited(&app) == 3).await;
    tokio::time::sleep(100 * MS).await;
    client.send("later").await.unwrap();
    for expected in ["0", "1", "later"] {
        assert_eq!(client.text().await.unwrap(), expected);
    }
    assert_eq!(app.handle().stats().open, 1);
}

#[tokio::test]
async fn a_client_beyond_the_rate_is_closed_with_1008() {
    let limit = RateLimit::new().messages(5).exceeded(Exceeded::Close);
    let server = Server::start(app(limit)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    let burst: Vec<u8> = (0..100).flat_map(|_| frame(true, TEXT, b"here")).collect();
    client.send(&burst).await;
    let close = loop {
        let frame = client.read().await.expect("a frame");
        if frame.opcode != TEXT {
            break frame;
        }
    };
    assert_eq!(close.close(), (1008, "more than 5 messages per second"));
    until(|| server.app.stats().ended("policy") == 1).await;
    assert_eq!(server.app.stats().limited("rate_limit"), 1);
}

#[tokio::test(start_paused = true)]
async fn bytes_are_limited() {
    let app = testing::start(app(RateLimit::new().bytes(1_000).bytes_burst(500))).unwrap();
    let mut client = app.connect("/").await.unwrap();
    let started = Instant::now();
    for (len, after) in [(500, 0), (1_500, 0), (10, 1_500), (0, 1_510)] {
        client.send("x".repeat(len)).await.unwrap();
        assert_eq!(client.text().await.unwrap().len(), len);
        assert_about(started.elapsed(), after * MS);
    }
}

/// A large message is held back while it arrives, and not only once it is complete.
#[tokio::test]
async fn bytes_count_as_they_arrive() {
    let limit = RateLimit::new().bytes(100).bytes_burst(80_000);
    let gate = Gate::new();
    let app = App::new().state(gate.clone()).rate_limit(limit).mount::<Changing>("/", ());
    let server = Server::start(app).await;
    let limited = || server.app.stats().limited("rate_limit");
    // The rest of a large frame is read directly into its message.
    let mut client = Raw::connect(server.addr, "/").await;
    client.send(&frame(true, BINARY, &vec![7; 200_000])[..100_000]).await;
    until(|| limited() == 1).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.send(&frame(false, BINARY, &vec![7; 50_000])).await;
    client.send(&frame(false, CONTINUATION, &vec![7; 50_000])).await;
    until(|| limited() == 2).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"wait").await;
    until(|| server.app.stats().messages_in == 1).await;
    client.send(&frame(false, BINARY, &vec![7; 100_000])).await;
    until(|| limited() == 3).await;
    assert_eq!(server.app.stats().messages_in, 1);
    gate.open();
}

#[tokio::test]
async fn a_large_message_beyond_the_rate_is_dropped() {
    let server = Server::start(app(RateLimit::new().bytes(1_000).exceeded(Exceeded::Drop))).await;
    let mut client = Raw::connect(server.addr, "/").await;
    for dropped in 0..3 {
        client.frame(BINARY, &vec![7; 200_000]).await;
        until(|| server.app.stats().messages_in == dropped + 1).await;
        assert_eq!(server.app.stats().limited("rate_limit"), dropped);
    }
}

#[tokio::test]
async fn compressed_bytes_count_as_they_are_inflated() {
    let limit = RateLimit::new().bytes(5_000).exceeded(Exceeded::Close);
    let server = Server::start(app(limit).compress(ws_core::Compression::new())).await;
    let mut client = Deflate::connect(server.addr, "/").await;
    let zeros = "0".repeat(100_000);
    client.send(TEXT, zeros.as_bytes()).await;
    assert_eq!(client.read().await.text(), zeros);
    client.send(TEXT, b"0").await;
    let close = client.raw.read().await.expect("a close");
    assert_eq!(close.close(), (1008, "more than 5000 bytes per second"));
}

/// Pings count as messages. A dropped ping is answered nevertheless, as RFC 6455 demands.
#[tokio::test]
async fn pings_count_and_pongs_of_the_heartbeat_do_not() {
    let limit = RateLimit::new().messages(1).burst(1).exceeded(Exceeded::Drop);
    let route = Route::new::<Echo>("/").rate_limit(limit).heartbeat(20 * MS);
    let server = Server::start(App::new().route(route)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    for _ in 0..5 {
        let ping = client.read().await.expect("a ping");
        assert_eq!(ping.opcode, PING);
        client.frame(PONG, &ping.payload).await;
    }
    until(|| server.app.stats().messages_in == 5).await;
    assert_eq!(server.app.stats().limited("rate_limit"), 0);
    let burst: Vec<u8> = (0..50).flat_map(|_| frame(true, PING, b"hm")).collect();
    client.send(&burst).await;
    let mut answered = 0;
    while answered < 50 {
        let frame = client.read().await.expect("a frame");
        answered += u32::from(frame.opcode == PONG);
    }
    assert!(server.app.stats().limited("rate_limit") > 0);
}

/// While reading waits, the connection neither pings nor judges its client.
#[tokio::test(start_paused = true)]
async fn a_client_that_is_held_back_is_not_idle() {
    let limit = RateLimit::new().bytes(100);
    let route = Route::new::<Echo>("/").rate_limit(limit).idle_timeout(Duration::from_secs(2));
    let app = testing::start(App::new().route(route)).unwrap();
    let mut client = app.connect("/").await.unwrap();
    let started = Instant::now();
    for _ in 0..3 {
        client.send("x".repeat(3_000)).await.unwrap();
    }
    for after in [0, 29, 59] {
        assert_eq!(client.text().await.unwrap().len(), 3_000);
        assert_about(started.elapsed(), Duration::from_secs(after));
    }
    assert_eq!(app.handle().stats().open, 1);
}

/// The end of the app does not wait for the client's turn.
#[tokio::test(start_paused = true)]
async fn a_drain_ends_a_connection_that_is_held_back() {
    let app = testing::start(app(RateLimit::new().bytes(1))).unwrap();
    let mut client = app.connect("/").await.unwrap();
    client.send("x".repeat(1_000)).await.unwrap();
    assert_eq!(client.text().await.unwrap().len(), 1_000);
    let started = Instant::now();
    app.handle().drain(Duration::from_secs(10)).await;
    assert_eq!(client.closed().await.unwrap().map(|(code, _)| code), Some(1001));
    assert!(started.elapsed() <= 5 * Duration::from_secs(1), "{:?}", started.elapsed());
}

/// Waits for the gate, and changes its limit.
struct Changing(Gate);

#[websocket]
impl Changing {
    #[init]
    fn new(State(gate): State<Gate>, upgrade: &mut Upgrade<Self>) -> Self {
        if upgrade.path() == "/partner" {
            upgrade.set_rate_limit(None);
        }
        Self(gate)
    }

    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> String {
        match words {
            "wait" => self.0.passed().await,
            "strict" => cx.set_rate_limit(RateLimit::new().messages(1).exceeded(Exceeded::Drop)),
            "free" => cx.set_rate_limit(None),
            _ => {}
        }
        words.to_owned()
    }
}

fn changing() -> (TestApp, Gate) {
    let (gate, limit) = (Gate::new(), RateLimit::new().messages(1).exceeded(Exceeded::Drop));
    let app = App::new()
        .state(gate.clone())
        .rate_limit(limit)
        .mount::<Changing>("/", ())
        .mount::<Changing>("/partner", ());
    (testing::start(app).unwrap(), gate)
}

#[tokio::test(start_paused = true)]
async fn messages_that_arrive_while_a_callback_is_pending_count() {
    let (app, gate) = changing();
    let mut client = app.connect("/").await.unwrap();
    for words in ["wait", "dropped", "dropped"] {
        client.send(words).await.unwrap();
    }
    until(|| limited(&app) == 2).await;
    gate.open();
    assert_eq!(client.text().await.unwrap(), "wait");
    tokio::time::sleep(Duration::from_secs(1)).await;
    client.send("last").await.unwrap();
    assert_eq!(client.text().await.unwrap(), "last");
}

#[tokio::test(start_paused = true)]
async fn init_and_callbacks_change_the_limit_of_their_own_connection() {
    let (app, _gate) = changing();
    let mut client = app.connect("/partner").await.unwrap();
    for _ in 0..100 {
        client.send("free").await.unwrap();
        assert_eq!(client.text().await.unwrap(), "free");
    }
    client.send("strict").await.unwrap();
    assert_eq!(client.text().await.unwrap(), "strict");
    client.send("the only one").await.unwrap();
    client.send("dropped").await.unwrap();
    assert_eq!(client.text().await.unwrap(), "the only one");
    until(|| limited(&app) == 1).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    for words in ["free", "a", "b", "c"] {
        client.send(words).await.unwrap();
        assert_eq!(client.text().await.unwrap(), words);
    }
}

/// Counts its messages.
#[derive(Default)]
struct Counting(usize);

#[service]
impl Counting {
    #[incoming]
    fn received(&mut self, member: &Member<Self>, _: &str) {
        self.0 += 1;
        member.send(self.0.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn each_member_of_a_service_has_its_own_limit() {
    let route = Route::service::<Counting>("/").rate_limit(RateLimit::new().messages(10).burst(1));
    let app = testing::start(App::new().route(route)).unwrap();
    let (mut one, mut other) = (app.connect("/").await.unwrap(), app.connect("/").await.unwrap());
    let started = Instant::now();
    for _ in 0..3 {
        one.send("one").await.unwrap();
        other.send("other").await.unwrap();
    }
    for after in [0, 100, 200] {
        for client in [&mut one, &mut other] {
            client.text().await.unwrap();
            assert_about(started.elapsed(), after * MS);
        }
    }
}

#[tokio::test]
async fn a_limit_without_a_rate_stops_the_start() {
    let problem = |limit| testing::start(app(limit)).unwrap_err().to_string();
    let none = problem(RateLimit::new().exceeded(Exceeded::Close));
    assert!(none.contains("`rate_limit` must limit `messages` or `bytes` per second"), "{none}");
    let zero = problem(RateLimit::new().messages(0));
    assert!(zero.contains("at least 1 message and 1 byte per second"), "{zero}");
    let lonely = problem(RateLimit::new().messages(1).bytes_burst(1));
    assert!(lonely.contains("`bytes_burst` of a `rate_limit` needs `bytes`"), "{lonely}");
    let of_the_app = testing::start(App::new().rate_limit(RateLimit::new().bytes(1).bytes_burst(0)));
    assert!(of_the_app.unwrap_err().to_string().contains("burst of a `rate_limit` must be at least 1"));
}
