//! `Duration::MAX` in place of every duration: it never elapses, and causes no panic.

use std::time::Duration;

use ws_core::Route;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{PING, PONG, Raw};
use ws_tests::{Server, until, within};

use super::echoes;

struct Never;

/// Uses `Duration::MAX` as each message requests, and echoes.
struct Patient(Notes);

#[websocket]
impl Patient {
    #[init]
    fn new(State(notes): State<Notes>, upgrade: &mut Upgrade<Self>) -> Self {
        if upgrade.path() == "/init" {
            upgrade.set_heartbeat(Duration::MAX);
            upgrade.set_idle_timeout(Duration::MAX);
        }
        Self(notes)
    }

    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> String {
        match words {
            "idle" => cx.set_idle_timeout(Duration::MAX),
            "pause" => cx.pause_for(Duration::MAX),
            "pause and resume" => {
                cx.pause_for(Duration::MAX);
                tokio::task::yield_now().await;
                cx.resume();
            }
            "timer" => drop(cx.notify_after(Duration::MAX, Never)),
            "timer, cancelled" => {
                let timer = cx.notify_after(Duration::MAX, Never);
                assert!(cx.cancel(timer) && !cx.cancel(timer));
            }
            other => self.0.add(other),
        }
        words.to_owned()
    }

    #[info]
    fn never(&mut self, Never: Never) {
        self.0.add("never came");
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(reason.kind());
    }
}

/// Asserts that the connection works, that a drain without a deadline closes it, and that nothing panics.
async fn lives_until_drained(app: App, path: &str, commands: &[&str]) {
    let notes = Notes::default();
    let server = Server::start(app.state(notes.clone())).await;
    let mut client = Raw::connect(server.addr, path).await;
    for words in commands {
        echoes(&mut client, words).await;
    }
    let handle = server.app.clone();
    let draining = tokio::spawn(async move { handle.drain(Duration::MAX).await });
    assert_eq!(client.read().await.expect("a close").close().0, 1001, "{commands:?}");
    drop(client);
    assert_eq!(ws_tests::drained(&within(draining).await.expect("no panic")), (1, 0, 0), "{commands:?}");
    assert_eq!(notes.all(), ["drained"], "{commands:?}");
    server.ended().await;
}

#[tokio::test]
async fn heartbeat_and_idle_timeout_may_be_without_end_on_app_route_and_upgrade() {
    let app = App::new().heartbeat(Duration::MAX).idle_timeout(Duration::MAX);
    lives_until_drained(app.mount::<Patient>("/", ()), "/", &["idle"]).await;
    let route = Route::new::<Patient>("/").heartbeat(Duration::MAX).idle_timeout(Duration::MAX);
    lives_until_drained(App::new().route(route), "/", &["idle"]).await;
    lives_until_drained(App::new().mount::<Patient>("/init", ()), "/init", &["idle"]).await;
}

#[tokio::test]
async fn idle_timeout_pause_and_timers_of_a_callback_may_be_without_end() {
    for commands in [
        &["idle"][..],
        &["pause"],
        &["pause and resume", "pause and resume"],
        &["timer", "timer"],
        &["timer, cancelled", "timer"],
        &["idle", "timer", "pause and resume", "pause"],
    ] {
        lives_until_drained(App::new().mount::<Patient>("/", ()), "/", commands).await;
    }
}

#[tokio::test]
async fn a_finite_timeout_works_beside_an_infinite_one() {
    let route = Route::new::<Patient>("/").heartbeat(Duration::from_millis(50)).idle_timeout(Duration::MAX);
    let server = Server::start(App::new().state(Notes::default()).route(route)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    for _ in 0..3 {
        assert_eq!(client.read().await.expect("a ping").opcode, PING);
        client.frame(PONG, b"").await;
    }
    let notes = Notes::default();
    let route = Route::new::<Patient>("/").heartbeat(None).idle_timeout(Duration::from_millis(50));
    let server = Server::start(App::new().state(notes.clone()).route(route)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    assert_eq!(client.read().await.expect("a close").close().0, 1001);
    until(|| notes.all() == ["timeout"]).await;
}
