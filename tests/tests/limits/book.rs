//! The listings of the book's chapter on limits.

use std::time::Duration;

use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::BINARY;

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
