//! Chicago Boss's service, at the path that Boss gives it: one actor for all who connect to it.
//!
//! ```sh
//! cargo run --example foobar
//! python3 -m websockets 'ws://127.0.0.1:8080/websocket/foobar?name=ada'
//! curl -d 'tea is ready' http://127.0.0.1:8080/announce
//! ```
//!
//! `WS_ADDR` says where it listens, `RUST_LOG` how much it logs.

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
/// Who is there, by name, and how much was said. Nothing of it is locked: one task owns it.
#[service(mailbox(messages = 64, overflow = "drop_oldest"))]
#[derive(Default)]
struct Foobar {
    members: HashMap<String, Member<Self>>,
    said: u64,
}
// ANCHOR_END: state

/// What is said to everybody from outside.
struct Announcement(String);

#[derive(Deserialize)]
struct Who {
    name: String,
}

/// A service that hears nothing for so long says so.
const QUIET: Duration = Duration::from_secs(60);

#[service]
impl Foobar {
    // ANCHOR: join
    #[join]
    fn join(
        &mut self,
        Query(who): Query<Who>,
        member: &Member<Self>,
    ) -> Result<String, (StatusCode, String)> {
        if self.members.contains_key(&who.name) {
            return Err((StatusCode::CONFLICT, format!("there is a {} already\n", who.name)));
        }
        self.tell(&format!("{} came", who.name));
        member.send(format!("welcome, {}: {} here", who.name, self.members.len()));
        self.members.insert(who.name.clone(), member.clone());
        // Kept with the member from now on, as `member.kept()`.
        Ok(who.name)
    }
    // ANCHOR_END: join

    // ANCHOR: incoming
    #[incoming]
    fn said(&mut self, member: &Member<Self>, text: &str) -> Control {
        self.said += 1;
        self.tell(&format!("{} ({}): {text}", member.kept(), self.said));
        Control::Timeout(QUIET)
    }

    #[timeout]
    fn quiet(&mut self) {
        self.tell("it is quiet here");
    }
    // ANCHOR_END: incoming

    // ANCHOR: close
    #[close]
    fn gone(&mut self, member: &Member<Self>, reason: &Terminate) {
        self.members.remove(member.kept());
        self.tell(&format!("{} left: {}", member.kept(), reason.kind()));
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
        self.tell(words);
    }
    // ANCHOR_END: broadcast

    /// Nobody waits here: what a slow member has not read waits in its own mailbox, and the oldest of it gives way.
    fn tell(&self, words: &str) {
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
    let app = App::linked();
    println!("{}", app.routes());
    println!("try: python3 -m websockets 'ws://{addr}/websocket/foobar?name=ada'");
    let outside = Router::new().route("/announce", post(announce)).with_state(app.handle());
    app.beside(outside).run(addr)
}
