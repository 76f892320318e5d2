//! Drains: responses in progress, a second drain, and callbacks that run past the deadline.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::{Drained, Route};
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT, request};
use ws_tests::{PATIENCE, Server, pass, until, within};

/// Waits in the callback or in `terminate`, depending on its path, until the gate opens.
struct Stuck {
    notes: Notes,
    gate: watch::Receiver<bool>,
    path: String,
}

impl Stuck {
    async fn pass(&mut self) {
        let _cut = self.notes.on_drop("passed or cut");
        self.notes.add("stuck");
        let _ = self.gate.wait_for(|open| *open).await;
    }
}

#[websocket]
impl Stuck {
    #[init]
    fn new(
        State(notes): State<Notes>,
        State(gate): State<watch::Receiver<bool>>,
        upgrade: &mut Upgrade<Self>,
    ) -> Self {
        Self { notes, gate, path: upgrade.path().to_owned() }
    }

    #[text]
    async fn received(&mut self) -> Close {
        if self.path == "/callback" {
            self.pass().await;
        }
        Close::normal()
    }

    #[terminate]
    async fn gone(&mut self, reason: &Terminate) {
        self.notes.add(reason.kind());
        if self.path == "/terminate" {
            self.pass().await;
        } else {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.notes.add("terminate is through");
    }
}

fn app(notes: &Notes) -> (App, watch::Sender<bool>) {
    let (gate, closed) = watch::channel(false);
    let quiet = |path: &str| Route::new::<Stuck>(path).heartbeat(None).idle_timeout(None);
    let app = App::new().state(notes.clone()).state(closed);
    (app.route(quiet("/callback")).route(quiet("/terminate")), gate)
}

fn drain(app: &AppHandle, within: Duration) -> JoinHandle<Drained> {
    let app = app.clone();
    tokio::spawn(async move { app.drain(within).await })
}

#[tokio::test]
async fn a_plain_http_answer_that_is_under_way_is_finished_on_a_drain() {
    let (notes, (gate, closed)) = (Notes::default(), watch::channel(false));
    let asked = notes.clone();
    let page = get(move || async move {
        asked.add("asked");
        let _ = closed.clone().wait_for(|open| *open).await;
        "the whole answer"
    });
    let server = Server::start(
        App::new()
            .mount::<Stuck>("/", ())
            .state(notes.clone())
            .state(gate.subscribe())
            .fallback(Router::new().route("/page", page)),
    )
    .await;
    let mut client = Raw::open(server.addr).await;
    client.send(&request("GET", "/page", &[("Host", "localhost")])).await;
    notes.seen("asked").await;
    let app = server.app.clone();
    let ended = tokio::spawn(server.ended());
    // No handler has a connection, so the drain itself completes at once.
    assert_eq!(ws_tests::drained(&within(app.drain(PATIENCE)).await), (0, 0, 0));
    assert!(client.is_silent_for(Duration::from_millis(50)).await);
    assert!(!ended.is_finished(), "a response is in progress");
    gate.send_replace(true);
    let answer = client.response().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "the whole answer"));
    assert_eq!(client.read().await, None);
    within(ended).await.expect("a clean shutdown");
}

#[tokio::test]
async fn a_nearer_deadline_of_a_second_drain_counts_for_a_callback_and_for_terminate() {
    for path in ["/callback", "/terminate"] {
        let notes = Notes::default();
        let (app, _gate) = app(&notes);
        let server = Server::start(app).await;
        let mut client = Raw::connect(server.addr, path).await;
        client.frame(TEXT, b"stick").await;
        notes.seen("stuck").await;
        drop(client);
        let began = Instant::now();
        let patient = drain(&server.app, Duration::from_secs(300));
        until(|| server.app.is_draining()).await;
        let hasty = drain(&server.app, Duration::from_millis(100));
        let (patient, hasty) = within(async { tokio::join!(patient, hasty) }).await;
        assert!(began.elapsed() >= Duration::from_millis(100), "{path}");
        assert_eq!(patient.expect("no panic").left, 0, "{path}");
        assert_eq!(hasty.expect("no panic").left, 0, "{path}");
        assert_eq!(notes.count("passed or cut"), 1, "{path}");
        within(server.ended()).await;
    }
}

#[tokio::test]
async fn a_farther_deadline_of_a_second_drain_does_not_count() {
    let notes = Notes::default();
    let (app, _gate) = app(&notes);
    let server = Server::start(app).await;
    let mut client = Raw::connect(server.addr, "/callback").await;
    client.frame(TEXT, b"stick").await;
    notes.seen("stuck").await;
    let hasty = drain(&server.app, Duration::from_millis(200));
    until(|| server.app.is_draining()).await;
    let patient = drain(&server.app, Duration::from_secs(300));
    assert_eq!(client.read().await.expect("a close").close().0, 1001);
    drop(client);
    let (patient, hasty) = within(async { tokio::join!(patient, hasty) }).await;
    assert_eq!((patient.expect("no panic").left, hasty.expect("no panic").aborted), (0, 1));
}

#[tokio::test]
async fn serve_until_does_not_shorten_a_drain_that_began_elsewhere() {
    let notes = Notes::default();
    let (app, gate) = app(&notes);
    let server = app.bind("127.0.0.1:0").await.expect("the app starts");
    let (addr, handle) = (server.local_addr().expect("an address"), server.handle());
    let (stop, stopping) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve_until(async { drop(stopping.await) }));
    let mut client = Raw::connect(addr, "/callback").await;
    client.frame(TEXT, b"stick").await;
    notes.seen("stuck").await;

    let draining = drain(&handle, Duration::from_secs(300));
    until(|| handle.is_draining()).await;
    let _ = stop.send(());
    // A drain by `serve_until` itself would end after 30 s, and abort the waiting callback.
    pass(Duration::from_secs(60)).await;
    assert!(client.is_silent_for(Duration::from_millis(100)).await);
    assert_eq!(notes.all(), ["stuck"]);
    assert!(!serving.is_finished() && !draining.is_finished());

    gate.send_replace(true);
    assert_eq!(client.read().await.expect("a close").close().0, 1000);
    drop(client);
    assert_eq!(ws_tests::drained(&within(draining).await.expect("no panic")), (1, 0, 0));
    within(serving).await.expect("a clean shutdown");
}

#[tokio::test]
async fn c12_after_a_callback_was_cut_at_the_deadline_a_terminate_that_waits_still_comes_to_its_end() {
    let notes = Notes::default();
    let (app, _gate) = app(&notes);
    let server = Server::start(app).await;
    let mut client = Raw::connect(server.addr, "/callback").await;
    client.frame(TEXT, b"stick").await;
    notes.seen("stuck").await;
    let drained = within(drain(&server.app, Duration::from_millis(200))).await.expect("no panic");
    assert_eq!(ws_tests::drained(&drained), (1, 1, 0));
    assert_eq!(notes.all(), ["stuck", "passed or cut", "drained", "terminate is through"]);
    assert_eq!(client.read().await.expect("a close").close().0, 1001);
}
