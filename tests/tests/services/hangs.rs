//! Callbacks of a service that never return: each has a limit, after which the service goes on.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::Query;
use ws_core::prelude::*;
use ws_core::{Error, Route};
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, Response};
use ws_tests::{Client, Server, closed, pass, text, until, within};

use super::{Gate, Visitor, send};

/// The callbacks that hang, once each, by their name and that of the member; and the gate of those that only wait.
#[derive(Clone, Default)]
struct Hangs(Arc<Mutex<Vec<&'static str>>>, Gate);

impl Hangs {
    fn in_callback(&self, callback: &'static str) {
        self.0.lock().unwrap().push(callback);
    }

    fn take(&self, callback: &str) -> bool {
        let mut hangs = self.0.lock().unwrap();
        let at = hangs.iter().position(|hang| *hang == callback);
        at.map(|at| hangs.remove(at)).is_some()
    }

    /// Waits or hangs if this callback is to do so.
    async fn reach(&self, notes: &Notes, callback: &str) {
        notes.add(callback);
        if self.take(&format!("{callback} at the gate")) {
            notes.add(format!("{callback} waits"));
            self.1.pass().await;
        }
        if self.take(callback) {
            notes.add(format!("{callback} hangs"));
            let _dropped = notes.on_drop("dropped");
            std::future::pending::<()>().await;
        }
    }
}

struct Stuck {
    notes: Notes,
    hangs: Hangs,
}

#[service]
impl Stuck {
    #[init]
    async fn new(State(notes): State<Notes>, State(hangs): State<Hangs>) -> Self {
        hangs.reach(&notes, "init").await;
        Self { notes, hangs }
    }

    #[join]
    async fn join(&mut self, Query(Visitor { name }): Query<Visitor>) -> String {
        self.hangs.reach(&self.notes, &format!("join {name}")).await;
        name
    }

    #[rejoin]
    async fn rejoin(&mut self, member: &Member<Self>) {
        self.hangs.reach(&self.notes, &format!("rejoin {}", member.kept())).await;
    }

    #[incoming]
    async fn received(&mut self, member: &Member<Self>, text: String) -> Control {
        self.hangs.reach(&self.notes, &format!("incoming {}", member.kept())).await;
        assert_ne!(text, "panic", "a callback that panics");
        match &*text {
            "stop" => return Control::stop("as asked"),
            "at once" => return Control::Timeout(Duration::ZERO),
            _ => drop(member.send(text)),
        }
        Control::Continue
    }

    #[timeout]
    fn timeout(&mut self) {
        self.notes.add("timeout");
    }

    #[close]
    async fn close(&mut self, member: &Member<Self>) {
        self.hangs.reach(&self.notes, &format!("close {}", member.kept())).await;
    }

    #[terminate]
    async fn terminate(&mut self, reason: &Terminate) {
        self.hangs.reach(&self.notes, &format!("terminate {}", reason.kind())).await;
    }
}

const SHORT: Duration = Duration::from_millis(300);

fn app(notes: &Notes, hangs: &Hangs) -> App {
    let route = Route::service::<Stuck>("/stuck").init_timeout(SHORT).terminate_timeout(SHORT);
    App::new().route(route).state(notes.clone()).state(hangs.clone())
}

async fn start() -> (Server, Notes, Hangs) {
    let (notes, hangs) = <(Notes, Hangs)>::default();
    (Server::start(app(&notes, &hangs)).await, notes, hangs)
}

async fn join(server: &Server, name: &str) -> Client {
    server.connect(&format!("/stuck?name={name}")).await
}

async fn ask(server: &Server, name: &str) -> Response {
    Raw::open(server.addr).await.request("GET", &format!("/stuck?name={name}"), &HEADERS).await
}

async fn echoes(client: &mut Client) {
    send(client, "here").await;
    assert_eq!(text(client).await, "here");
}

#[tokio::test]
async fn a_join_that_hangs_is_answered_with_503_and_the_service_goes_on() {
    let (log, _capture) = Log::capture();
    let (server, notes, hangs) = start().await;
    let mut ada = join(&server, "ada").await;
    hangs.in_callback("join bob");
    let response = ask(&server, "bob").await;
    assert_eq!(response.status, 503, "{response:?}");
    assert_eq!(response.body, "the server did not accept the connection in time\n");
    echoes(&mut ada).await;
    let mut bob = join(&server, "bob").await;
    echoes(&mut bob).await;
    assert_eq!((notes.count("dropped"), notes.count("close bob")), (1, 0));
    assert_eq!(server.app.stats().limited("init_timeout"), 1);
    let lines =
        log.lines_with(&["did not return within `init_timeout`", "hangs::Stuck", "callback=\"join\""]);
    assert_eq!(lines.len(), 1, "{}", log.text());
}

#[tokio::test]
async fn a_close_that_hangs_keeps_no_place_and_the_service_goes_on() {
    let (notes, hangs) = <(Notes, Hangs)>::default();
    let server = Server::start(app(&notes, &hangs).max_connections(2)).await;
    let (mut ada, bob) = (join(&server, "ada").await, join(&server, "bob").await);
    hangs.in_callback("close bob");
    drop(bob);
    notes.seen("close bob hangs").await;
    echoes(&mut ada).await;
    until(|| server.app.stats().open == 1).await;
    let _carl = join(&server, "carl").await;
    assert_eq!((notes.count("close bob"), notes.count("dropped")), (1, 1));
    assert_eq!(server.app.stats().limited("terminate_timeout"), 1);
}

#[tokio::test]
async fn b8_a_terminate_that_hangs_after_a_panic_does_not_stop_the_restart() {
    let (server, notes, hangs) = start().await;
    let mut ada = join(&server, "ada").await;
    hangs.in_callback("terminate panic");
    send(&mut ada, "panic").await;
    echoes(&mut ada).await;
    assert_eq!((notes.count("init"), notes.count("rejoin ada"), notes.count("dropped")), (2, 1, 1));
    assert_eq!(server.app.stats().limited("terminate_timeout"), 1);
}

#[tokio::test]
async fn b8_an_init_that_hangs_on_a_restart_is_tried_again() {
    let (log, _capture) = Log::capture();
    let (server, notes, hangs) = start().await;
    let mut ada = join(&server, "ada").await;
    for _ in 0..2 {
        hangs.in_callback("init");
    }
    send(&mut ada, "panic").await;
    echoes(&mut ada).await;
    assert_eq!((notes.count("init"), notes.count("dropped")), (4, 2));
    assert_eq!(server.app.stats().limited("init_timeout"), 2);
    let lines =
        log.lines_with(&["cannot restart the service: `#[init]` did not return within", "`init_timeout`"]);
    assert_eq!(lines.len(), 2, "{}", log.text());
}

#[tokio::test]
async fn b8_an_init_after_a_panic_has_twice_the_time_that_it_took_at_the_start() {
    let (notes, hangs) = <(Notes, Hangs)>::default();
    hangs.in_callback("init at the gate");
    let starting = tokio::spawn(Server::start(app(&notes, &hangs)));
    notes.seen("init waits").await;
    pass(Duration::from_secs(10)).await;
    hangs.1.open(1);
    let server = within(starting).await.unwrap();
    let mut ada = join(&server, "ada").await;
    hangs.in_callback("init at the gate");
    send(&mut ada, "panic").await;
    until(|| notes.count("init waits") == 2).await;
    for _ in 0..10 {
        pass(SHORT).await;
    }
    hangs.1.open(1);
    echoes(&mut ada).await;
    assert_eq!((notes.count("init"), server.app.stats().limited("init_timeout")), (2, 0));
}

#[tokio::test]
async fn b8_a_rejoin_that_hangs_closes_its_member_and_no_other() {
    let (server, notes, hangs) = start().await;
    let (mut ada, mut bob) = (join(&server, "ada").await, join(&server, "bob").await);
    hangs.in_callback("rejoin ada");
    send(&mut bob, "panic").await;
    assert_eq!(closed(&mut ada).await, (1011, String::new()));
    echoes(&mut bob).await;
    drop(ada);
    until(|| server.app.stats().open == 1).await;
    assert_eq!((notes.count("dropped"), notes.count("close ada")), (1, 0));
    assert_eq!(server.app.stats().limited("init_timeout"), 1);
}

#[tokio::test]
async fn b3_a_stop_ends_the_service_although_its_last_callbacks_hang() {
    let (server, notes, hangs) = start().await;
    let (mut ada, mut bob) = (join(&server, "ada").await, join(&server, "bob").await);
    for callback in ["close ada", "terminate stop_as"] {
        hangs.in_callback(callback);
    }
    send(&mut ada, "stop").await;
    for client in [&mut ada, &mut bob] {
        assert_eq!(closed(client).await.0, 1001);
    }
    until(|| notes.count("dropped") == 2).await;
    assert_eq!(
        (notes.count("close ada"), notes.count("close bob"), notes.count("terminate stop_as")),
        (1, 1, 1)
    );
    drop((ada, bob));
    until(|| server.app.stats().open == 0).await;
    assert_eq!(server.app.stats().limited("terminate_timeout"), 2);
}

/// A callback without a limit, such as `incoming`, may take any time.
#[tokio::test]
async fn a_service_that_is_stuck_holds_neither_those_who_leave_nor_those_who_come() {
    let (notes, hangs) = <(Notes, Hangs)>::default();
    let server = Server::start(app(&notes, &hangs).max_connections(2)).await;
    let (mut ada, bob) = (join(&server, "ada").await, join(&server, "bob").await);
    hangs.in_callback("incoming ada");
    send(&mut ada, "hi").await;
    notes.seen("incoming ada hangs").await;
    drop(bob);
    until(|| server.app.stats().open == 1).await;
    assert_eq!(ask(&server, "carl").await.status, 503);
    let stats = server.app.stats();
    assert_eq!((stats.limited("terminate_timeout"), stats.limited("init_timeout")), (1, 1));
    assert_eq!(stats.limited("max_connections"), 0);
    drop(ada);
    until(|| server.app.stats().open == 0).await;
    assert_eq!(notes.count("dropped"), 0);
}

#[tokio::test]
async fn an_init_that_hangs_at_the_start_is_an_error_after_five_minutes() {
    let (notes, hangs) = <(Notes, Hangs)>::default();
    hangs.in_callback("init");
    let starting = tokio::spawn(app(&notes, &hangs).bind("127.0.0.1:0"));
    notes.seen("init hangs").await;
    pass(Duration::from_secs(298)).await;
    assert!(!starting.is_finished());
    pass(Duration::from_secs(2)).await;
    let error = within(starting).await.unwrap().expect_err("the service does not start");
    assert!(matches!(error, Error::Service { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("hangs::Stuck") && text.contains("`#[init]` did not return within 300s"), "{text}");
    assert_eq!(notes.all(), ["init", "init hangs", "dropped"]);
}

#[tokio::test]
async fn b3_a_timeout_of_zero_is_one_of_10_ms() {
    let (server, notes, _) = start().await;
    let mut ada = join(&server, "ada").await;
    let begun = Instant::now();
    send(&mut ada, "at once").await;
    until(|| notes.count("timeout") >= 30).await;
    // One every 10 ms at most. The timer's own resolution allows ten times as many.
    assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
    // Messages come first.
    echoes(&mut ada).await;
}
