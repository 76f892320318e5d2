//! Messages that wait for a service, the limits of its inbox, and the effects of a slow service.

use std::time::Duration;

use futures_util::SinkExt;
use tokio_websockets::Message as Sent;
use ws_core::{App, Delivery, InboxOverflow, Route};
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, PING, PONG, Raw, TEXT};
use ws_tests::{Server, closed, text, within};

use super::{Gate, News, Room, join, send, since_init};

async fn start(route: Route) -> (Server, Notes, Gate) {
    let (notes, gate) = <(Notes, Gate)>::default();
    (Server::start(App::new().route(route).state(notes.clone()).state(gate.clone())).await, notes, gate)
}

fn route() -> Route {
    Route::service::<Room>("/rooms/{room}")
}

#[tokio::test]
async fn a_slow_service_keeps_pings_pongs_and_heartbeats_of_its_members() {
    let route = route().heartbeat(Duration::from_millis(50)).idle_timeout(Duration::from_millis(400));
    let (server, notes, gate) = start(route).await;
    let mut raw = Raw::connect(server.addr, "/rooms/a?name=ada").await;
    assert_eq!(raw.read().await.unwrap().text(), "welcome ada");
    let mut deaf = Raw::connect(server.addr, "/rooms/a?name=deaf").await;
    raw.frame(TEXT, b"wait").await;
    notes.seen("ada waits").await;
    // The server answers a client's ping and sends its own. It keeps a client that answers, and closes one that does
    // not with 1001.
    raw.frame(PING, b"mine").await;
    let mut own = false;
    let began = tokio::time::Instant::now();
    while began.elapsed() < Duration::from_millis(800) || !own {
        let frame = raw.read().await.expect("an open connection");
        match frame.opcode {
            PONG => own = frame.text() == "mine",
            PING => raw.frame(PONG, &frame.payload).await,
            _ => panic!("{frame:?}"),
        }
    }
    loop {
        let frame = deaf.read().await.expect("a close frame");
        if frame.opcode == ws_tests::raw::CLOSE {
            assert_eq!(frame.close().0, 1001);
            break;
        }
    }
    gate.open(1);
    loop {
        let frame = raw.read().await.expect("an open connection");
        if frame.opcode == TEXT {
            assert_eq!(frame.text(), "received wait");
            break;
        }
    }
    notes.seen("close deaf timeout").await;
}

#[tokio::test]
async fn by_default_reading_stops_until_the_service_has_caught_up_and_nothing_is_lost() {
    let (server, notes, gate) = start(route().inbox_messages(4).inbox_bytes(1 << 20)).await;
    let mut ada = join(&server, "ada").await;
    send(&mut ada, "wait").await;
    notes.seen("ada waits").await;
    // Far more than the inbox, the read-ahead and the buffers of both ends hold: TCP stops the client.
    let large = "x".repeat(64 << 10);
    let sender = tokio::spawn(async move {
        for number in 0..400 {
            ada.send(Sent::text(format!("quiet {number} {large}"))).await.expect("an open connection");
        }
        ada
    });
    // The message that makes the service wait, four in the inbox, one pending in the connection and one read ahead. The
    // server reads no more, however often it polls.
    ws_tests::until(|| server.app.stats().messages_in == 7).await;
    for _ in 0..20 {
        Raw::open(server.addr).await.request("GET", "/nowhere", &HEADERS).await;
    }
    assert!(!sender.is_finished());
    assert_eq!(server.app.stats().messages_in, 7);
    gate.open(1);
    let mut ada = within(sender).await.unwrap();
    assert_eq!(text(&mut ada).await, "received wait");
    send(&mut ada, "last").await;
    assert_eq!(text(&mut ada).await, "received last");
    let received = notes.all().into_iter().filter(|note| note.starts_with("ada: quiet"));
    let numbers: Vec<_> =
        received.map(|note| note.split(' ').nth(2).and_then(|number| number.parse().ok())).collect();
    assert_eq!(numbers, (0..400).map(Some).collect::<Vec<_>>());
    assert_eq!(server.app.stats().dropped, 0);
}

#[tokio::test]
async fn the_member_that_waits_longest_for_room_is_next() {
    let (server, notes, gate) = start(route().inbox_messages(1).inbox_bytes(1 << 20)).await;
    let mut ada = join(&server, "ada").await;
    let mut others = Vec::new();
    for name in ["b", "c", "d", "e"] {
        others.push(join(&server, name).await);
    }
    send(&mut ada, "wait").await;
    notes.seen("ada waits").await;
    for other in &mut others {
        let came = server.app.stats().messages_in;
        send(other, "mine").await;
        ws_tests::until(|| server.app.stats().messages_in > came).await;
    }
    gate.open(1);
    for other in &mut others {
        assert_eq!(text(other).await, "received mine");
    }
    let received: Vec<_> = notes.all().into_iter().filter(|note| note.ends_with(": mine")).collect();
    assert_eq!(received, ["b: mine", "c: mine", "d: mine", "e: mine"]);
}

#[tokio::test]
async fn an_inbox_that_closes_closes_with_1013() {
    let (server, notes, gate) =
        start(route().inbox_messages(2).inbox_bytes(1 << 20).inbox_overflow(InboxOverflow::Close)).await;
    let mut ada = join(&server, "ada").await;
    let mut bob = join(&server, "bob").await;
    send(&mut ada, "wait").await;
    notes.seen("ada waits").await;
    for words in ["one", "two", "three"] {
        send(&mut bob, words).await;
    }
    assert_eq!(closed(&mut bob).await.0, 1013);
    gate.open(1);
    notes.seen("close bob overflow").await;
    assert_eq!(notes.count("bob: three"), 0);
    assert_eq!(text(&mut ada).await, "received wait");
}

#[tokio::test]
async fn an_inbox_that_drops_messages_counts_them() {
    for (overflow, kept) in [
        (InboxOverflow::DropOldest, ["bob: four", "bob: five"]),
        (InboxOverflow::DropNewest, ["bob: one", "bob: two"]),
    ] {
        let (server, notes, gate) =
            start(route().inbox_messages(2).inbox_bytes(1 << 20).inbox_overflow(overflow)).await;
        let mut ada = join(&server, "ada").await;
        let mut bob = join(&server, "bob").await;
        send(&mut ada, "wait").await;
        notes.seen("ada waits").await;
        for words in ["one", "two", "three", "four", "five"] {
            send(&mut bob, words).await;
        }
        ws_tests::until(|| server.app.stats().dropped == 3).await;
        gate.open(1);
        within(bob.close()).await.unwrap();
        notes.seen("close bob remote").await;
        let received: Vec<_> =
            since_init(&notes).into_iter().filter(|note| note.starts_with("bob:")).collect();
        assert_eq!(received, kept, "{overflow:?}");
    }
}

#[tokio::test]
async fn infos_have_a_bound_of_their_own_and_return_dropped_at_it() {
    let (server, notes, gate) = start(route().inbox_messages(2).inbox_bytes(4096)).await;
    let mut ada = join(&server, "ada").await;
    send(&mut ada, "wait").await;
    notes.seen("ada waits").await;
    for _ in 0..8 {
        send(&mut ada, "fills the inbox").await;
    }
    let room = server.app.service::<Room>();
    let deliveries: Vec<_> = ["a", "b", "c"].map(|news| room.info(News(news))).into();
    assert_eq!(deliveries, [Delivery::Queued, Delivery::Queued, Delivery::Dropped]);
    assert_eq!(server.app.stats().dropped, 1);
    gate.open(1);
    notes.seen("info b").await;
    assert_eq!(notes.count("info c"), 0);
}
