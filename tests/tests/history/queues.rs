//! Replays and slow clients: the mailbox, its overflow, and the bound of replays.

use ws_core::prelude::*;
use ws_core::{History, Overflow};
use ws_tests::raw::{CLOSE, HEADERS, Raw};
use ws_tests::{Server, until};

use super::{Client, app, at, json, position_of, recovered};

const KIB: usize = 1 << 10;

fn filler(number: u64) -> String {
    format!("{number:01000}")
}

/// A replay of 2 MB passes a mailbox of 4 KiB and 4 messages, because only live messages count there.
#[tokio::test]
async fn a_replay_does_not_overflow_the_mailbox_of_a_healthy_client() {
    let app = app(History::new().messages(2_000).bytes(8 << 20)).mailbox_bytes(4 * KIB).mailbox_messages(4);
    let server = Server::start(app).await;
    let start = server.app.hub().position("red").expect("a history");
    for number in 1..=2_000 {
        server.app.hub().publish("red", filler(number));
    }
    let (mut early, answer) = Client::connect(&server, "red", start).await;
    assert_eq!(answer, recovered(2_000, at(start, 2_000)));
    // The limits of the mailbox apply once the upgrade is complete.
    let (mut late, _) = Client::connect(&server, "blue", None).await;
    assert_eq!(late.ask(&format!("red {start}")).await, recovered(2_000, at(start, 2_000)));
    late.position = start;
    for client in [&mut early, &mut late] {
        for number in 1..=2_000 {
            assert_eq!(client.next().await, filler(number));
        }
    }
    server.app.hub().publish("red", "next");
    assert_eq!((early.next().await, late.next().await), ("next".to_owned(), "next".to_owned()));
    assert_eq!(server.app.stats().dropped, 0);
}

/// The connection closes, and the client recovers on the next one.
#[tokio::test]
async fn a_client_that_was_too_slow_recovers_what_overflowed() {
    let history = History::new().messages(100_000).bytes(64 << 20);
    let server = Server::start(app(history).mailbox_bytes(64 * KIB)).await;
    let (raw, position) = slow(&server).await;
    let mut last = 0;
    // More than the buffers of both sides and the mailbox take.
    until(|| {
        for _ in 0..100 {
            last += 1;
            server.app.hub().publish("red", filler(last));
        }
        server.app.stats().dropped > 0
    })
    .await;
    let mut client = Client { raw, position };
    let mut received = 0;
    loop {
        let frame = client.raw.read().await.expect("a close frame before the end");
        if frame.opcode == CLOSE {
            assert_eq!(frame.close().0, 1013);
            break;
        }
        received += 1;
        let message: serde_json::Value = serde_json::from_str(frame.text()).expect("JSON");
        assert_eq!(message["data"], filler(received));
        client.position = position_of(&message);
    }
    assert!(received < last, "{received} of {last}");
    let (mut client, answer) = Client::connect(&server, "red", client.position).await;
    assert_eq!(answer["missed"], last - received);
    for number in received + 1..=last {
        assert_eq!(client.next().await, filler(number));
    }
}

/// With a policy that drops messages, the numbers of the positions show the gap, and the client asks again.
#[tokio::test]
async fn a_dropped_message_is_a_gap_in_the_offsets() {
    let history = History::new().messages(100_000).bytes(64 << 20);
    let app = app(history).mailbox_bytes(64 * KIB).mailbox_overflow(Overflow::DropOldest);
    let server = Server::start(app).await;
    let (raw, position) = slow(&server).await;
    let mut last = 0;
    until(|| {
        for _ in 0..100 {
            last += 1;
            server.app.hub().publish("red", filler(last));
        }
        server.app.stats().dropped > 0
    })
    .await;
    let mut client = Client { raw, position };
    let whole = loop {
        let before = client.position;
        client.next().await;
        if client.position.offset() != before.offset() + 1 {
            break before;
        }
    };
    // What has not been sent yet comes before the answer, and the client drops it.
    client.raw.frame(ws_tests::raw::TEXT, b"-red").await;
    while json(&mut client.raw).await != true {}
    assert_eq!(client.ask(&format!("red {whole}")).await["recovered"], true);
    client.position = whole;
    for number in whole.offset() + 1..=last {
        assert_eq!(client.next().await, filler(number));
    }
}

/// A client with small buffers that has not read anything yet.
async fn slow(server: &Server) -> (Raw, ws_core::Position) {
    let mut raw = Raw::open_with_small_buffers(server.addr).await;
    let response = raw.request("GET", "/red", &HEADERS).await;
    assert_eq!(response.status, 101, "{response:?}");
    let position = position_of(&json(&mut raw).await);
    (raw, position)
}

/// Recovers three topics at once, of 10 MB each, and then the first again.
#[derive(Default)]
struct Greedy;

#[websocket]
impl Greedy {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> Vec<String> {
        let hub = cx.app().hub();
        let mut subscribe = |topic: &str| {
            let position = at(hub.position(topic).expect("a history"), 0);
            cx.subscribe_from(topic, position).expect("a history").to_string()
        };
        vec![subscribe("a"), subscribe("b"), subscribe("small")]
    }
}

#[tokio::test]
async fn replays_of_several_topics_that_wait_are_bounded() {
    let history = History::new().bytes(32 << 20);
    let server =
        Server::start(app(history).max_history_bytes(64 << 20).mount::<Greedy>("/greedy/all", ())).await;
    let hub = server.app.hub();
    let big = "x".repeat(1 << 20);
    for _ in 0..20 {
        hub.publish("a", &*big);
        hub.publish("b", &*big);
    }
    hub.publish("small", "small");
    let mut raw = Raw::connect(server.addr, "/greedy/all").await;
    let mut texts = Vec::new();
    for _ in 0..3 {
        texts.push(raw.read().await.expect("a message").text().to_owned());
    }
    // The first one passes at any size, and nothing more beside it.
    let too_much = "not recovered: too much is being replayed on this connection already";
    assert_eq!(texts, ["recovered 20 messages", too_much, too_much]);
    for _ in 0..20 {
        assert_eq!(json(&mut raw).await["topic"], "a");
    }
    hub.publish("small", "next");
    let next = json(&mut raw).await;
    assert_eq!((&next["data"], &next["topic"]), (&"next".into(), &"small".into()));
    assert_eq!(server.app.stats().not_recovered, 2);
}
