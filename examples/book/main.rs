//! The listings of the book, in one module for each chapter. The pages include them from here, and
//! `tests/tests/book.rs` starts this program and tests every handler.
//!
//! ```sh
//! cargo run --example book
//! python3 -m websockets ws://127.0.0.1:8080/counter
//! ```
//!
//! `WS_ADDR` sets the address to listen on, `RUST_LOG` the log level.

mod authentication;
mod compression;
mod conflation;
mod endings;
mod errors;
mod events;
mod handlers;
mod login;
mod payloads;
mod rates;
mod recovery;
mod replies;
mod routes;
mod services;
mod slow;
mod state;
mod streaming;
mod tasks;
mod topics;
mod uploads;

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use tracing_subscriber::EnvFilter;
use ws_core::Overflow;
use ws_core::prelude::*;

use self::authentication::Tickets;
use self::conflation::Prices;
use self::login::Site;
use self::routes::{Greeter, Greeting};
use self::state::Customers;

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let app = app();
    println!("{}", app.routes());
    println!("try: python3 -m websockets ws://{addr}/counter");
    app.run(addr)
}

fn app() -> App {
    // ANCHOR: app
    let app = App::discover()
        .state(Customers::default())
        .idle_timeout(Duration::from_secs(90))
        .heartbeat(Duration::from_secs(30))
        .max_message_size(256 << 10)
        .mailbox_messages(1000)
        .mailbox_bytes(4 << 20)
        .mailbox_overflow(Overflow::DropOldest);
    // ANCHOR_END: app
    // ANCHOR: tasks
    let app = app.on_start(tasks::feed).on_start(tasks::report);
    // ANCHOR_END: tasks
    let app = match std::env::var("RELAY") {
        Ok(url) => {
            // ANCHOR: relay
            app.on_start(|app| tasks::relay(app, url))
            // ANCHOR_END: relay
        }
        Err(_) => app,
    };
    // ANCHOR: mount
    let app = app
        .mount::<Greeter>("/greet/en", Greeting("good morning"))
        .mount::<Greeter>("/greet/el", Greeting("καλημέρα"));
    // ANCHOR_END: mount
    let app = app.mount::<events::Echo<2>>("/events/echo", ()).state(Prices::default());
    let tickets = Tickets::default();
    let app = app.state(tickets.clone());
    let app = recovery::histories(app);
    // ANCHOR: site
    let site = Site::default();
    let app = app.state(site.clone());
    // ANCHOR_END: site
    let inventory = Router::new()
        .route("/inventory.json", get(recovery::load))
        .route("/inventory/set", post(recovery::set))
        .route("/tick", post(recovery::tick))
        .with_state((app.handle(), recovery::Stock::default()));
    // ANCHOR: beside
    let http = Router::new()
        .route("/publish", post(replies::publish))
        .route("/goal", post(topics::scored))
        .route("/lost", get(slow::lost))
        .route("/table.json", get(topics::present))
        .with_state(app.handle())
        .merge(login::pages(site))
        .merge(authentication::pages(tickets))
        .merge(inventory);
    app.fallback(http)
    // ANCHOR_END: beside
}
