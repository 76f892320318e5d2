//! The memory of connections whose callbacks are pending: they need room for a callback's future only meanwhile, and the
//! thread keeps that room for the next callback.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::prelude::*;
use ws_tests::raw::{self, Raw};
use ws_tests::{Server, within};

const LARGE: usize = 16_000;

/// Echoes, and keeps 16 KB across an `.await`.
#[websocket("/large")]
#[derive(Default)]
struct Large;

#[websocket]
impl Large {
    #[binary]
    async fn bytes<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let mut kept = [0_u8; LARGE];
        kept[bytes.len()] = 1;
        tokio::task::yield_now().await;
        std::hint::black_box(&mut kept);
        bytes
    }
}

/// Like [`Large`], with a small future.
#[websocket("/small")]
#[derive(Default)]
struct Small;

#[websocket]
impl Small {
    #[binary]
    async fn bytes<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let mut kept = [0_u8; 1_500];
        kept[bytes.len()] = 1;
        tokio::task::yield_now().await;
        std::hint::black_box(&mut kept);
        bytes
    }
}

/// No callback is ever pending.
#[websocket("/plain")]
#[derive(Default)]
struct Plain;

#[websocket]
impl Plain {
    #[binary]
    fn bytes<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        bytes
    }
}

async fn echo(client: &mut Raw) {
    let mut answer = [0; 66];
    client.stream.write_all(&raw::frame(true, raw::BINARY, &[b'x'; 64])).await.unwrap();
    within(client.stream.read_exact(&mut answer)).await.unwrap();
}

/// Returns the memory that `count` connections keep after an echo each, in bytes, with their clients.
fn kept(path: &str, count: i64) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (server, first) = runtime.block_on(async {
        let server = Server::start(App::discover_in(module_path!())).await;
        let mut first = Raw::connect(server.addr, path).await;
        echo(&mut first).await;
        (server, first)
    });
    let mut clients = Vec::with_capacity(64);
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..count {
                let mut client = Raw::connect(server.addr, path).await;
                echo(&mut client).await;
                clients.push(client);
            }
            // The connection may still be about to wait.
            echo(&mut clients[0]).await;
        });
    });
    drop((clients, first));
    measured.bytes_current
}

#[test]
fn an_idle_connection_keeps_no_room_for_the_future_of_a_callback() {
    const COUNT: i64 = 50;
    let plain = kept("/plain", COUNT);
    for path in ["/small", "/large"] {
        let more = (kept(path, COUNT) - plain) / COUNT;
        assert!(more <= 256, "{path}: {more} bytes more than without futures");
    }
}

#[test]
fn a_pending_callback_with_a_large_future_costs_no_allocation() {
    let allocations = |echoes: usize| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (_server, mut client) = runtime.block_on(async {
            let server = Server::start(App::discover_in(module_path!())).await;
            let client = Raw::connect(server.addr, "/large").await;
            (server, client)
        });
        let frame = raw::frame(true, raw::BINARY, &[b'x'; 64]);
        let mut answer = [0; 66];
        let measured = allocation_counter::measure(|| {
            runtime.block_on(async {
                for _ in 0..echoes {
                    client.stream.write_all(&frame).await.unwrap();
                    within(client.stream.read_exact(&mut answer)).await.unwrap();
                }
            });
        });
        measured.bytes_total
    };
    let (few, many) = (allocations(10), allocations(210));
    // The callback is pending while its message is lent, so the thread may take another read buffer now and then.
    assert!(many < few + 100 * LARGE as u64, "{few} bytes for 10 messages, {many} for 210");
}
