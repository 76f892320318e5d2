//! Results of `cx.spawn` have a bound of their own.

use ws_core::prelude::*;
use ws_core::{Delivery, Overflow};
use ws_tests::Server;
use ws_tests::raw::{Raw, TEXT};

use super::{Gate, expect_text};

/// `spawn N` spawns that many tasks, waits for the gate, and returns "done". `busy N` does so with tasks that all have
/// ended before it waits.
struct Worker(Gate);

struct Done(usize);

#[websocket]
impl Worker {
    #[init]
    fn new(State(gate): State<Gate>, upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.subscribe("news");
        Self(gate)
    }

    #[text]
    async fn asked(&mut self, text: &str, cx: &mut Context<Self>) -> Option<&'static str> {
        let (word, count) = text.split_once(' ').expect("a word and a number");
        let count: usize = count.parse().expect("a number");
        for n in 0..count {
            cx.spawn(async move { Done(n) });
            if word == "slowly" {
                // Each task ends before the next begins, and its result waits.
                tokio::task::yield_now().await;
            }
        }
        cx.send("waiting");
        self.0.passed().await;
        Some("done")
    }

    #[info]
    fn done(&mut self, Done(n): Done) -> String {
        n.to_string()
    }
}

fn app(gate: &Gate) -> App {
    App::new().state(gate.clone()).mount::<Worker>("/", ())
}

#[tokio::test]
async fn results_that_wait_for_a_callback_are_all_delivered_in_order() {
    for (app, gate) in [Gate::new(), Gate::new()].map(|gate| (app(&gate), gate)) {
        let server = Server::start(app.mailbox_messages(3).mailbox_overflow(Overflow::DropOldest)).await;
        let mut client = Raw::connect(server.addr, "/").await;
        client.frame(TEXT, b"spawn 1000").await;
        expect_text(&mut client, "waiting").await;
        gate.open();
        expect_text(&mut client, "done").await;
        for n in 0..1_000 {
            expect_text(&mut client, &n.to_string()).await;
        }
        assert_eq!(server.app.stats().dropped, 0);
    }
}

#[tokio::test]
async fn results_do_not_close_the_connection_by_default() {
    let gate = Gate::new();
    let server = Server::start(app(&gate)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"slowly 1000").await;
    expect_text(&mut client, "waiting").await;
    gate.open();
    expect_text(&mut client, "done").await;
    for n in 0..1_000 {
        expect_text(&mut client, &n.to_string()).await;
    }
}

/// The overflow of the mailbox drops what others send, and results keep their place among the rest.
#[tokio::test]
async fn results_and_mail_are_delivered_in_the_order_in_which_they_came() {
    let gate = Gate::new();
    let server = Server::start(app(&gate).mailbox_messages(2).mailbox_overflow(Overflow::DropOldest)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"slowly 2").await;
    expect_text(&mut client, "waiting").await;
    let socket = server.app.sockets::<Worker>().pop().expect("a connection");
    for n in 10..14 {
        assert_eq!(socket.info(Done(n)), Delivery::Queued);
    }
    gate.open();
    expect_text(&mut client, "done").await;
    for n in [0, 1, 12, 13] {
        expect_text(&mut client, &n.to_string()).await;
    }
    assert_eq!(server.app.stats().dropped, 2);
}

#[tokio::test]
async fn results_that_wait_count_among_the_4096_tasks_under_way() {
    for (words, closes) in [("slowly 4096", false), ("slowly 4097", true)] {
        let gate = Gate::new();
        let server = Server::start(app(&gate)).await;
        let mut client = Raw::connect(server.addr, "/").await;
        client.frame(TEXT, words.as_bytes()).await;
        if closes {
            assert_eq!(client.read().await.expect("a close").close().0, 1013);
            continue;
        }
        expect_text(&mut client, "waiting").await;
        gate.open();
        expect_text(&mut client, "done").await;
        for n in 0..4_096 {
            expect_text(&mut client, &n.to_string()).await;
        }
        // Results that were delivered count no more.
        client.frame(TEXT, words.as_bytes()).await;
        expect_text(&mut client, "waiting").await;
    }
}
