//! The stream around the handshake: frames in the same packet, requests before the upgrade, and silent clients.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::App;
use ws_tests::Server;
use ws_tests::raw::{self, BINARY, HEADERS, PING, PONG, Raw, TEXT};

use super::server;

// RFC 6455 5.1: "A data frame MAY be transmitted by either the client or the server at any time after opening handshake
// completion"
// RFC 6455 5.5.2: "An endpoint MAY send a Ping frame any time after the connection is established"
#[tokio::test]
async fn frames_sent_together_with_the_handshake_are_not_lost() {
    let server = server().await;
    let mut raw = Raw::open(server.addr).await;
    let mut bytes = raw::request("GET", "/echo", &HEADERS);
    let message = |number: usize| format!("{number:0>500}");
    for number in 0..96 {
        bytes.extend(raw::frame(true, TEXT, message(number).as_bytes()));
    }
    bytes.extend(raw::frame(true, BINARY, &vec![7; 20 << 10]));
    bytes.extend(raw::frame(true, PING, b"last"));
    assert!(bytes.len() > 64 << 10, "{}", bytes.len());
    raw.send(&bytes).await;
    assert_eq!(raw.response().await.status, 101);
    for number in 0..96 {
        assert_eq!(raw.read().await.unwrap().text(), message(number));
    }
    let binary = raw.read().await.unwrap();
    assert_eq!((binary.opcode, binary.payload), (BINARY, vec![7; 20 << 10]));
    let pong = raw.read().await.unwrap();
    assert_eq!((pong.opcode, pong.text()), (PONG, "last"));
}

// RFC 6455 7.2.2: "the server _Abort the WebSocket Connection_ during the opening handshake. To do so, the server MUST
// simply _Close the WebSocket Connection_"
#[tokio::test]
async fn a_silent_client_is_dropped_after_ten_seconds() {
    let server = server().await;
    // Sends `first`, then `drip` every half second. Returns the time until the server closes the connection.
    let dropped = async |first: &[u8], drip: &[u8]| {
        let begun = Instant::now();
        let mut raw = Raw::open(server.addr).await;
        raw.send(first).await;
        let mut answer = Vec::new();
        let (mut reading, mut writing) = raw.stream.split();
        let dripping = async {
            while !drip.is_empty() && writing.write_all(drip).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            std::future::pending::<()>().await;
        };
        let ending = async {
            // A reset ends the stream, too.
            let _ = reading.read_to_end(&mut answer).await;
        };
        tokio::select! {
            () = ending => begun.elapsed(),
            () = dripping => unreachable!(),
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("still connected"),
        }
    };
    let half = b"GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgr";
    let all = tokio::join!(dropped(b"", b""), dropped(half, b""), dropped(half, b"a"));
    for took in [all.0, all.1, all.2] {
        assert!(took > Duration::from_secs(8) && took < Duration::from_secs(15), "{all:?}");
    }
}

#[tokio::test]
async fn plain_requests_before_the_upgrade_on_the_same_connection_are_answered_in_turn() {
    let beside = Router::new().route("/plain", get(|| async { "plain" }));
    let server = Server::start(App::discover().fallback(beside)).await;
    let mut raw = Raw::open(server.addr).await;
    let plain = raw::request("GET", "/plain", &[("Host", "localhost")]);
    let mut bytes = [&plain[..], &plain, &raw::request("GET", "/echo", &HEADERS)].concat();
    bytes.extend(raw::frame(true, TEXT, b"early"));
    raw.send(&bytes).await;
    for _ in 0..2 {
        let response = raw.response().await;
        assert_eq!((response.status, response.body.as_str()), (200, "plain"));
    }
    assert_eq!(raw.response().await.status, 101);
    assert_eq!(raw.read().await.unwrap().text(), "early");
}
