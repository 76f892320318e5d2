//! A drain rejects new connections, closes every client with 1001, and runs every `terminate`. Callbacks that are stuck
//! past the deadline are aborted and counted.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use ws_core::Drained;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, TEXT};
use ws_tests::{Client, PATIENCE, Server, closed, front, until, within};

/// Its `text` callback never returns; on `/sticks`, neither does `terminate`.
struct Sticky {
    notes: Notes,
    path: String,
}

#[websocket]
impl Sticky {
    #[init]
    fn new(State(notes): State<Notes>, upgrade: &mut Upgrade<Self>) -> Self {
        Self { notes, path: upgrade.path().to_owned() }
    }

    #[text]
    async fn received(&mut self) {
        let _stuck = self.notes.on_drop("the callback is cut");
        self.notes.add("stuck");
        std::future::pending::<()>().await;
    }

    #[terminate]
    async fn gone(&mut self, reason: &Terminate) {
        self.notes.add(reason.kind());
        match self.path.as_str() {
            "/quick" => {}
            "/sticks" => {
                let _stuck = self.notes.on_drop("terminate is cut");
                std::future::pending::<()>().await;
            }
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
        self.notes.add("terminate is through");
    }
}

fn app(notes: &Notes) -> App {
    App::new()
        .state(notes.clone())
        .mount::<Sticky>("/", ())
        .mount::<Sticky>("/quick", ())
        .mount::<Sticky>("/sticks", ())
}

fn drain(server: &Server, within: Duration) -> JoinHandle<Drained> {
    let app = server.app.clone();
    tokio::spawn(async move { app.drain(within).await })
}

/// Checks that each client receives 1001, then answers it (by reading on) and disconnects.
async fn all_closed(clients: Vec<Client>) {
    for mut client in clients {
        assert_eq!(closed(&mut client).await, (1001, "the server is shutting down".to_owned()));
    }
}

#[tokio::test]
async fn every_client_sees_1001_and_every_terminate_runs() {
    let notes = Notes::default();
    let server = Server::start(app(&notes)).await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(server.connect("/").await);
    }
    let draining = drain(&server, PATIENCE);
    all_closed(clients).await;
    let drained = within(draining).await.expect("no panic");
    assert_eq!(ws_tests::drained(&drained), (20, 0, 0));
    // The drain ends only after every `terminate` has returned.
    assert_eq!(notes.count("drained"), 20);
    assert_eq!(notes.count("terminate is through"), 20);
    let stats = server.app.stats();
    assert_eq!((stats.ended("drained"), stats.open, stats.aborted), (20, 0, 0));
    server.ended().await;
}

#[tokio::test]
async fn new_upgrades_are_answered_with_503() {
    let notes = Notes::default();
    // The program serves the router itself, so it still accepts connections after a drain of the handle.
    let app = app(&notes);
    let handle = app.handle();
    let addr = front::serve(app.into_router(), |stream| stream).await;

    let mut before = Raw::connect(addr, "/").await;
    assert!(!handle.is_draining());
    let draining = tokio::spawn({
        let handle = handle.clone();
        async move { handle.drain(PATIENCE).await }
    });
    assert_eq!(before.read().await.expect("a close").close().0, 1001);
    assert!(handle.is_draining());
    let response = Raw::open(addr).await.request("GET", "/", &HEADERS).await;
    assert_eq!(response.status, 503);
    assert!(response.body.contains("the server is shutting down"), "{response:?}");
    before.close(1001, "").await;
    drop(before);
    assert_eq!(ws_tests::drained(&within(draining).await.expect("no panic")), (1, 0, 0));
    assert_eq!((handle.stats().rejected(503), handle.stats().opened), (1, 1));
}

#[tokio::test]
async fn an_upgrade_that_was_under_way_is_answered_with_503_and_terminated() {
    struct Slow(Notes);

    #[websocket]
    impl Slow {
        #[init]
        async fn new(State(notes): State<Notes>, upgrade: &mut Upgrade<Self>) -> Self {
            notes.add("init");
            let app = upgrade.app();
            until(|| app.is_draining()).await;
            Self(notes)
        }

        #[open]
        fn open(&mut self) {
            self.0.add("open");
        }

        #[terminate]
        fn gone(&mut self, reason: &Terminate) {
            self.0.add(reason.kind());
        }
    }

    let notes = Notes::default();
    let server = Server::start(App::new().state(notes.clone()).mount::<Slow>("/", ())).await;
    let addr = server.addr;
    let answered =
        tokio::spawn(async move { Raw::open(addr).await.request("GET", "/", &HEADERS).await.status });
    notes.seen("init").await;
    drain(&server, PATIENCE);
    assert_eq!(within(answered).await.expect("no panic"), 503);
    assert_eq!(notes.all(), ["init", "drained"]);
    assert_eq!(server.app.stats().ended("drained"), 1);
    server.ended().await;
}

