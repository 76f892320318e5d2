//! Chicago Boss's service, at the path that Boss uses: one actor for all its connections.
//!
//! ```sh
//! cargo run --example foobar
//! python3 -m websockets 'ws://127.0.0.1:8080/websocket/foobar?name=ada'
//! curl -d 'tea is ready' http://127.0.0.1:8080/announce
//! ```
//!
//! `WS_ADDR` sets the address to listen on, `RUST_LOG` the log level.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State as Of};
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use ws_core::prelude::*;

// ANCHOR: state
/// The members by name, and the number of messages. One task owns this state, so it needs no lock.
#[service(mailbox(messages = 64, overflow = "drop_oldest"))]
#[derive(Default)]
struct Foobar {
    members: HashMap<String, Member<Self>>,
    messages: u64,
}
// ANCHOR_END: state

/// A message to all members, from outside of the service.
struct Announcement(String);

#[derive(Deserialize)]
struct Visitor {
    name: String,
}

/// The service notifies its members when nobody has sent a message for this time.
const QUIET: Duration = Duration::from_secs(60);

#[service]
impl Foobar {
    // ANCHOR: join
    #[join]
    fn join(
        &mut self,
        Query(visitor): Query<Visitor>,
        member: &Member<Self>,
    ) -> Result<String, (StatusCode, String)> {
        if self.members.contains_key(&visitor.name) {
            return Err((StatusCode::CONFLICT, format!("there is a {} already\n", visitor.name)));
        }
        self.send_to_all(&format!("{} came", visitor.name));
        member.send(format!("welcome, {}: {} here", visitor.name, self.members.len()));
        self.members.insert(visitor.name.clone(), member.clone());
        // The service keeps this value with the member: `member.kept()` returns it.
        Ok(visitor.name)
    }
    // ANCHOR_END: join

    // ANCHOR: incoming
    #[incoming]
    fn received(&mut self, member: &Member<Self>, text: &str) -> Control {
        self.messages += 1;
        self.send_to_all(&format!("{} ({}): {text}", member.kept(), self.messages));
        Control::Timeout(QUIET)
    }

    #[timeout]
    fn quiet(&mut self) {
        self.send_to_all("it is quiet here");
    }
    // ANCHOR_END: incoming

    // ANCHOR: close
    #[close]
    fn gone(&mut self, member: &Member<Self>, reason: &Terminate) {
        self.members.remove(member.kept());
        self.send_to_all(&format!("{} left: {}", member.kept(), reason.kind()));
    }
    // ANCHOR_END: close

    // ANCHOR: rejoin
    #[rejoin]
    fn again(&mut self, member: &Member<Self>) {
        self.members.insert(member.kept().clone(), member.clone());
    }
    // ANCHOR_END: rejoin

    // ANCHOR: broadcast
    #[broadcast]
    fn announced(&mut self, Announcement(words): &Announcement) {
        self.send_to_all(words);
    }
    // ANCHOR_END: broadcast

    /// Sends to every member without waiting. Messages to a slow member queue in its mailbox, which drops the oldest
    /// when it is full.
    fn send_to_all(&self, words: &str) {
        for member in self.members.values() {
            member.send(words.to_owned());
        }
    }
}

// ANCHOR: announce
async fn announce(Of(app): Of<AppHandle>, words: String) -> StatusCode {
    if app.broadcast::<Foobar>(Announcement(words)).queued == 1 {
        StatusCode::ACCEPTED
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}
// ANCHOR_END: announce

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let app = App::discover();
    println!("{}", app.routes());
    println!("try: python3 -m websockets 'ws://{addr}/websocket/foobar?name=ada'");
    let outside = Router::new().route("/announce", post(announce)).with_state(app.handle());
    app.fallback(outside).run(addr)
}
