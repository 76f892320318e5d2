//! A connection while a member's message, or a joining client, waits for a busy service.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use ws_core::service::ServiceHandle;
use ws_core::{CloseCode, Delivery, Route};
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, PING, PONG, Raw, TEXT, frame, request};
use ws_tests::{Server, closed, text, until, within};

use super::fragile::{Fragile, Live, Tick};
use super::{Gate, News, Room, join, send};

/// Returns a room with an inbox for one message.
async fn with_room_for_one() -> (Server, Notes, Gate) {
    let (notes, gate) = <(Notes, Gate)>::default();
    let route = Route::service::<Room>("/rooms/{room}").inbox_messages(1).inbox_bytes(1 << 20);
    let app = ws_core::App::new().route(route).state(notes.clone()).state(gate.clone());
    (Server::start(app).await, notes, gate)
}

/// Ada keeps the service busy. One of Bob's messages fills its inbox, and another waits in his connection.
async fn bob_waits() -> (Server, Notes, Gate, [ws_tests::Client; 2]) {
    let (server, notes, gate) = with_room_for_one().await;
    let (mut ada, mut bob) = (join(&server, "ada").await, join(&server, "bob").await);
    send(&mut ada, "wait").await;
    notes.seen("ada waits").await;
    let came = server.app.stats().messages_in;
    send(&mut bob, "one").await;
    send(&mut bob, "two").await;
    until(|| server.app.stats().messages_in >= came + 2).await;
    (server, notes, gate, [ada, bob])
}

#[tokio::test]
async fn messages_to_a_member_go_out_while_its_own_message_waits() {
    let (server, _, gate, [_ada, mut bob]) = bob_waits().await;
    let members = server.app.service::<Room>().members();
    // Far more messages than a mailbox holds, so they cannot pile up there.
    for number in 0..600 {
        assert_eq!(members[1].send(number.to_string()), Delivery::Queued);
        assert_eq!(text(&mut bob).await, number.to_string());
    }
    gate.open(1);
    assert_eq!(text(&mut bob).await, "received one");
    assert_eq!(text(&mut bob).await, "received two");
}

#[tokio::test]
async fn any_number_of_pings_is_answered_while_a_message_waits() {
    let (server, notes, gate) = with_room_for_one().await;
    let mut raw = Raw::connect(server.addr, "/rooms/a?name=carl").await;
    assert_eq!(raw.read().await.unwrap().text(), "welcome carl");
    raw.frame(TEXT, b"wait").await;
    notes.seen("carl waits").await;
    for words in ["one", "two"] {
        raw.frame(TEXT, words.as_bytes()).await;
    }
    for number in 0..50 {
        raw.frame(PING, number.to_string().as_bytes()).await;
        let pong = raw.read().await.expect("a pong");
        assert_eq!((pong.opcode, pong.text()), (PONG, &*number.to_string()));
    }
    gate.open(1);
    for words in ["received wait", "received one", "received two"] {
        assert_eq!(raw.read().await.unwrap().text(), words);
    }
}

#[tokio::test]
async fn b2_a_member_that_is_closed_while_its_message_waits_ends_at_once_and_in_order() {
    let (server, notes, gate, [_ada, mut bob]) = bob_waits().await;
    server.app.service::<Room>().members()[1].close(CloseCode::POLICY, "out");
    assert_eq!(closed(&mut bob).await, (1008, "out".to_owned()));
    gate.open(1);
    notes.seen("close bob stop").await;
    let bobs: Vec<_> = notes.all().into_iter().filter(|note| note.contains("bob")).collect();
    assert_eq!(bobs, ["join bob", "bob: one", "bob: two", "close bob stop"]);
}

#[tokio::test]
async fn c12_a_drain_reaches_a_member_while_its_message_waits() {
    let (server, notes, gate, [ada, mut bob]) = bob_waits().await;
    let app = server.app.clone();
    let draining = tokio::spawn(async move { app.drain(Duration::from_secs(10)).await });
    assert_eq!(closed(&mut bob).await.0, 1001);
    gate.open(1);
    drop((ada, bob));
    let drained = within(draining).await.unwrap();
    assert_eq!((drained.aborted, drained.left), (0, 0), "{drained:?}");
    let bobs: Vec<_> = notes.all().into_iter().filter(|note| note.contains("bob")).collect();
    assert_eq!(bobs, ["join bob", "bob: one", "bob: two", "close bob drained"]);
}

