//! All options of the attribute together, each of them in force.

use std::time::{Duration, Instant};

use ws_core::prelude::*;
use ws_tests::raw::{BINARY, HEADERS, PING, PONG, Raw, TEXT};
use ws_tests::until;

use super::serve;

#[websocket(
    "/all/{of}/them",
    name = "all of them",
    idle_timeout = "2s",
    heartbeat = "200ms",
    max_message_size = "64B",
    subprotocols = ["v2", "v1"],
    mailbox(messages = 2, bytes = "4KiB", overflow = "drop_oldest"),
    origins = ["https://example.com", "https://*.example.org"],
    crate = ws_core,
)]
#[derive(Default)]
struct All;

#[websocket(crate = ::ws_core)]
impl All {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        format!("{:?} {:?}", cx.subprotocol(), cx.params().get("of"))
    }

    /// Sends itself more than its mailbox holds.
    #[text]
    fn received(&mut self, cx: &mut Context<Self>) {
        for number in 0..4 {
            cx.socket().send(number.to_string());
        }
    }

    #[binary]
    fn bytes(&mut self, bytes: &[u8]) -> String {
        bytes.len().to_string()
    }
}

async fn shake(addr: std::net::SocketAddr, more: &[(&str, &str)]) -> (Raw, ws_tests::raw::Response) {
    let mut raw = Raw::open(addr).await;
    let headers = [&HEADERS[..], more].concat();
    let response = raw.request("GET", "/all/42/them", &headers).await;
    (raw, response)
}

/// Reads the next frame that is not a heartbeat's ping.
async fn frame(raw: &mut Raw) -> ws_tests::raw::Frame {
    loop {
        let frame = raw.read().await.expect("a frame");
        if frame.opcode != PING {
            return frame;
        }
    }
}

#[tokio::test]
async fn every_option_is_in_force() {
    let server = serve(module_path!()).await;
    assert_eq!(server.app.url_for("all of them", [("of", 42)]).unwrap(), "/all/42/them");

    let (_, evil) = shake(server.addr, &[("Origin", "https://evil.org")]).await;
    assert_eq!(evil.status, 403);
    let offer = ("Sec-WebSocket-Protocol", "v1, v2");
    let (mut raw, response) = shake(server.addr, &[("Origin", "https://a.example.org"), offer]).await;
    assert_eq!((response.status, response.header(offer.0)), (101, Some("v2")), "{response:?}");
    assert_eq!(frame(&mut raw).await.text(), "Some(\"v2\") Some(\"42\")");

    // The mailbox keeps the last two of four messages.
    raw.frame(TEXT, b"").await;
    assert_eq!(frame(&mut raw).await.text(), "2");
    assert_eq!(frame(&mut raw).await.text(), "3");
    assert_eq!(server.app.stats().dropped, 2);

    // A heartbeat every 200 ms. The client's pongs keep the connection open past its idle timeout of two seconds.
    let begun = Instant::now();
    let mut pings = 0;
    while begun.elapsed() < Duration::from_secs(3) {
        let ping = raw.read().await.expect("a heartbeat");
        assert_eq!(ping.opcode, PING);
        raw.frame(PONG, &ping.payload).await;
        pings += 1;
    }
    assert!((6..=16).contains(&pings), "{pings} pings in 3 s");

    raw.frame(BINARY, &[0; 64]).await;
    assert_eq!(frame(&mut raw).await.text(), "64");
    raw.frame(BINARY, &[0; 65]).await;
    assert_eq!(frame(&mut raw).await.close().0, 1009);
}

#[tokio::test]
async fn a_client_that_sends_nothing_is_idle() {
    let server = serve(module_path!()).await;
    let (mut raw, _) = shake(server.addr, &[]).await;
    let begun = Instant::now();
    assert_eq!(frame(&mut raw).await.text(), "None Some(\"42\")");
    assert_eq!(frame(&mut raw).await.close().0, 1001);
    let took = begun.elapsed();
    assert!(took > Duration::from_millis(1900) && took < Duration::from_secs(6), "{took:?}");
    drop(raw);
    until(|| server.app.stats().ended("timeout") == 1).await;
}
