//! Endless pings, and endless fragments with few or no bytes.

use std::time::Duration;

use tokio::io::{AsyncWriteExt, sink};
use tokio::time::timeout;
use ws_core::prelude::*;
use ws_core::{Compression, Route};
use ws_tests::deflate::{Deflate, deflate};
use ws_tests::raw::{CLOSE, CONTINUATION, HEADERS, PING, Raw, TEXT, frame};
use ws_tests::{Server, until};

use super::{Echo, echoes, held, runtime};

/// More than the server's buffers for the flooding client, its neighbour and the data in flight of both, but far less
/// than the flood.
const LITTLE: u64 = 512 << 10;
const MEBIBYTE: usize = 1 << 20;

/// Receives nothing more after the first message.
#[derive(Default)]
struct Stuck;

#[websocket]
impl Stuck {
    #[text]
    async fn received(&mut self) {
        std::future::pending::<()>().await;
    }
}

/// Returns pings of the largest size.
fn pings() -> Vec<u8> {
    frame(true, PING, &[b'x'; 125]).repeat(100)
}

#[test]
fn c3_pings_without_end_are_answered_in_little_memory_and_others_have_their_turn() {
    let runtime = runtime();
    let (server, client, mut neighbour) = runtime.block_on(async {
        let server = Server::start(App::new().mount::<Echo>("/", ())).await;
        let client = Raw::connect(server.addr, "/").await;
        let neighbour = Raw::connect(server.addr, "/").await;
        (server, client, neighbour)
    });
    let burst = pings();
    let count = 16 * MEBIBYTE / burst.len();
    let (mut answers, mut bytes) = client.stream.into_split();
    let mut echoed = 0;
    let most = held(&runtime, async {
        let flooding = async {
            for _ in 0..count {
                bytes.write_all(&burst).await.expect("an open connection");
            }
            bytes.shutdown().await.expect("an open connection");
            std::future::pending::<()>().await;
        };
        let answered = async {
            // One unmasked pong for each ping, and nothing else: the client sends no close frame.
            let length = tokio::io::copy(&mut answers, &mut sink()).await.expect("an end");
            assert_eq!(length, (count * 100 * 127) as u64);
        };
        let talking = async {
            loop {
                echoes(&mut neighbour).await;
                echoed += 1;
            }
        };
        tokio::select! {
            () = answered => {}
            () = flooding => {}
            () = talking => {}
        }
    });
    assert!(most < LITTLE, "{most} bytes");
    // While one socket is always ready, tokio checks for other I/O once in 61 polls, and each poll answers 64 pings.
    assert!(echoed >= 10, "the neighbour was served {echoed} times in {count} bursts of pings");
    runtime.block_on(until(|| server.app.stats().ended("lost") == 1));
}

/// Sends pings until the server stops reading.
async fn flood(client: &mut Raw, pings: &[u8]) {
    let mut sent = 0;
    while let Ok(Ok(taken)) =
        timeout(Duration::from_millis(300), client.stream.write(&pings[sent % pings.len()..])).await
    {
        sent += taken;
        assert!(sent < 16 * MEBIBYTE, "the server keeps reading pings");
    }
}

#[test]
fn pings_of_a_client_that_does_not_read_cost_little_memory_and_are_held_to_the_time_that_a_write_has() {
    for limit in [Some(Duration::from_secs(1)), None] {
        let runtime = runtime();
        let app = App::new().idle_timeout(None).heartbeat(None).write_timeout(limit);
        let app = app.mount::<Echo>("/", ()).mount::<Stuck>("/stuck", ());
        let server = runtime.block_on(Server::start(app));
        let pings = pings();
        let most = held(&runtime, async {
            let mut neighbour = Raw::connect(server.addr, "/").await;
            let mut client = Raw::open_with_small_buffers(server.addr).await;
            assert_eq!(client.request("GET", "/", &HEADERS).await.status, 101);
            flood(&mut client, &pings).await;
            echoes(&mut neighbour).await;
            if limit.is_some() {
                until(|| server.app.stats().limited("write_timeout") == 1).await;
                until(|| server.app.stats().open == 1).await;
            } else {
                tokio::time::sleep(Duration::from_secs(2)).await;
                assert_eq!(server.app.stats().open, 2);
            }
            echoes(&mut neighbour).await;
        });
        assert!(most < LITTLE, "{most} bytes");
    }
}

#[test]
fn pings_for_a_callback_that_does_not_return_cost_little_memory() {
    let runtime = runtime();
    let app = App::new().mount::<Echo>("/", ()).mount::<Stuck>("/stuck", ());
    let server = runtime.block_on(Server::start(app));
    let pings = pings();
    let most = held(&runtime, async {
        let mut neighbour = Raw::connect(server.addr, "/").await;
        let mut client = Raw::open_with_small_buffers(server.addr).await;
        assert_eq!(client.request("GET", "/stuck", &HEADERS).await.status, 101);
        client.frame(TEXT, b"wait").await;
        flood(&mut client, &pings).await;
        echoes(&mut neighbour).await;
    });
    assert!(most < LITTLE, "{most} bytes");
}

/// More fragments than a message may have.
const FRAGMENTS: usize = 20_000;

/// Returns a message in many fragments of `size` bytes, and its text.
fn fragments(size: usize, compressed: bool) -> (Vec<u8>, String) {
    let message = "x".repeat(if compressed { 100 } else { size * FRAGMENTS });
    let mut frames = if compressed {
        let mut first = frame(false, TEXT, &deflate(message.as_bytes()));
        first[0] |= 0x40;
        first
    } else {
        frame(false, TEXT, b"")
    };
    frames.extend(frame(false, CONTINUATION, &vec![b'x'; size]).repeat(FRAGMENTS));
    frames.extend(frame(true, CONTINUATION, b""));
    (frames, message)
}

#[tokio::test]
async fn fragments_without_end_are_1008_whatever_they_contain() {
    let route = |path| Route::new::<Echo>(path).compress(Compression::new().min(usize::MAX));
    let app = App::new().route(route("/held")).route(route("/lifted").max_fragments(usize::MAX));
    let server = Server::start(app).await;
    for (cut, (size, compressed)) in (1..).zip([(0, false), (1, false), (0, true)]) {
        let (frames, message) = fragments(size, compressed);
        for path in ["/held", "/lifted"] {
            let mut client = Deflate::connect(server.addr, path).await;
            client.raw.send(&frames).await;
            let answer = client.raw.read().await.expect("a frame");
            if path == "/held" {
                assert_eq!((answer.opcode, answer.close().0), (CLOSE, 1008), "{size}, {compressed}");
            } else {
                assert!(answer.text() == message, "{size}, {compressed}: {} bytes", answer.payload.len());
                echoes(&mut client.raw).await;
            }
        }
        until(|| server.app.stats().limited("max_fragments") == cut).await;
    }
}
