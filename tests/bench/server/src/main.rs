//! The server of ws-core in the benchmark: `bench-server PORT THREADS`. It echoes on `/echo`, compressed if the client
//! offers it, and publishes each message on `/fanout` to all connections there. All options have their defaults, but that
//! large messages are allowed.

use ws_core::prelude::*;

#[websocket("/echo", compress, max_message_size = "64MiB")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }

    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

const TOPIC: &str = "all";

#[websocket("/fanout", max_message_size = "64MiB")]
#[derive(Default)]
struct FanOut;

#[websocket]
impl FanOut {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.subscribe(TOPIC);
    }

    #[text]
    fn text(&mut self, text: Text, cx: &mut Context<Self>) {
        cx.app().hub().publish(TOPIC, text);
    }

    #[binary]
    fn binary(&mut self, bytes: Bytes, cx: &mut Context<Self>) {
        cx.app().hub().publish(TOPIC, bytes);
    }
}

fn main() -> ws_core::Result {
    let arguments: Vec<u16> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let [port, threads] = arguments[..] else {
        eprintln!("arguments: PORT THREADS");
        std::process::exit(2);
    };
    App::discover().workers(threads.into()).run(format!("127.0.0.1:{port}"))
}
