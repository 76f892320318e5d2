//! Senders that wait for a slow client, streams that are no faster than their callback, and messages of which only the
//! latest counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use ws_core::prelude::*;
use ws_core::{Delivery, Overflow, Route, Task};
use ws_tests::gate::Gate;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, TEXT};
use ws_tests::{Server, until, within};

/// An item of a stream.
struct Item(usize);

/// A mark in the mailbox.
struct Mark;

/// The number of items that were taken from a stream.
#[derive(Clone, Default)]
struct Polled(Arc<AtomicUsize>);

struct Subject {
    gate: Gate,
    notes: Notes,
    polled: Polled,
    task: Option<Task>,
}

#[websocket]
impl Subject {
    #[init]
    fn new(
        State(gate): State<Gate>,
        State(notes): State<Notes>,
        State(polled): State<Polled>,
        upgrade: &mut Upgrade<Self>,
    ) -> Self {
        upgrade.subscribe("prices");
        Self { gate, notes, polled, task: None }
    }

    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> Option<&'static str> {
        match words {
            "wait" => {
                cx.send("waiting");
                self.gate.passed().await;
                return Some("waited");
            }
            "stream" => {
                let polled = self.polled.clone();
                let items = stream::iter(0..1_000).inspect(move |_| {
                    polled.0.fetch_add(1, Ordering::SeqCst);
                });
                self.task = Some(cx.spawn_stream(items.map(Item)));
            }
            "cancel" => {
                let task = self.task.take().expect("a task");
                task.cancel();
                until(|| task.is_finished()).await;
                return Some("cancelled");
            }
            "endless" => {
                let running = self.notes.on_drop("dropped");
                self.task = Some(cx.spawn(async move {
                    std::future::pending::<()>().await;
                    drop(running);
                }));
            }
            "without a result" => {
                let notes = self.notes.clone();
                let task = cx.spawn(async move { notes.add("done") });
                until(|| task.is_finished()).await;
            }
            "cancel many" => {
                for _ in 0..10_000 {
                    cx.spawn(std::future::pending::<()>()).cancel();
                    tokio::task::yield_now().await;
                }
                return Some("cancelled");
            }
            _ => {}
        }
        Some("started")
    }

    #[info]
    async fn item(&mut self, Item(number): Item) -> String {
        self.gate.passed().await;
        number.to_string()
    }

    #[info]
    fn mark(&mut self, _: Mark) {}

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.notes.add(reason.kind());
    }
}

struct Setting {
    server: Server,
    gate: Gate,
    notes: Notes,
    polled: Polled,
}

impl Setting {
    async fn new(route: Route) -> Self {
        let (gate, notes, polled) = (Gate::new(), Notes::default(), Polled::default());
        let app = App::new().state(gate.clone()).state(notes.clone()).state(polled.clone()).route(route);
        Self { server: Server::start(app).await, gate, notes, polled }
    }

    fn socket(&self) -> Socket<Subject> {
        self.server.app.sockets().pop().expect("a connection")
    }

    /// A client whose mailbox is not emptied: a callback waits, and an info waits behind it.
    async fn held_up(&self) -> Raw {
        let mut client = Raw::connect(self.server.addr, "/").await;
        client.frame(TEXT, b"wait").await;
        expect(&mut client, "waiting").await;
        assert!(self.socket().info(Mark).is_queued());
        client
    }
}

fn subject() -> Route {
    Route::new::<Subject>("/")
}

async fn expect(client: &mut Raw, text: &str) {
    let frame = client.read().await.expect("a message");
    assert_eq!((frame.opcode, frame.text()), (TEXT, text));
}

