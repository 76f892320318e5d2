//! The listings of the book's chapter on limits.

use std::time::Duration;

use axum::http::HeaderMap;
use ws_core::prelude::*;
use ws_core::{Exceeded, RateLimit};
use ws_tests::raw::{BINARY, TEXT, frame};
use ws_tests::{Server, until};

use super::shake;

// ANCHOR: route
/// Takes files: larger messages than other routes, and more time for each.
#[websocket("/upload", max_message_size = "16MiB", message_timeout = "5m")]
#[derive(Default)]
struct Upload;
// ANCHOR_END: route

#[websocket]
impl Upload {
    #[binary]
    fn file(&mut self, file: &[u8]) -> String {
        format!("{} bytes", file.len())
    }
}

// ANCHOR: rate
#[websocket("/chat", rate_limit(messages = 20, burst = 40, bytes = "64KiB", exceeded = "wait"))]
#[derive(Default)]
struct Chat;
// ANCHOR_END: rate

#[websocket]
impl Chat {
    #[text]
    fn said(&mut self, words: Text) -> Text {
        words
    }
}

#[websocket("/feed")]
struct Feed;

// ANCHOR: address
#[websocket(
    "/lobby",
    rate_limit(messages = 20),
    rate_limit_per_address(messages = 60, burst = 120, exceeded = "close")
)]
#[derive(Default)]
struct Lobby;
// ANCHOR_END: address

#[websocket]
impl Lobby {
    #[text]
    fn said(&mut self, _: &str) {}
}

// ANCHOR: rates
#[websocket]
impl Feed {
    #[init]
    fn open(headers: HeaderMap, upgrade: &mut Upgrade<Self>) -> Self {
        if !headers.contains_key("x-partner") {
            upgrade.set_rate_limit(RateLimit::new().messages(2).exceeded(Exceeded::Close));
        }
        Self
    }
}
// ANCHOR_END: rates

fn app() -> App {
    // ANCHOR: app
    let app = App::discover()
        .max_message_size(64 << 10)
        .write_timeout(Duration::from_secs(5))
        .max_connections(50_000)
        .max_connections_per_address(100)
        .trusted_proxies(["10.0.0.0/8", "fd00::/8", "127.0.0.1"]);
    // ANCHOR_END: app
    app
}

#[cfg(unix)]
async fn behind_a_unix_socket(path: &str) -> ws_core::Result<ws_core::Server> {
    // ANCHOR: unix
    // The file of the last run.
    let _ = std::fs::remove_file(path);
    let listener = std::os::unix::net::UnixListener::bind(path)?;
    let app = App::discover().trusted_proxies(["unix"]);
    let server = app.bind(listener).await?;
    // ANCHOR_END: unix
    Ok(server)
}

#[cfg(unix)]
#[tokio::test]
async fn the_server_behind_a_unix_socket_starts_again_and_again() {
    let path = std::env::temp_dir().join(format!("ws-core-book-{}.sock", std::process::id()));
    for _ in 0..2 {
        let server = behind_a_unix_socket(path.to_str().expect("text")).await.expect("a server");
        assert_eq!(server.local_addr(), None);
    }
    std::fs::remove_file(path).expect("the socket's file");
}

#[tokio::test]
async fn the_listings_are_in_force() {
    let server = Server::start(app()).await;
    let client = [("X-Forwarded-For", "192.0.2.7")];
    let (mut raw, response) = shake(&server, "/upload", &client).await;
    assert_eq!(response.status, 101);
    raw.frame(BINARY, &vec![7; 2 << 20]).await;
    assert_eq!(raw.read().await.expect("an answer").text(), "2097152 bytes");
    let app = server.app.clone();
    // ANCHOR: stats
    let stats = app.stats();
    println!(
        "{} too large, {} over their address",
        stats.ended("bad_size"),
        stats.limited("max_connections_per_address")
    );
    // ANCHOR_END: stats
    assert_eq!((stats.open, stats.limited.len()), (1, 0));
}

#[tokio::test]
async fn the_rate_limits_are_in_force() {
    let server = Server::start(app()).await;
    let (mut chat, _) = shake(&server, "/chat", &[]).await;
    let burst: Vec<u8> = (0..50).flat_map(|_| frame(true, TEXT, b"hi")).collect();
    chat.send(&burst).await;
    for _ in 0..50 {
        assert_eq!(chat.read().await.expect("an echo").text(), "hi");
    }
    assert!(server.app.stats().limited("rate_limit") > 0);
    let (mut partner, _) = shake(&server, "/feed", &[("x-partner", "1")]).await;
    partner.send(&burst).await;
    partner.frame(9, b"still there").await;
    assert_eq!(partner.read().await.expect("a pong").opcode, 10);
    let (mut other, _) = shake(&server, "/feed", &[]).await;
    other.send(&burst).await;
    assert_eq!(other.read().await.expect("a close").close(), (1008, "more than 2 messages per second"));
    let mut players = Vec::new();
    for _ in 0..10 {
        players.push(shake(&server, "/lobby", &[("X-Forwarded-For", "192.0.2.7")]).await.0);
    }
    for player in &mut players {
        player.send(&burst[..15 * burst.len() / 50]).await;
    }
    until(|| server.app.stats().limited("rate_limit_per_address") > 0).await;
}
