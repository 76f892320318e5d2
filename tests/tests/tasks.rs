//! Tasks that start with the app: they run beside the connections, and a drain ends them.
//!
//! These tests have a program of their own and run one at a time, for the reason that `logs.rs` gives.

use std::future::pending;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use ws_core::client;
use ws_core::prelude::*;
use ws_core::testing;
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::{Server, closed, text, until, within};

static ALONE: Mutex<()> = Mutex::const_new(());

const LONG: Duration = Duration::from_secs(30);

/// Publishes the number of ticks since the start.
async fn feed(app: AppHandle) {
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    for number in 1_u64.. {
        ticks.tick().await;
        app.hub().publish_latest("ticks", "", number.to_string());
    }
}

#[websocket("/ticks")]
#[derive(Default)]
struct Ticks;

#[websocket]
impl Ticks {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.subscribe("ticks");
    }
}

fn app() -> App {
    App::discover_in(module_path!())
}

/// Receives two ticks, each later than the one before.
async fn receives_ticks(client: &mut client::Client) {
    let mut last = 0;
    for _ in 0..2 {
        let tick: u64 = client.text().await.unwrap().parse().unwrap();
        assert!(tick > last);
        last = tick;
    }
}

#[tokio::test]
async fn a_feed_publishes_with_each_way_to_serve() {
    let _alone = ALONE.lock().await;
    let server = Server::start(app().on_start(feed)).await;
    receives_ticks(&mut client::connect(&format!("ws://{}/ticks", server.addr)).await.unwrap()).await;
    within(server.app.drain(LONG)).await;
    server.ended().await;

    receives_ticks(&mut testing::connect(app().on_start(feed), "/ticks").await.unwrap()).await;

    let app_of_run = app().on_start(feed).workers(2);
    let (handle, addr) = (app_of_run.handle(), ws_tests::process::free_addr());
    let running = std::thread::spawn(move || app_of_run.run(addr));
    let connected = async {
        loop {
            if let Ok(client) = client::connect(&format!("ws://{addr}/ticks")).await {
                break client;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    receives_ticks(&mut within(connected).await).await;
    within(handle.drain(LONG)).await;
    running.join().unwrap().unwrap();

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ticks", listener.local_addr().unwrap());
    let router = app().on_start(feed).into_router();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    receives_ticks(&mut client::connect(&url).await.unwrap()).await;
    serving.abort();
}

#[tokio::test]
async fn tasks_start_before_the_first_client_and_know_the_address() {
    let _alone = ALONE.lock().await;
    let notes = Notes::default();
    let task = |name: &'static str| {
        let notes = notes.clone();
        move |app: AppHandle| async move {
            notes.add(format!("{name} {}", app.stats().opened));
        }
    };
    let server = app().on_start(task("one")).on_start(task("two")).bind("127.0.0.1:0").await.unwrap();
    // Nobody can have connected yet.
    notes.seen("one 0").await;
    notes.seen("two 0").await;
    drop(server);
}

#[test]
fn a_router_with_tasks_needs_a_runtime() {
    let router = App::new().mount::<Ticks>("/ticks", ()).on_start(feed).try_into_router();
    let error = router.unwrap_err().to_string();
    assert!(
        error.starts_with("`App::on_start` needs a tokio runtime, and none runs here\nhelp: "),
        "{error}"
    );
    assert!(App::new().mount::<Ticks>("/ticks", ()).try_into_router().is_ok());
}

/// Leaves a note when its connection ends, after a moment.
#[derive(Default)]
struct Slow;

#[websocket]
impl Slow {
    #[open]
    fn open(&mut self) -> &'static str {
        "open"
    }

    #[terminate]
    async fn gone(&mut self, cx: &mut Context<Self>) {
        let notes = cx.state::<Notes>().clone();
        tokio::time::sleep(Duration::from_millis(100)).await;
        notes.add("terminated");
    }
}

#[tokio::test]
async fn a_drain_drops_a_task_when_the_last_connection_has_closed() {
    let _alone = ALONE.lock().await;
    let notes = Notes::default();
    let held = notes.on_drop("dropped");
    let app = App::new().mount::<Slow>("/slow", ()).state(notes.clone()).on_start(|_| async move {
        let _held = held;
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let server = Server::start(app).await;
    let mut client = server.connect("/slow").await;
    assert_eq!(text(&mut client).await, "open");
    let began = Instant::now();
    let (_, close) = tokio::join!(within(server.app.drain(LONG)), async move {
        let (code, _) = closed(&mut client).await;
        code
    });
    assert_eq!(close, 1001);
    assert!(began.elapsed() < LONG / 3);
    assert_eq!(notes.all(), ["terminated", "dropped"]);
    server.ended().await;
}

#[tokio::test]
async fn a_task_that_waits_for_the_drain_ends_by_itself() {
    let _alone = ALONE.lock().await;
    let notes = Notes::default();
    let (waits, checks) = (notes.clone(), notes.clone());
    let app = app()
        .on_start(|app| async move {
            tokio::select! {
                () = app.draining() => {}
                () = pending() => {}
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            waits.add("waited");
        })
        .on_start(|app| async move {
            while !app.is_draining() {
                checks.add("checked");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            checks.add("finished");
        });
    let server = Server::start(app).await;
    notes.seen("checked").await;
    within(server.app.drain(LONG)).await;
    assert_eq!((notes.count("waited"), notes.count("finished")), (1, 1), "{notes:?}");
    // A drain that has begun resolves at once.
    within(server.app.draining()).await;
    server.ended().await;
}

#[tokio::test]
async fn a_task_that_does_not_end_is_dropped_at_the_deadline_of_the_drain() {
    let _alone = ALONE.lock().await;
    let (log, _capture) = Log::capture();
    let notes = Notes::default();
    let (held, started) = (notes.on_drop("dropped"), notes.clone());
    let server = Server::start(app().on_start(|app| async move {
        let _held = held;
        started.add("started");
        app.draining().await;
        pending::<()>().await;
    }))
    .await;
    notes.seen("started").await;
    within(server.app.drain(Duration::from_millis(50))).await;
    assert_eq!(notes.count("dropped"), 1);
    assert_eq!(log.lines_with(&["WARN", "the task is dropped at the deadline", "tests/tasks.rs:"]).len(), 1);
    server.ended().await;
}

async fn fails(_: AppHandle) -> Result<(), std::num::ParseIntError> {
    "seven".parse::<u8>().map(drop)
}

#[tokio::test]
async fn a_task_that_ends_early_is_logged_and_the_server_continues() {
    let _alone = ALONE.lock().await;
    let (log, _capture) = Log::capture();
    let app = app()
        .on_start(fails)
        .on_start(|_| async { panic!("a task's\nown panic") })
        .on_start(|_| -> std::future::Ready<()> { panic!("before the future") })
        .on_start(|_| async {});
    let server = Server::start(app).await;
    let logged = |words: &[&str]| log.lines_with(words).len();
    until(|| logged(&["ERROR", "tasks::fails (", "tests/tasks.rs:", "the task failed: invalid digit"]) == 1)
        .await;
    until(|| {
        logged(&["ERROR", "{{closure}}", "the task panicked: a task's\\nown panic (", "tasks.rs:"]) == 1
    })
    .await;
    until(|| logged(&["ERROR", "the task panicked: before the future"]) == 1).await;
    until(|| logged(&["INFO", "the task ended before the server"]) == 1).await;
    let mut client = server.connect("/ticks").await;
    server.app.hub().publish("ticks", "still served");
    assert_eq!(text(&mut client).await, "still served");
    drop(client);
    within(server.app.drain(LONG)).await;
    server.ended().await;
}