#[tokio::test]
async fn a_drain_waits_for_a_callback_that_is_stuck_until_its_deadline() {
    let notes = Notes::default();
    let server = Server::start(app(&notes)).await;
    let mut stuck = Raw::connect(server.addr, "/quick").await;
    stuck.frame(TEXT, b"stick").await;
    notes.seen("stuck").await;
    let quiet = server.connect("/").await;
    let draining = drain(&server, Duration::from_millis(300));
    all_closed(vec![quiet]).await;
    assert!(!draining.is_finished(), "the drain waits for the stuck callback");
    assert_eq!(notes.count("the callback is cut"), 0);
    assert_eq!(ws_tests::drained(&within(draining).await.expect("no panic")), (2, 1, 0));
    assert_eq!(server.app.stats().aborted, 1);
    assert_eq!(notes.count("the callback is cut"), 1);
    assert_eq!(notes.count("terminate is through"), 2);
    assert_eq!(server.app.stats().ended("drained"), 2);
    assert_eq!(stuck.read().await.expect("a close").close().0, 1001);
    server.ended().await;
}

#[tokio::test]
async fn a_terminate_that_is_stuck_past_the_deadline_is_cut_and_counted() {
    let notes = Notes::default();
    let server = Server::start(app(&notes)).await;
    let client = server.connect("/sticks").await;
    let draining = drain(&server, Duration::from_millis(300));
    all_closed(vec![client]).await;
    assert_eq!(ws_tests::drained(&within(draining).await.expect("no panic")), (1, 1, 0));
    assert_eq!(notes.all(), ["drained", "terminate is cut"]);
    assert_eq!(server.app.stats().aborted, 1);
}

#[tokio::test]
async fn a_client_that_does_not_close_its_side_is_left_at_the_deadline() {
    let notes = Notes::default();
    let server = Server::start(app(&notes)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    let draining = drain(&server, Duration::from_millis(300));
    assert_eq!(client.read().await.expect("a close").close().0, 1001);
    // The client neither answers nor disconnects.
    assert_eq!(ws_tests::drained(&within(draining).await.expect("no panic")), (1, 0, 0));
    assert_eq!(notes.count("terminate is through"), 1);
    assert_eq!(client.read().await, None);
}

#[tokio::test]
async fn a_shorter_deadline_stands_and_both_drains_see_the_end() {
    let notes = Notes::default();
    let server = Server::start(app(&notes)).await;
    let mut stuck = Raw::connect(server.addr, "/").await;
    stuck.frame(TEXT, b"stick").await;
    notes.seen("stuck").await;
    let patient = drain(&server, Duration::from_secs(60));
    until(|| server.app.is_draining()).await;
    let hasty = drain(&server, Duration::from_millis(100));
    let (patient, hasty) = within(async { tokio::join!(patient, hasty) }).await;
    assert_eq!(hasty.expect("no panic").ended, 1);
    assert_eq!(patient.expect("no panic").ended, 1);
    assert_eq!(notes.count("the callback is cut"), 1);
}

#[tokio::test]
async fn serve_until_returns_when_the_drain_is_over() {
    let notes = Notes::default();
    let server = app(&notes).bind("127.0.0.1:0").await.expect("the app starts");
    let (addr, handle) = (server.local_addr().expect("an address"), server.handle());
    let (stop, stopping) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve_until(async { drop(stopping.await) }));
    let mut client = Raw::connect(addr, "/").await;
    let mut idle_http = Raw::open(addr).await;
    assert!(!serving.is_finished());

    stop.send(()).expect("the server runs");
    assert_eq!(client.read().await.expect("a close").close().0, 1001);
    assert!(handle.is_draining());
    assert!(!serving.is_finished(), "a connection is still open");
    client.close(1001, "").await;
    drop(client);
    within(serving).await.expect("no panic");
    assert_eq!(notes.all(), ["drained", "terminate is through"]);
    assert_eq!(handle.stats().open, 0);
    // The listener is closed, and so is the connection that sent no request.
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
    assert!(idle_http.read().await.is_none());
}

#[tokio::test]
async fn a_drain_of_nothing_is_over_at_once() {
    let server = Server::start(app(&Notes::default())).await;
    let drained = within(server.app.drain(Duration::from_secs(60))).await;
    assert_eq!(ws_tests::drained(&drained), (0, 0, 0));
    server.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_that_blocks_its_thread_is_left() {
    type Release = Arc<Mutex<mpsc::Receiver<()>>>;

    struct Blocking(Notes, Release);

    #[websocket]
    impl Blocking {
        #[init]
        fn new(State(notes): State<Notes>, State(release): State<Release>) -> Self {
            Self(notes, release)
        }

        #[text]
        fn received(&mut self) {
            self.0.add("blocks");
            let _ = self.1.lock().expect("no panic").recv();
        }
    }

    let (notes, (release, released)) = (Notes::default(), mpsc::channel());
    let released: Release = Arc::new(Mutex::new(released));
    let app = App::new().state(notes.clone()).state(released).mount::<Blocking>("/", ());
    let server = Server::start(app).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"block").await;
    notes.seen("blocks").await;
    let drained = within(drain(&server, Duration::from_millis(50))).await.expect("no panic");
    assert_eq!(ws_tests::drained(&drained), (0, 0, 1));
    release.send(()).expect("the callback waits");
    until(|| server.app.stats().open == 0).await;
    assert_eq!(server.app.stats().ended("drained"), 1);
}

#[tokio::test]
async fn a_deadline_too_far_to_come_is_none() {
    let server = Server::start(app(&Notes::default())).await;
    let client = server.connect("/").await;
    let draining = drain(&server, Duration::MAX);
    all_closed(vec![client]).await;
    assert_eq!(ws_tests::drained(&within(draining).await.expect("no panic")), (1, 0, 0));
}
