//! Zotonic's custom handler: greets after one second and every five seconds from then on, and echoes each message.
//!
//! ```sh
//! cargo run --example custom        # and open http://127.0.0.1:8080/, or:
//! python3 -m websockets ws://127.0.0.1:8080/socket/custom
//! ```
//!
//! `WS_ADDR` sets the address to listen on, `RUST_LOG` the log level.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
use tracing_subscriber::EnvFilter;

// ANCHOR: custom
use std::time::Duration;
use ws_core::prelude::*;

/// Greets, and echoes what it receives.
#[websocket("/socket/custom")]
#[derive(Default)]
struct Custom;

struct Greet(&'static str);

#[websocket]
impl Custom {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.notify_after(Duration::from_secs(1), Greet("Hello!"));
    }

    #[text]
    async fn received(&mut self, text: &str) -> String {
        format!("You said: {text}")
    }

    #[info]
    fn greet(&mut self, Greet(words): Greet, cx: &mut Context<Self>) -> &'static str {
        cx.notify_after(Duration::from_secs(5), Greet("Hello again!"));
        words
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        println!("gone: {reason}");
    }
}
// ANCHOR_END: custom

// ANCHOR: main
fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let page = Router::new()
        .route("/", get(async || Html(include_str!("custom/index.html"))))
        .route("/style.css", get(async || ([(CONTENT_TYPE, "text/css")], include_str!("style.css"))));
    let pages = Pages::new().random_key(); // nobody signs in here
    let app = App::discover().pages(pages).fallback(page);
    println!("{}", app.routes());
    println!("look: http://{addr}/");
    println!("try: python3 -m websockets ws://{addr}/socket/custom");
    app.run(addr)
}
// ANCHOR_END: main
