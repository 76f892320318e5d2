//! Cowboy's user guide: sends "Hello!", then "How' you doin'?" every second, and comments on each message.
//!
//! ```sh
//! cargo run --example hello
//! python3 -m websockets ws://127.0.0.1:8080/websocket
//! ```
//!
//! `WS_ADDR` sets the address to listen on, `RUST_LOG` the log level.

use std::time::Duration;

use tracing_subscriber::EnvFilter;
use ws_core::prelude::*;

// ANCHOR: hello
/// Sends a message every second.
#[websocket("/websocket")]
#[derive(Default)]
struct Hello;

/// The info of a timer: the next text to send.
struct Timeout(&'static str);

const SECOND: Duration = Duration::from_secs(1);

#[websocket]
impl Hello {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.notify_after(SECOND, Timeout("Hello!"));
    }

    #[text]
    fn received(&mut self, text: &str) -> String {
        format!("That's what she said! {text}")
    }

    #[info]
    fn timeout(&mut self, Timeout(words): Timeout, cx: &mut Context<Self>) -> &'static str {
        cx.notify_after(SECOND, Timeout("How' you doin'?"));
        words
    }
}
// ANCHOR_END: hello

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let app = App::discover();
    println!("{}", app.routes());
    println!("try: python3 -m websockets ws://{addr}/websocket");
    app.run(addr)
}
