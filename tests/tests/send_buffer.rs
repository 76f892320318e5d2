//! `send_buffer` bounds the bytes that the system queues for a client that reads slowly.

use std::time::Duration;

use ws_core::prelude::*;
use ws_core::{Overflow, Route};
use ws_tests::raw::{HEADERS, Raw, TEXT};
use ws_tests::{Server, until};

#[derive(Default)]
struct Prices;

#[websocket]
impl Prices {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.subscribe("prices");
        Self
    }
}

/// Publishes 8 MiB to a client that reads nothing. Returns the number of bytes that the server passed to the system, and
/// the number of the first price that the client reads after the gap.
async fn first_after_the_gap(route: Route) -> (u64, usize) {
    let server =
        Server::start(App::new().route(route.mailbox_messages(64).mailbox_overflow(Overflow::DropOldest)))
            .await;
    let mut client = Raw::open_with_small_buffers(server.addr).await;
    assert_eq!(client.request("GET", "/", &HEADERS).await.status, 101);
    let hub = server.app.hub();
    for number in 0..8192 {
        hub.publish("prices", format!("{number:01000}"));
        if number % 32 == 31 {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
    }
    until(|| server.app.stats().dropped > 0).await;
    let passed_on = server.app.stats().bytes_out;
    let mut last = None;
    loop {
        let frame = client.read().await.expect("a price");
        assert_eq!(frame.opcode, TEXT);
        let number: usize = frame.text().parse().expect("a number");
        if last.is_some_and(|last| number > last + 1) {
            return (passed_on, last.unwrap_or_default());
        }
        last = Some(number);
    }
}

#[tokio::test]
async fn a_slow_client_reads_recent_messages_sooner() {
    let route = || Route::new::<Prices>("/");
    let (bytes, stale) = first_after_the_gap(route().send_buffer(16 << 10)).await;
    let (bytes_by_default, stale_by_default) = first_after_the_gap(route()).await;
    assert!(bytes < 512 << 10, "{bytes} bytes are with the system");
    assert!(2 * bytes < bytes_by_default, "{bytes} and {bytes_by_default}");
    assert!(2 * stale < stale_by_default, "{stale} and {stale_by_default} old prices");
}