#[tokio::test]
async fn clients_that_leave_while_they_join_leave_nothing_behind() {
    let (gate, live) = <(Gate, Live)>::default();
    let app = ws_core::App::new().mount_service::<Fragile>("/fragile");
    let server = Server::start(app.state(Notes::default()).state(gate.clone()).state(live.clone())).await;
    let fragile: ServiceHandle<Fragile> = server.app.service();
    assert_eq!(fragile.info(Tick::Wait), Delivery::Queued);
    until(|| gate.came() == 1).await;
    let asked = || Arc::strong_count(&live.0);
    let before = asked();
    for number in 1..=300 {
        let mut leaver = Raw::open(server.addr).await;
        leaver.send(&request("GET", "/fragile?name=leaver", &HEADERS)).await;
        until(|| live.asked() >= number).await;
    }
    // Requests of clients that left count until the server notices.
    until(|| asked() - before < 100).await;
    gate.open(1);
    let mut raw = Raw::connect(server.addr, "/fragile?name=ada").await;
    raw.frame(TEXT, b"hi").await;
    assert_eq!(raw.read().await.unwrap().text(), "hi");
    until(|| fragile.members().len() == 1).await;
}

#[tokio::test]
async fn infos_before_the_start_do_not_undo_the_bounds() {
    let (notes, gate) = <(Notes, Gate)>::default();
    let route = Route::service::<Room>("/rooms/{room}").inbox_messages(2).inbox_bytes(4096);
    let app = ws_core::App::new().route(route).state(notes.clone()).state(gate.clone());
    assert_eq!(app.handle().service::<Room>().info(News("early")), Delivery::Queued);
    let server = Server::start(app).await;
    let mut ada = join(&server, "ada").await;
    notes.seen("info early").await;
    send(&mut ada, "wait").await;
    notes.seen("ada waits").await;
    let room = server.app.service::<Room>();
    let deliveries = ["a", "b", "c"].map(|news| room.info(News(news)));
    assert_eq!(deliveries, [Delivery::Queued, Delivery::Queued, Delivery::Dropped]);
    gate.open(1);
    notes.seen("info b").await;
    // The infos that the service has taken made room for as many others, and no more.
    send(&mut ada, "wait").await;
    until(|| notes.count("ada waits") == 2).await;
    let deliveries = ["d", "e", "f"].map(|news| room.info(News(news)));
    assert_eq!(deliveries, [Delivery::Queued, Delivery::Queued, Delivery::Dropped]);
    gate.open(1);
}

#[tokio::test]
async fn infos_before_the_start_are_bounded_too() {
    let app = ws_core::App::new().mount_service::<Room>("/rooms/{room}");
    let room = app.handle().service::<Room>();
    let queued = (0..200_000).take_while(|_| room.info(News("early")).is_queued()).count();
    // 4 MiB, with 48 to 128 bytes for each.
    assert!((32_768..87_382).contains(&queued), "{queued}");
    assert_eq!(room.info(News("late")), Delivery::Dropped);
    assert_eq!(app.handle().stats().dropped, 2);
}

/// A client pings and reads nothing while its message waits for room. TCP pushes back.
#[tokio::test]
async fn pings_of_a_client_that_does_not_read_are_not_answered_into_memory() {
    let (server, notes, _gate) = with_room_for_one().await;
    let mut raw = Raw::connect(server.addr, "/rooms/a?name=carl").await;
    assert_eq!(raw.read().await.expect("a welcome").text(), "welcome carl");
    raw.frame(TEXT, b"wait").await;
    notes.seen("carl waits").await;
    for words in ["one", "two"] {
        raw.frame(TEXT, words.as_bytes()).await;
    }
    let pings = frame(true, PING, &[7; 125]).repeat(8 << 10);
    let mut sent = 0;
    while sent < 400 << 20
        && matches!(timeout(Duration::from_secs(1), raw.stream.write_all(&pings)).await, Ok(Ok(())))
    {
        sent += pings.len();
    }
    // No more than the system's buffers hold.
    assert!(sent < 32 << 20, "{} MiB of pings were taken", sent >> 20);
}
