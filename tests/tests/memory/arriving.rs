//! Data from the client.

use ws_core::prelude::*;
use ws_tests::raw::{BINARY, PING, Raw, TEXT, frame};
use ws_tests::until;

use super::{CLIENTS, Row, Setting, was_read};

/// The default of `max_message_size`.
const MESSAGE: usize = 1 << 20;

/// Each callback waits for ever.
#[derive(Default)]
struct Waits;

#[websocket]
impl Waits {
    #[text]
    async fn text(&mut self, words: &str) {
        std::future::pending::<()>().await;
        drop(words.to_owned());
    }

    #[binary]
    async fn bytes(&mut self, bytes: Bytes) {
        std::future::pending::<()>().await;
        drop(bytes);
    }
}

fn setting() -> Setting {
    Setting::new(App::new().mount::<Waits>("/", ()))
}

#[test]
fn a_read_buffer_that_a_pending_callback_borrows_from() {
    let setting = setting();
    let mut clients = setting.clients("/", CLIENTS);
    let bytes = frame(true, TEXT, b"wait");
    let held = setting.held(async {
        for client in &mut clients {
            client.send(&bytes).await;
        }
        was_read(&setting.server, CLIENTS * bytes.len()).await;
    });
    Row::of("the read buffer of a pending callback").assert_held(held, CLIENTS);
}

#[test]
fn bytes_that_are_read_behind_the_message_of_a_pending_callback() {
    let setting = setting();
    let mut clients = setting.clients("/", CLIENTS);
    let bytes = [frame(true, TEXT, b"wait"), frame(true, TEXT, &[b'x'; 94]).repeat(640)].concat();
    let held = setting.held(async {
        for client in &mut clients {
            client.send(&bytes).await;
        }
        was_read(&setting.server, CLIENTS * bytes.len()).await;
    });
    let rows = ["the read buffer of a pending callback", "bytes that are read and not decoded"];
    Row::all(&rows).assert_held(held, CLIENTS);
}

#[test]
fn all_callbacks_together_borrow_64_read_buffers() {
    let setting = setting();
    let mut clients = setting.clients("/", 100);
    let bytes = frame(true, TEXT, b"wait");
    let held = setting.held(async {
        for client in &mut clients {
            client.send(&bytes).await;
        }
        was_read(&setting.server, 100 * bytes.len()).await;
    });
    // Each connection also has a coroutine for its callback.
    let coroutines = 100 << 10;
    Row::of("the read buffers of all pending callbacks").assert_held(held - coroutines, 1);
}

#[test]
fn a_message_of_a_pending_callback_and_one_that_is_read_ahead() {
    let setting = setting();
    let mut clients = setting.clients("/", CLIENTS);
    let bytes = frame(true, BINARY, &vec![7; MESSAGE]);
    let buffer_too = ["the message of a pending callback", "the read buffer of a pending callback"];
    let mut rows = [Row::all(&buffer_too), Row::of("a message that is read ahead, or arrives")].into_iter();
    for sent in 1..=2 {
        let held = setting.held(async {
            for client in &mut clients {
                client.send(&bytes).await;
            }
            until(|| setting.server.app.stats().messages_in == (sent * CLIENTS) as u64).await;
        });
        rows.next().expect("two").assert_held(held, CLIENTS);
    }
    let held = setting.held(async {
        for client in &mut clients {
            client.frame(PING, b"behind a message").await;
        }
    });
    assert!(held < CLIENTS * 1024, "nothing more is read: {held}");
}

#[test]
fn a_message_that_arrives() {
    for opcode in [TEXT, BINARY] {
        let setting = setting();
        let mut clients = setting.clients("/", CLIENTS);
        let bytes = frame(true, opcode, &vec![b'x'; MESSAGE]);
        let bytes = &bytes[..bytes.len() - 1];
        let held = setting.held(async {
            for client in &mut clients {
                client.send(bytes).await;
            }
            was_read(&setting.server, CLIENTS * bytes.len()).await;
        });
        Row::of("a message that is read ahead, or arrives").assert_held(held, CLIENTS);
    }
}

#[test]
fn the_head_of_a_request() {
    let setting = setting();
    let mut client = setting.runtime.block_on(Raw::open(setting.server.addr));
    let head = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}", "x".repeat(100 << 10));
    let peak = allocation_counter::measure(|| {
        setting.runtime.block_on(async {
            client.send(head.as_bytes()).await;
            assert_eq!(client.response().await.status, 431);
        });
    });
    Row::of("the head of a request").assert_held(peak.bytes_max.try_into().expect("a size"), 1);
}