#[tokio::test]
async fn a_sender_that_waits_loses_nothing_whatever_the_overflow_is() {
    for overflow in [Overflow::Close, Overflow::DropOldest, Overflow::DropNewest] {
        let setting = Setting::new(subject().mailbox_messages(4).mailbox_overflow(overflow)).await;
        let mut client = setting.held_up().await;
        let socket = setting.socket();
        let sending = tokio::spawn(async move {
            for number in 0..1_000 {
                assert_eq!(socket.send_wait(number.to_string()).await, Delivery::Queued);
            }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!sending.is_finished(), "it waits for room");
        setting.gate.open();
        expect(&mut client, "waited").await;
        for number in 0..1_000 {
            expect(&mut client, &number.to_string()).await;
        }
        within(sending).await.expect("all are queued");
        assert_eq!(setting.server.app.stats().dropped, 0);
    }
}

#[tokio::test]
async fn many_senders_may_wait() {
    let setting = Setting::new(subject().mailbox_messages(4).mailbox_overflow(Overflow::Close)).await;
    let mut client = setting.held_up().await;
    let senders: Vec<_> = (0..100)
        .map(|_| {
            let socket = setting.socket();
            tokio::spawn(async move { socket.send_wait("from one of many").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    setting.gate.open();
    expect(&mut client, "waited").await;
    for _ in 0..100 {
        expect(&mut client, "from one of many").await;
    }
    for sender in senders {
        assert_eq!(within(sender).await.expect("no panic"), Delivery::Queued);
    }
}

#[tokio::test]
async fn senders_that_wait_learn_that_the_connection_has_ended() {
    let setting = Setting::new(subject().mailbox_messages(1)).await;
    let client = setting.held_up().await;
    let senders: Vec<_> = (0..10)
        .map(|_| {
            let socket = setting.socket();
            tokio::spawn(async move { socket.send_wait("late").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(client);
    for sender in senders {
        assert_eq!(within(sender).await.expect("no panic"), Delivery::Gone);
    }
}

#[tokio::test]
async fn a_slow_client_holds_back_a_sender_that_waits() {
    const MESSAGE: usize = 64 << 10;
    let setting = Setting::new(subject()).await;
    let mut client = Raw::open_with_small_buffers(setting.server.addr).await;
    assert_eq!(client.request("GET", "/", &HEADERS).await.status, 101);
    let socket = setting.socket();
    let sending = tokio::spawn(async move {
        for _ in 0..512 {
            assert_eq!(socket.send_wait(vec![7; MESSAGE]).await, Delivery::Queued);
        }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!sending.is_finished(), "32 MiB do not fit");
    for _ in 0..512 {
        assert_eq!(client.read().await.expect("a message").payload.len(), MESSAGE);
    }
    within(sending).await.expect("all are queued");
}

#[tokio::test]
async fn a_stream_is_polled_when_the_callback_of_the_last_item_is_over() {
    let setting = Setting::new(subject()).await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    client.frame(TEXT, b"stream").await;
    expect(&mut client, "started").await;
    let polled = || setting.polled.0.load(Ordering::SeqCst);
    for number in 0..10 {
        until(|| polled() == number + 1).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(polled(), number + 1, "the callback is pending");
        setting.gate.open();
        expect(&mut client, &number.to_string()).await;
    }
}

#[tokio::test]
async fn a_stream_is_cancelled_by_its_handle() {
    let setting = Setting::new(subject()).await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    client.frame(TEXT, b"stream").await;
    expect(&mut client, "started").await;
    client.frame(TEXT, b"cancel").await;
    let mut received = 0;
    loop {
        setting.gate.open();
        let frame = client.read().await.expect("a message");
        if frame.text() == "cancelled" {
            break;
        }
        received += 1;
    }
    setting.gate.open();
    client.frame(TEXT, b"without a result").await;
    while client.read().await.expect("a message").text() != "started" {}
    let polled = setting.polled.0.load(Ordering::SeqCst);
    assert!(polled <= received + 1 && polled < 1_000, "{polled} items, {received} received");
}

#[tokio::test]
async fn spawned_work_is_cancelled_by_its_handle_or_with_its_connection() {
    let setting = Setting::new(subject()).await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    client.frame(TEXT, b"endless").await;
    expect(&mut client, "started").await;
    client.frame(TEXT, b"cancel").await;
    expect(&mut client, "cancelled").await;
    assert_eq!(setting.notes.count("dropped"), 1);
    client.frame(TEXT, b"endless").await;
    expect(&mut client, "started").await;
    drop(client);
    until(|| setting.notes.count("dropped") == 2).await;
}

#[tokio::test]
async fn work_without_a_result_delivers_nothing() {
    let setting = Setting::new(subject()).await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    client.frame(TEXT, b"without a result").await;
    expect(&mut client, "started").await;
    assert_eq!(setting.notes.all(), ["done"]);
}

/// Only 4,096 tasks may be under way at a time.
#[tokio::test]
async fn cancelled_work_does_not_count() {
    let setting = Setting::new(subject()).await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    client.frame(TEXT, b"cancel many").await;
    expect(&mut client, "cancelled").await;
}

#[tokio::test]
async fn the_latest_message_of_each_key_is_sent() {
    let setting = Setting::new(subject()).await;
    let mut client = setting.held_up().await;
    let hub = setting.server.app.hub();
    assert_eq!(hub.publish_latest("prices", "quiet", "quiet 1").queued, 1);
    for number in 0..10_000 {
        assert_eq!(hub.publish_latest("prices", "busy", format!("busy {number}")).queued, 1);
    }
    hub.publish("prices", "halt");
    hub.publish_latest("prices", "late", "late 1");
    hub.publish_latest("prices", "quiet", "quiet 2");
    setting.gate.open();
    expect(&mut client, "waited").await;
    // Each key keeps its place.
    for text in ["quiet 2", "busy 9999", "halt", "late 1"] {
        expect(&mut client, text).await;
    }
    hub.publish_latest("prices", "quiet", "quiet 3");
    expect(&mut client, "quiet 3").await;
    assert_eq!(setting.server.app.stats().dropped, 0);
}

#[tokio::test]
async fn keys_of_different_topics_are_different() {
    let setting = Setting::new(subject()).await;
    let mut client = setting.held_up().await;
    let hub = setting.server.app.hub();
    hub.publish_latest("prices", "a", "one");
    hub.publish_latest("rices", "a", "nobody");
    hub.publish_latest("prices", "\0a", "two");
    setting.gate.open();
    for text in ["waited", "one", "two"] {
        expect(&mut client, text).await;
    }
}

/// A larger message that does not fit in the place of the earlier one is subject to the overflow option.
#[tokio::test]
async fn latest_messages_are_bounded_too() {
    let setting = Setting::new(subject().mailbox_bytes(10_000).mailbox_overflow(Overflow::DropOldest)).await;
    let mut client = setting.held_up().await;
    let hub = setting.server.app.hub();
    hub.publish_latest("prices", "a", "small");
    hub.publish_latest("prices", "b", "x".repeat(5_000));
    hub.publish_latest("prices", "a", "y".repeat(6_000));
    hub.publish_latest("prices", "a", "z".repeat(6_000));
    setting.gate.open();
    expect(&mut client, "waited").await;
    expect(&mut client, &"z".repeat(6_000)).await;
    assert!(setting.server.app.stats().dropped >= 1);
}
