//! The limits of a handler's `init` and `terminate`: one that never returns keeps no place.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::Query;
use tokio::sync::Semaphore;
use ws_core::Route;
use ws_core::prelude::*;
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, request};
use ws_tests::{Server, jump, pass, until, within};

use super::{assert_full, shake};

/// Never returns from the callback that the query names, or waits in `init` for the gate.
struct Stuck {
    notes: Notes,
    hangs: String,
}

static GATE: Semaphore = Semaphore::const_new(0);

async fn hang(notes: &Notes, callback: &str) {
    let _dropped = notes.on_drop("dropped");
    notes.add(format!("{callback} hangs"));
    std::future::pending::<()>().await;
}

#[websocket]
impl Stuck {
    #[init]
    async fn new(Query(query): Query<HashMap<String, String>>, State(notes): State<Notes>) -> Self {
        let hangs = query.get("in").cloned().unwrap_or_default();
        if hangs == "init" {
            hang(&notes, "init").await;
        }
        if hangs == "gate" {
            notes.add("at the gate");
            GATE.acquire().await.expect("an open semaphore").forget();
        }
        Self { notes, hangs }
    }

    #[terminate]
    async fn gone(&mut self, reason: &Terminate) {
        self.notes.add(format!("terminate {}", reason.kind()));
        if self.hangs == "terminate" {
            hang(&self.notes, "terminate").await;
        }
    }
}

/// A server with one place, and short limits.
async fn short(notes: &Notes) -> Server {
    let route = Route::new::<Stuck>("/stuck")
        .init_timeout(Duration::from_millis(300))
        .terminate_timeout(Duration::from_millis(300));
    Server::start(App::new().route(route).max_connections(1).state(notes.clone())).await
}

#[tokio::test]
async fn an_init_that_hangs_is_answered_with_503_and_keeps_no_place() {
    let (log, _capture) = Log::capture();
    let notes = Notes::default();
    let server = short(&notes).await;
    let (_raw, response) = shake(&server, "/stuck?in=init", &[]).await;
    assert_eq!(response.status, 503, "{response:?}");
    assert_eq!(response.body, "the server did not accept the connection in time\n");
    assert_eq!(notes.all(), ["init hangs", "dropped"], "`terminate` does not run without a handler");
    let (_raw, response) = shake(&server, "/stuck", &[]).await;
    assert_eq!(response.status, 101, "{response:?}");
    let stats = server.app.stats();
    assert_eq!((stats.limited("init_timeout"), stats.rejected(503), stats.opened), (1, 1, 1));
    let lines =
        log.lines_with(&["a callback did not return within `init_timeout` (300ms)", "callbacks::Stuck"]);
    assert_eq!((lines.len(), lines[0].contains("callback=\"init\"")), (1, true), "{}", log.text());
}

#[tokio::test]
async fn a_terminate_that_hangs_is_dropped_and_keeps_no_place() {
    let (log, _capture) = Log::capture();
    let notes = Notes::default();
    let server = short(&notes).await;
    let (raw, response) = shake(&server, "/stuck?in=terminate", &[]).await;
    assert_eq!(response.status, 101, "{response:?}");
    drop(raw);
    notes.seen("terminate hangs").await;
    assert_full(&shake(&server, "/stuck", &[]).await.1, "max_connections");
    until(|| server.app.stats().open == 0).await;
    assert_eq!(notes.all(), ["terminate lost", "terminate hangs", "dropped"]);
    let (_raw, response) = shake(&server, "/stuck", &[]).await;
    assert_eq!(response.status, 101, "{response:?}");
    assert_eq!(server.app.stats().limited("terminate_timeout"), 1);
    let lines = log.lines_with(&["did not return within `terminate_timeout` (300ms)", "callbacks::Stuck"]);
    assert_eq!((lines.len(), lines[0].contains("callback=\"terminate\"")), (1, true), "{}", log.text());
}

#[tokio::test]
async fn callbacks_that_hang_again_and_again_are_logged_once_in_ten_seconds() {
    let (log, _capture) = Log::capture();
    let notes = Notes::default();
    let server = short(&notes).await;
    for _ in 0..3 {
        assert_eq!(shake(&server, "/stuck?in=init", &[]).await.1.status, 503);
    }
    assert_eq!(server.app.stats().limited("init_timeout"), 3);
    assert_eq!(log.lines_with(&["did not return"]).len(), 1, "{}", log.text());
    pass(Duration::from_secs(10)).await;
    assert_eq!(shake(&server, "/stuck?in=init", &[]).await.1.status, 503);
    assert_eq!(log.lines_with(&["did not return", "suppressed=2"]).len(), 1, "{}", log.text());
}

#[tokio::test]
async fn by_default_an_init_has_30_seconds() {
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<Stuck>("/stuck", ()).state(notes.clone())).await;
    let mut slow = Raw::open(server.addr).await;
    slow.send(&request("GET", "/stuck?in=gate", &HEADERS)).await;
    notes.seen("at the gate").await;
    pass(Duration::from_secs(28)).await;
    GATE.add_permits(1);
    assert_eq!(slow.response().await.status, 101);
    let mut stuck = Raw::open(server.addr).await;
    stuck.send(&request("GET", "/stuck?in=init", &HEADERS)).await;
    notes.seen("init hangs").await;
    pass(Duration::from_secs(30)).await;
    assert_eq!(stuck.response().await.status, 503);
}

/// The process was stopped for a minute, for example.
#[tokio::test]
async fn time_in_which_the_server_was_held_up_does_not_count() {
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<Stuck>("/stuck", ()).state(notes.clone())).await;
    let mut stuck = Raw::open(server.addr).await;
    stuck.send(&request("GET", "/stuck?in=init", &HEADERS)).await;
    notes.seen("init hangs").await;
    jump(Duration::from_secs(60)).await;
    let anew = tokio::time::Instant::now();
    assert!(stuck.is_silent_for(Duration::from_millis(50)).await);
    pass(Duration::from_secs(30).saturating_sub(anew.elapsed())).await;
    assert_eq!(stuck.response().await.status, 503);
}

#[tokio::test]
async fn by_default_a_terminate_has_30_seconds() {
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<Stuck>("/stuck", ()).state(notes.clone())).await;
    drop(shake(&server, "/stuck?in=terminate", &[]).await);
    notes.seen("terminate hangs").await;
    pass(Duration::from_secs(28)).await;
    assert_eq!((server.app.stats().open, notes.count("dropped")), (1, 0));
    pass(Duration::from_secs(2)).await;
    until(|| server.app.stats().open == 0).await;
    assert_eq!(notes.count("dropped"), 1);
}

#[tokio::test]
async fn without_limits_they_may_take_any_time() {
    let notes = Notes::default();
    let app = App::new().mount::<Stuck>("/stuck", ()).init_timeout(None).terminate_timeout(None);
    let server = Server::start(app.state(notes.clone())).await;
    drop(shake(&server, "/stuck?in=terminate", &[]).await);
    let mut slow = Raw::open(server.addr).await;
    slow.send(&request("GET", "/stuck?in=init", &HEADERS)).await;
    for seen in ["terminate hangs", "init hangs"] {
        notes.seen(seen).await;
    }
    pass(Duration::from_secs(3_600)).await;
    assert!(slow.is_silent_for(Duration::from_millis(50)).await);
    assert_eq!((server.app.stats().open, notes.count("dropped")), (1, 0));
    // The deadline of a drain still applies.
    let drained = within(server.app.drain(Duration::from_millis(10))).await;
    assert_eq!((drained.aborted, drained.left), (1, 0));
}
