//! A client that answers pings stays connected, whatever holds up the server (C11, Z11). A client that does not answer is
//! closed.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::{AppHandle, Route};
use ws_tests::raw::{BINARY, CLOSE, PING, PONG, Raw, TEXT, frame};
use ws_tests::{Server, until};

const IDLE: Duration = Duration::from_millis(600);
const BLOCK: Duration = Duration::from_millis(2_000);

/// Echoes, and blocks its thread on request.
#[derive(Default)]
struct Blocks;

struct Shorter;

#[websocket]
impl Blocks {
    #[text]
    fn received(&mut self, text: &str) -> String {
        if text == "block" {
            thread::sleep(BLOCK);
        }
        text.to_owned()
    }

    #[info]
    fn shorter(&mut self, _: Shorter, cx: &mut Context<Self>) {
        cx.set_idle_timeout(IDLE);
    }

    #[binary]
    fn bytes(&mut self, bytes: &[u8]) -> String {
        format!("{} bytes", bytes.len())
    }
}

/// Serves `route` on one thread of its own. Returns the address and the handle.
fn serve_on_a_thread(route: Route) -> (std::net::SocketAddr, AppHandle) {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let server = App::new().route(route).bind("127.0.0.1:0").await.expect("the app starts");
            sender
                .send((server.local_addr().expect("a TCP address"), server.handle()))
                .expect("the test waits");
            server.serve_until(std::future::pending()).await;
        });
    });
    receiver.recv().expect("an address")
}

/// Answers pings until a message arrives, and returns its opcode and text.
async fn answer_pings(client: &mut Raw) -> (u8, String) {
    loop {
        let frame = client.read().await.expect("a frame");
        if frame.opcode != PING {
            let text = if frame.opcode == CLOSE { frame.close().1 } else { frame.text() };
            return (frame.opcode, text.to_owned());
        }
        client.frame(PONG, &frame.payload).await;
    }
}

#[tokio::test]
async fn c11_with_an_idle_timeout_alone_a_client_that_answers_stays() {
    let server = Server::start(App::new().route(Route::new::<Blocks>("/").idle_timeout(IDLE))).await;
    let mut client = Raw::connect(server.addr, "/").await;
    let begun = Instant::now();
    let mut pings = 0;
    while begun.elapsed() < 3 * IDLE {
        let ping = client.read().await.expect("a frame");
        assert_eq!(ping.opcode, PING);
        client.frame(PONG, &ping.payload).await;
        pings += 1;
    }
    assert!((4..=6).contains(&pings), "half of the idle timeout apart, not {pings}");
}

#[tokio::test]
async fn c11_a_client_that_does_not_answer_is_closed() {
    let server = Server::start(App::new().route(Route::new::<Blocks>("/").idle_timeout(IDLE))).await;
    let begun = Instant::now();
    let mut client = Raw::connect(server.addr, "/").await;
    assert_eq!(client.read().await.expect("a ping").opcode, PING);
    assert_eq!(client.read().await.expect("a close").close(), (1001, "idle timeout"));
    assert!(begun.elapsed() >= IDLE);
}

/// One callback blocks the thread of all connections for longer than their idle timeout.
#[tokio::test]
async fn c11_quiet_clients_survive_a_thread_that_is_blocked() {
    let route = Route::new::<Blocks>("/").idle_timeout(IDLE).heartbeat(Duration::from_millis(200));
    let (addr, _) = serve_on_a_thread(route);
    let mut quiet = join_all((0..10).map(|_| Raw::connect(addr, "/"))).await;
    let mut blocking = Raw::connect(addr, "/").await;
    blocking.frame(TEXT, b"block").await;
    join_all(quiet.iter_mut().map(async |client| {
        let _ = tokio::time::timeout(BLOCK + IDLE, answer_pings(client)).await;
        client.frame(TEXT, b"still there").await;
        assert_eq!(answer_pings(client).await, (TEXT, "still there".to_owned()));
    }))
    .await;
}

/// The server sends no pings, so the clients send something themselves.
#[tokio::test]
async fn c11_frames_that_arrived_while_the_thread_was_blocked_are_signs_of_life() {
    let (addr, _) = serve_on_a_thread(Route::new::<Blocks>("/").idle_timeout(IDLE).heartbeat(None));
    let mut quiet = join_all((0..10).map(|_| Raw::connect(addr, "/"))).await;
    let mut blocking = Raw::connect(addr, "/").await;
    blocking.frame(TEXT, b"block").await;
    for client in &mut quiet {
        client.frame(TEXT, b"still there").await;
    }
    for client in &mut quiet {
        assert_eq!(answer_pings(client).await, (TEXT, "still there".to_owned()));
    }
}

/// The last ping was sent for the longer timeout, and the client has answered it.
#[tokio::test]
async fn c11_a_shorter_idle_timeout_begins_with_a_ping() {
    let server = Server::start(App::new().route(Route::new::<Blocks>("/").idle_timeout(8 * IDLE))).await;
    let mut client = Raw::connect(server.addr, "/").await;
    tokio::time::sleep(IDLE * 7 / 12).await;
    let socket = server.app.sockets::<Blocks>().pop().expect("a connection");
    assert!(socket.info(Shorter).is_queued());
    let begun = Instant::now();
    while begun.elapsed() < 3 * IDLE {
        let ping = client.read().await.expect("a frame");
        assert_eq!(ping.opcode, PING);
        client.frame(PONG, &ping.payload).await;
    }
}

/// The rest of a message arrived in time, although the server could not read it.
#[tokio::test]
async fn c11_a_message_that_arrived_while_the_thread_was_blocked_is_whole_in_time() {
    let route = Route::new::<Blocks>("/").message_timeout(IDLE);
    let (addr, app) = serve_on_a_thread(route);
    let mut client = Raw::connect(addr, "/").await;
    let mut blocking = Raw::connect(addr, "/").await;
    let message = frame(true, BINARY, &[7; 10_000]);
    client.send(&message[..5_000]).await;
    until(|| app.stats().bytes_in >= 5_000).await;
    blocking.frame(TEXT, b"block").await;
    client.send(&message[5_000..]).await;
    assert_eq!(answer_pings(&mut client).await, (TEXT, "10000 bytes".to_owned()));
    assert_eq!(app.stats().limited("message_timeout"), 0);
}
