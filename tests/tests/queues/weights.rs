//! The bytes of an entry: a mailbox and an inbox hold as many as their limits allow.

use std::sync::Arc;

use ws_core::prelude::*;
use ws_core::{Delivery, HeapSize, Overflow, Route};
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, until};

use super::{Gate, expect_text};

const MIB: usize = 1 << 20;

// ANCHOR: heap
/// An info that states its size.
struct Large(Vec<u8>);

impl HeapSize for Large {
    fn heap_size(&self) -> usize {
        self.0.len()
    }
}
// ANCHOR_END: heap

/// Holds as much, but does not state it.
struct Unknown(Vec<u8>);

/// Waits for the gate in each callback.
struct Reader(Gate);

#[websocket]
impl Reader {
    #[init]
    fn new(State(gate): State<Gate>) -> Self {
        Self(gate)
    }

    #[text]
    async fn asked(&mut self, _text: &str, cx: &mut Context<Self>) {
        cx.send("waiting");
        self.0.passed().await;
    }

    #[info]
    fn large(&mut self, large: Large) -> String {
        large.0.len().to_string()
    }

    #[info]
    fn unknown(&mut self, unknown: Unknown) -> String {
        unknown.0.len().to_string()
    }

    #[broadcast]
    fn shared(&mut self, large: &Arc<Large>) -> String {
        large.0.len().to_string()
    }

    #[broadcast]
    fn news(&mut self, news: &News) -> String {
        news.0.0.len().to_string()
    }
}

struct News(Large);

impl HeapSize for News {
    fn heap_size(&self) -> usize {
        self.0.heap_size()
    }
}

async fn waiting(gate: &Gate) -> (Server, Raw, Socket<Reader>) {
    let app = App::new().state(gate.clone()).mount::<Reader>("/", ());
    let server = Server::start(app.mailbox_overflow(Overflow::DropNewest)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"wait").await;
    expect_text(&mut client, "waiting").await;
    let socket = server.app.sockets::<Reader>().pop().expect("a connection");
    (server, client, socket)
}

#[tokio::test]
async fn an_info_weighs_what_its_type_states() {
    let gate = Gate::new();
    let (server, mut client, socket) = waiting(&gate).await;
    let large = || Large(vec![7; 400_000]);
    let deliveries = [(); 4].map(|()| socket.info(large()));
    assert_eq!(deliveries, [Delivery::Queued, Delivery::Queued, Delivery::Dropped, Delivery::Dropped]);
    assert_eq!(server.app.broadcast::<Reader>(News(large())).dropped, 1);
    // These weigh a few bytes each: their heap is unknown.
    assert_eq!(server.app.broadcast::<Reader>(Arc::new(large())).queued, 1);
    assert_eq!([(); 4].map(|()| socket.info(Unknown(vec![7; MIB]))), [Delivery::Queued; 4]);
    gate.open();
    for size in [400_000, 400_000, 400_000, MIB, MIB, MIB, MIB] {
        expect_text(&mut client, &size.to_string()).await;
    }
}

/// Empty messages weigh at least their entries.
#[tokio::test]
async fn entries_without_a_payload_fill_a_mailbox_too() {
    let gate = Gate::new();
    let (server, _client, socket) = waiting(&gate).await;
    // Messages wait behind an info.
    assert!(socket.info(Unknown(Vec::new())).is_queued());
    let queued = (0..MIB).take_while(|_| socket.send("").is_queued()).count();
    assert!((MIB / 100..MIB / 16).contains(&queued), "{queued}");
    assert_eq!(server.app.stats().dropped, 1);
}

/// Waits for the gate with each message.
struct Desk(Gate);

#[service]
impl Desk {
    #[init]
    fn new(State(gate): State<Gate>) -> Self {
        Self(gate)
    }

    #[join]
    fn join(&mut self, _member: &Member<Self>) {}

    #[incoming]
    async fn incoming(&mut self, member: &Member<Self>, _text: Text) {
        member.send("waiting");
        self.0.passed().await;
    }

    #[info]
    fn large(&mut self, large: Large) {
        assert_eq!(large.0.len(), MIB);
    }

    #[broadcast]
    fn news(&mut self, news: &News) {
        assert_eq!(news.0.0.len(), MIB);
    }
}

#[tokio::test]
async fn an_inbox_counts_what_an_info_states() {
    let gate = Gate::new();
    let app = App::new().state(gate.clone()).route(Route::service::<Desk>("/desk"));
    let server = Server::start(app).await;
    let mut client = Raw::connect(server.addr, "/desk").await;
    client.frame(TEXT, b"wait").await;
    expect_text(&mut client, "waiting").await;
    let desk = server.app.service::<Desk>();
    let large = || Large(vec![7; MIB]);
    for _ in 0..2 {
        assert_eq!(desk.info(large()), Delivery::Queued);
    }
    assert_eq!(server.app.broadcast::<Desk>(News(large())).queued, 1);
    assert_eq!(desk.info(large()), Delivery::Dropped);
    assert_eq!(server.app.broadcast::<Desk>(News(large())).dropped, 1);
    gate.open();
    until(|| desk.info(large()).is_queued()).await;
}
