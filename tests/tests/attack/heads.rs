//! Requests that arrive byte by byte, endless request heads, and responses that the client never reads.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use ws_core::prelude::*;
use ws_tests::raw::{Raw, request};
use ws_tests::{Server, front, pass, until, within};

use super::{Echo, echoes, held, runtime};

/// Opens `count` connections that send the beginning of a request, and then a byte now and then.
async fn dripping(addr: SocketAddr, count: usize) -> Vec<Raw> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = Raw::open(addr).await;
        client.send(b"GET / HTTP/1.1\r\nX: ").await;
        clients.push(client);
    }
    for _ in 0..5 {
        for client in &clients {
            // The server may have closed it.
            let _ = client.stream.try_write(b"x");
        }
        sleep(Duration::from_millis(10)).await;
    }
    clients
}

/// Returns how many of the clients are still connected.
async fn left(clients: &mut [Raw]) -> usize {
    let alive = clients.iter_mut().map(async |client| {
        let mut byte = [0];
        timeout(Duration::from_millis(200), client.stream.read(&mut byte)).await.is_err()
    });
    join_all(alive).await.into_iter().filter(|alive| *alive).count()
}

#[tokio::test]
async fn of_heads_that_drip_as_many_are_waited_for_as_may_be_half_open_and_none_for_long() {
    const MANY: usize = 300;

    for most in [150, 4096] {
        let server = Server::start(App::new().mount::<Echo>("/", ()).max_half_open(most)).await;
        let mut early = Raw::connect(server.addr, "/").await;
        let mut clients = dripping(server.addr, MANY).await;
        let held = most.min(MANY);
        // An older client does not wait for any of them.
        echoes(&mut early).await;
        // Each has 3 s for its request before it makes room for the next one.
        let cut = (MANY - held) as u64;
        until(|| server.app.stats().limited("max_half_open") == cut).await;
        assert_eq!(left(&mut clients).await, held, "at most {most}");
        // A newer client takes the place of one of them at most.
        echoes(&mut Raw::connect(server.addr, "/").await).await;
        assert!(server.app.stats().limited("max_half_open") <= cut + 1);
        // Longer than the timeout for a request head.
        pass(Duration::from_secs(11)).await;
        until(|| server.app.stats().limited("request_head") >= held as u64 - 1).await;
        assert_eq!(left(&mut clients).await, 0);
        echoes(&mut early).await;
    }
}

/// Many clients send an endless request head at the same time.
async fn endless(addr: SocketAddr) {
    let line = format!("X: {}\r\n", "x".repeat(8 << 10));
    let mut clients = Vec::new();
    for _ in 0..HEADS {
        let mut client = Raw::open(addr).await;
        client.send(b"GET / HTTP/1.1\r\n").await;
        clients.push(client);
    }
    for _ in 0..LINES {
        for client in &clients {
            // The server may have rejected it, or may not read at the moment.
            let _ = client.stream.try_write(line.as_bytes());
        }
        sleep(Duration::from_millis(5)).await;
    }
}

const HEADS: u64 = 40;
const LINES: u64 = 40;

#[test]
fn a_head_without_end_costs_64_kib_at_most() {
    // Buffers double when they grow.
    let most = HEADS * (128 << 10);
    let runtime = runtime();
    let app = || App::new().mount::<Echo>("/", ());
    let server = runtime.block_on(Server::start(app()));
    let ours = held(&runtime, endless(server.addr));
    assert!(ours < most, "{ours} bytes");
    // Plain hyper with its defaults.
    let addr = runtime.block_on(front::serve(app().into_router(), |stream| stream));
    let theirs = held(&runtime, endless(addr));
    assert!(theirs > 2 * most, "{theirs} bytes");
    runtime.block_on(async {
        let mut large = Raw::open(server.addr).await;
        let answer = large.request("GET", "/", &[("X", &"x".repeat(200 << 10))]).await;
        assert_eq!(answer.status, 431, "{answer:?}");
    });
}

/// Sends requests for an unknown path until the server stops answering, without reading any response.
async fn unread(server: &Server) -> Raw {
    let mut client = Raw::open_with_small_buffers(server.addr).await;
    // The response repeats the path.
    let request = request("GET", &format!("/{}", "x".repeat(8 << 10)), &[("Host", "localhost")]);
    let mut asked = 0;
    while let Ok(Ok(())) = timeout(Duration::from_millis(300), client.stream.write_all(&request)).await {
        asked += request.len();
        assert!(asked < 64 << 20, "the server does not push back");
    }
    client
}

#[tokio::test]
async fn answers_that_nobody_reads_are_held_to_the_time_that_a_write_has() {
    for (limit, cut) in [(Some(Duration::from_secs(60)), 1), (None, 0)] {
        let app =
            App::new().mount::<Echo>("/", ()).idle_timeout(None).heartbeat(None).http_write_timeout(limit);
        let server = Server::start(app).await;
        let mut other = Raw::connect(server.addr, "/").await;
        let mut client = unread(&server).await;
        echoes(&mut other).await;
        pass(Duration::from_secs(61)).await;
        until(|| server.app.stats().limited("http_write_timeout") == cut).await;
        echoes(&mut other).await;
        // Without a timeout, the server continues as soon as the client reads its responses.
        let answered = || server.app.stats().rejected(404);
        let (before, mut read) = (answered(), vec![0; 64 << 10]);
        let ended = loop {
            match within(client.stream.read(&mut read)).await {
                Ok(1..) if answered() > before => break false,
                Ok(1..) => {}
                Ok(0) | Err(_) => break true,
            }
        };
        assert_eq!(ended, cut == 1, "{limit:?}");
    }
}
