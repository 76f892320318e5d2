//! The server of `scripts/tuning`: `tuning-server PORT WORKERS`. Each route shows one thing that decides the memory of an
//! idle connection.

use std::time::Duration;

use ws_core::prelude::*;

/// All callbacks are plain functions.
#[websocket("/fn")]
#[derive(Default)]
struct Plain;

#[websocket]
impl Plain {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

/// A callback is `async`.
#[websocket("/async")]
#[derive(Default)]
struct Awaits;

#[websocket]
impl Awaits {
    #[text]
    async fn text(&mut self, text: Text) -> Text {
        tokio::task::yield_now().await;
        text
    }
}

/// A callback keeps 1 KiB across an `.await`.
#[websocket("/async-1k")]
#[derive(Default)]
struct SmallFuture;

#[websocket]
impl SmallFuture {
    #[text]
    async fn text(&mut self, text: Text) -> Text {
        let mut bytes = [0_u8; 1024];
        bytes[text.len() % 1024] = 1;
        tokio::task::yield_now().await;
        std::hint::black_box(&mut bytes);
        text
    }
}

/// A callback keeps 4 KiB across an `.await`.
#[websocket("/async-4k")]
#[derive(Default)]
struct LargeFuture;

#[websocket]
impl LargeFuture {
    #[text]
    async fn text(&mut self, text: Text) -> Text {
        let mut bytes = [0_u8; 4096];
        bytes[text.len() % 4096] = 1;
        tokio::task::yield_now().await;
        std::hint::black_box(&mut bytes);
        text
    }
}

/// A callback keeps 20 KB across an `.await`.
#[websocket("/async-20k")]
#[derive(Default)]
struct HugeFuture;

#[websocket]
impl HugeFuture {
    #[text]
    async fn text(&mut self, text: Text) -> Text {
        let mut bytes = ([0_u8; 10_000], [0_u8; 10_000]);
        bytes.0[text.len() % 10_000] = 1;
        tokio::task::yield_now().await;
        std::hint::black_box(&mut bytes);
        text
    }
}

/// Messages are compressed, without context takeover.
#[websocket("/compressed", compress)]
#[derive(Default)]
struct Compressed;

#[websocket]
impl Compressed {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

/// The state of the handler is 1 KiB.
#[websocket("/state-1k")]
struct State {
    bytes: [u8; 1024],
}

impl Default for State {
    fn default() -> Self {
        Self { bytes: [1; 1024] }
    }
}

#[websocket]
impl State {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        std::hint::black_box(&mut self.bytes);
        text
    }
}

/// Each connection is subscribed to a topic.
#[websocket("/topic")]
#[derive(Default)]
struct Subscribed;

#[websocket]
impl Subscribed {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.subscribe("all");
    }
}

/// A timer always waits.
#[websocket("/timer")]
#[derive(Default)]
struct Timed;

#[websocket]
impl Timed {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.notify_after(Duration::from_secs(3600), ());
    }

    #[info]
    fn info(&mut self, (): ()) {}
}

/// A message from the client sends a burst of 1,000 messages through the mailbox.
#[websocket("/burst")]
#[derive(Default)]
struct Burst;

#[websocket]
impl Burst {
    #[text]
    fn text(&mut self, _: &str, cx: &mut Context<Self>) {
        for _ in 0..1000 {
            cx.socket().send("a message");
        }
    }
}

fn main() -> ws_core::Result {
    let arguments: Vec<u16> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let [port, workers] = arguments[..] else {
        eprintln!("arguments: PORT WORKERS");
        std::process::exit(2);
    };
    App::discover().workers(workers.into()).run(format!("127.0.0.1:{port}"))
}
