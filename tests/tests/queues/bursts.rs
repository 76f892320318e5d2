//! Bursts: as many messages or infos at once as their bytes allow.

use tokio::task::yield_now;
use ws_core::prelude::*;
use ws_core::{Delivery, Route};
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, until};

use super::{Gate, expect_text};

/// Subscribes to `news`. `burst` publishes 1,000 messages there in one callback, and `wait` waits for the gate.
struct Reader(Gate);

struct Tick(usize);

#[websocket]
impl Reader {
    #[init]
    fn new(State(gate): State<Gate>, upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.subscribe("news");
        Self(gate)
    }

    #[text]
    async fn asked(&mut self, text: &str, cx: &mut Context<Self>) -> Option<&'static str> {
        if text == "wait" {
            cx.send("waiting");
            self.0.passed().await;
            return Some("done");
        }
        for n in 0..1_000 {
            assert_eq!(cx.app().hub().publish("news", n.to_string()).dropped, 0);
        }
        None
    }

    #[info]
    fn tick(&mut self, Tick(n): Tick) -> String {
        n.to_string()
    }
}

fn app(gate: &Gate) -> App {
    App::new().state(gate.clone()).mount::<Reader>("/", ())
}

#[tokio::test]
async fn a_burst_of_publishes_in_one_callback_reaches_every_subscriber() {
    let server = Server::start(app(&Gate::new())).await;
    let mut clients = [Raw::connect(server.addr, "/").await, Raw::connect(server.addr, "/").await];
    clients[0].frame(TEXT, b"burst").await;
    for client in &mut clients {
        for n in 0..1_000 {
            expect_text(client, &n.to_string()).await;
        }
    }
    assert_eq!(server.app.stats().dropped, 0);
}

#[tokio::test]
async fn a_burst_of_sends_and_infos_from_a_task_arrives_in_order() {
    let server = Server::start(app(&Gate::new())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    until(|| !server.app.sockets::<Reader>().is_empty()).await;
    let socket = server.app.sockets::<Reader>().pop().expect("a connection");
    for n in 0..500 {
        assert_eq!(socket.send((2 * n).to_string()), Delivery::Queued);
        assert_eq!(socket.info(Tick(2 * n + 1)), Delivery::Queued);
    }
    for n in 0..1_000 {
        expect_text(&mut client, &n.to_string()).await;
    }
}

#[tokio::test]
async fn infos_wait_for_a_callback_that_awaits() {
    let gate = Gate::new();
    let server = Server::start(app(&gate)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"wait").await;
    expect_text(&mut client, "waiting").await;
    let socket = server.app.sockets::<Reader>().pop().expect("a connection");
    for n in 0..1_000 {
        assert_eq!(socket.info(Tick(n)), Delivery::Queued);
        yield_now().await;
    }
    gate.open();
    expect_text(&mut client, "done").await;
    for n in 0..1_000 {
        expect_text(&mut client, &n.to_string()).await;
    }
}

/// Waits for the gate when a member speaks, and notes its infos.
struct Desk {
    gate: Gate,
    infos: usize,
}

#[service]
impl Desk {
    #[init]
    fn new(State(gate): State<Gate>) -> Self {
        Self { gate, infos: 0 }
    }

    #[join]
    fn join(&mut self, _member: &Member<Self>) {}

    #[incoming]
    async fn incoming(&mut self, member: &Member<Self>, _text: Text) {
        member.send("waiting");
        self.gate.passed().await;
        member.send("done");
    }

    #[info]
    fn tick(&mut self, Tick(n): Tick) {
        assert_eq!(n, self.infos);
        self.infos += 1;
    }

    #[broadcast]
    fn report(&mut self, report: &Report) {
        report.0.send(self.infos).ok();
    }
}

struct Report(tokio::sync::mpsc::UnboundedSender<usize>);

#[tokio::test]
async fn a_burst_of_infos_waits_for_a_service_that_awaits() {
    let gate = Gate::new();
    let server = Server::start(App::new().state(gate.clone()).route(Route::service::<Desk>("/desk"))).await;
    let mut client = Raw::connect(server.addr, "/desk").await;
    client.frame(TEXT, b"wait").await;
    expect_text(&mut client, "waiting").await;
    let desk = server.app.service::<Desk>();
    for n in 0..3_000 {
        assert_eq!(desk.info(Tick(n)), Delivery::Queued, "{n}");
    }
    gate.open();
    expect_text(&mut client, "done").await;
    let (report, mut reported) = tokio::sync::mpsc::unbounded_channel();
    assert!(desk.broadcast(Report(report)).is_queued());
    assert_eq!(ws_tests::within(reported.recv()).await, Some(3_000));
}

/// Infos and broadcasts that the program sends before the service has started.
#[tokio::test]
async fn a_burst_of_infos_waits_for_a_service_to_start() {
    let app = App::new().state(Gate::new()).route(Route::service::<Desk>("/desk"));
    let handle = app.handle();
    let desk = handle.service::<Desk>();
    for n in 0..3_000 {
        assert_eq!(desk.info(Tick(n)), Delivery::Queued, "{n}");
    }
    let (report, mut reported) = tokio::sync::mpsc::unbounded_channel();
    assert!(desk.broadcast(Report(report)).is_queued());
    let _server = Server::start(app).await;
    assert_eq!(ws_tests::within(reported.recv()).await, Some(3_000));
}
