//! Echoes every text and binary message, up to 64 MiB each, in any number of fragments, and compressed if the client
//! offers it.
//!
//! ```sh
//! cargo run --release --example echo
//! python3 -m websockets ws://127.0.0.1:8080/echo
//! ```
//!
//! `WS_ADDR` sets the address to listen on, `RUST_LOG` the log level.

use tracing_subscriber::EnvFilter;
use ws_core::prelude::*;

// ANCHOR: echo
/// Takes and returns payloads by value: a small payload is copied once, a large one is not copied.
#[websocket("/echo", compress, max_message_size = "64MiB", max_fragments = "unlimited")]
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
// ANCHOR_END: echo

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let app = App::discover();
    println!("{}", app.routes());
    println!("try: python3 -m websockets ws://{addr}/echo");
    app.run(addr)
}
