//! Callbacks and timers that take as much of the runtime as they can.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::coop::consume_budget;
use ws_core::Route;
use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::notes::Notes;
use ws_tests::raw::{PING, Raw, TEXT};

use super::{Echo, echoes};

/// A range around the 128 units of budget that tokio grants a task before it must yield.
const UNITS: std::ops::Range<u32> = 90..170;

/// Consumes units of its task's budget when the connection opens or receives a text.
struct Hungry {
    units: u32,
    when: String,
    then: String,
}

impl Hungry {
    async fn eat(&self) {
        for _ in 0..self.units {
            consume_budget().await;
        }
        if self.then == "wait" {
            std::future::pending::<()>().await;
        }
    }
}

#[websocket]
impl Hungry {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        let param = |name| upgrade.params().get(name).expect("a parameter").to_owned();
        Self { units: param("units").parse().expect("a number"), when: param("when"), then: param("then") }
    }

    #[open]
    async fn open(&mut self) {
        if self.when == "open" {
            self.eat().await;
        }
    }

    #[text]
    async fn received(&mut self, cx: &mut Context<Self>) {
        if self.when == "text" {
            // Earlier than any other deadline of the connection.
            cx.set_idle_timeout(Duration::from_millis(200));
            self.eat().await;
        }
    }
}

/// When the callback consumes its budget, and whether it returns or waits afterwards.
const WAYS: [(&str, &str); 4] = [("open", "end"), ("open", "wait"), ("text", "end"), ("text", "wait")];

/// Connects a client for each number of units in [`UNITS`], and triggers its callback.
async fn fed(route: Route, (when, then): (&str, &str)) -> (Server, Vec<Raw>) {
    let server = Server::start(App::new().route(route)).await;
    let mut clients = Vec::new();
    for units in UNITS {
        let mut client = Raw::connect(server.addr, &format!("/{when}/{units}/{then}")).await;
        if when == "text" {
            client.frame(TEXT, b"eat").await;
        }
        clients.push(client);
    }
    (server, clients)
}

fn route() -> Route {
    Route::new::<Hungry>("/{when}/{units}/{then}")
}

#[tokio::test]
async fn c11_a_callback_that_uses_up_its_tasks_budget_does_not_keep_the_idle_timeout_from_firing() {
    for way in WAYS {
        let route = route().idle_timeout(Duration::from_millis(300)).heartbeat(None);
        let (server, clients) = fed(route, way).await;
        for (mut client, units) in clients.into_iter().zip(UNITS) {
            let closed = client.read().await.unwrap_or_else(|| panic!("{way:?}: no close frame"));
            assert_eq!(closed.close().0, 1001, "{way:?}, {units} units");
        }
        assert_eq!(server.app.stats().ended("timeout"), UNITS.len() as u64);
    }
}

#[tokio::test]
async fn z11_a_callback_that_uses_up_its_tasks_budget_does_not_keep_the_heartbeat_from_its_ping() {
    for way in [("open", "end"), ("open", "wait")] {
        let route = route().idle_timeout(None).heartbeat(Duration::from_millis(300));
        let (_server, clients) = fed(route, way).await;
        for (mut client, units) in clients.into_iter().zip(UNITS) {
            let pinged = client.read().await.unwrap_or_else(|| panic!("{way:?}: no ping"));
            assert_eq!(pinged.opcode, PING, "{way:?}, {units} units");
        }
    }
}

struct Again;

/// Restarts its timer forever after the first text, and echoes.
#[derive(Default)]
struct Restless;

#[websocket]
impl Restless {
    #[text]
    fn received(&mut self, text: Text, cx: &mut Context<Self>) -> Text {
        cx.notify_after(Duration::ZERO, Again);
        text
    }

    #[info]
    fn again(&mut self, Again: Again, cx: &mut Context<Self>) {
        cx.notify_after(Duration::ZERO, Again);
    }
}

#[test]
fn a_timer_that_is_always_due_starves_neither_another_connection_nor_its_own_client() {
    // The server has a single-threaded runtime of its own. On the clients' runtime, its timer could also starve the
    // test's timeouts.
    let (listening, listens) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let app = App::new().state(Notes::default()).mount::<Restless>("/restless", ());
            let server = Server::start(app.mount::<Echo>("/", ())).await;
            listening.send(server.addr).expect("a waiting test");
            let _ = stopped.await;
        });
    });
    let addr = listens.recv().expect("the server starts");
    let clients = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    clients.block_on(async {
        let mut other = Raw::connect(addr, "/").await;
        let mut restless = Raw::connect(addr, "/restless").await;
        // Each round adds another timer.
        for _ in 0..3 {
            echoes(&mut restless, "begin").await;
            echoes(&mut other, "still here").await;
        }
        // The server also accepts a new connection.
        echoes(&mut Raw::connect(addr, "/").await, "new here").await;
    });
    stop.send(()).expect("the server still runs");
    serving.join().expect("a clean shutdown");
}
