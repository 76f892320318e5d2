//! The effects of a panic on a service and its members (B8).

use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use ws_core::{App, Delivery, Route};
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{CLOSE, HEADERS, Raw, TEXT};
use ws_tests::{Server, closed, text, until};

use super::{Fails, Gate, News, Room, app, join, send, start};

#[tokio::test]
async fn b8_a_panic_restarts_the_service_and_all_100_members_join_again() {
    let (log, _capture) = Log::capture();
    let (server, notes, _) = start().await;
    let names: Vec<_> = (0..100).map(|number| format!("m{number}")).collect();
    let mut clients = join_all(names.iter().map(|name| join(&server, name))).await;
    send(&mut clients[7], "panic").await;
    notes.seen("terminate panic").await;
    for (client, name) in clients.iter_mut().zip(&names) {
        send(client, "again").await;
        assert_eq!(text(client).await, "received again");
        assert_eq!(notes.count(&format!("rejoin {name}")), 1);
    }
    // They are members of the new service, so its broadcasts reach them.
    server.app.service::<Room>().broadcast(News("rain"));
    for client in &mut clients {
        assert_eq!(text(client).await, "rain");
    }
    drop(clients);
    until(|| server.app.service::<Room>().members().is_empty()).await;
    for name in &names {
        assert_eq!(notes.count(&format!("join {name}")), 1);
        assert_eq!(notes.all().iter().filter(|note| note.starts_with(&format!("close {name} "))).count(), 1);
    }
    assert_eq!((notes.count("init"), notes.count("terminate panic")), (2, 1));
    let lines = log.lines_with(&["callback panicked: as asked by m7", "callback=\"incoming\"", "restarting"]);
    assert_eq!(lines.len(), 1, "{}", log.text());
}

#[tokio::test]
async fn b8_a_member_that_is_refused_when_it_rejoins_closes_with_1011() {
    let (server, notes, _) = start().await;
    let (mut ada, mut stranger) = (join(&server, "ada").await, join(&server, "stranger").await);
    send(&mut ada, "panic").await;
    assert_eq!(closed(&mut stranger).await, (1011, "not again".to_owned()));
    send(&mut ada, "still here").await;
    assert_eq!(text(&mut ada).await, "received still here");
    drop(stranger);
    until(|| server.app.stats().open == 1).await;
    // It is not a member of the new service, which therefore does not call `close` for it.
    assert!(!notes.all().iter().any(|note| note.starts_with("close stranger")), "{:?}", notes.all());
}

#[tokio::test]
async fn b8_the_new_instance_receives_the_waiting_messages() {
    let (server, notes, gate) = start().await;
    let mut ada = join(&server, "ada").await;
    let mut bob = join(&server, "bob").await;
    send(&mut ada, "wait").await;
    notes.seen("ada waits").await;
    send(&mut ada, "panic").await;
    for words in ["one", "two"] {
        send(&mut bob, words).await;
    }
    gate.open(1);
    for words in ["received one", "received two"] {
        assert_eq!(text(&mut bob).await, words);
    }
    assert_eq!(notes.count("init"), 2);
}

#[tokio::test]
async fn b8_a_join_that_panics_is_answered_with_500_and_a_close_that_does_is_one() {
    let (server, notes, _) = start().await;
    let mut ada = join(&server, "ada").await;
    let response = Raw::open(server.addr).await.request("GET", "/rooms/a?name=bomb", &HEADERS).await;
    assert_eq!(response.status, 500, "{response:?}");
    drop(join(&server, "grudge").await);
    notes.seen("close grudge lost").await;
    send(&mut ada, "hi").await;
    assert_eq!(text(&mut ada).await, "received hi");
    assert_eq!((notes.count("init"), notes.count("rejoin ada")), (3, 2), "{:?}", notes.all());
    assert_eq!((notes.count("rejoin grudge"), notes.count("rejoin bomb")), (0, 0));
    assert_eq!(notes.all().iter().filter(|note| note.starts_with("close grudge")).count(), 1);
}

#[tokio::test]
async fn b8_the_eleventh_restart_in_ten_seconds_is_not() {
    let (server, notes, _) = start().await;
    let (mut ada, mut bob) = (join(&server, "ada").await, join(&server, "bob").await);
    let room = server.app.service::<Room>();
    for restart in 1..=10 {
        room.info(News("panic"));
        until(|| notes.count("rejoin bob") == restart).await;
    }
    send(&mut ada, "hi").await;
    assert_eq!(text(&mut ada).await, "received hi");
    assert!(room.is_up());
    room.info(News("panic"));
    for client in [&mut ada, &mut bob] {
        assert_eq!(closed(client).await, (1011, String::new()));
    }
    assert_eq!((notes.count("init"), notes.count("terminate panic")), (11, 11));
    let response = Raw::open(server.addr).await.request("GET", "/rooms/a?name=carl", &HEADERS).await;
    assert_eq!(
        (response.status, response.body.as_str()),
        (503, "the service is not running\n"),
        "{response:?}"
    );
    assert_eq!((room.info(News("x")), room.is_up()), (Delivery::Gone, false));
    drop((ada, bob));
    // The connections of its members do not wait for a service that is down.
    until(|| server.app.stats().open == 0).await;
}

#[tokio::test]
async fn b8_an_init_that_fails_on_a_restart_is_tried_again() {
    let (notes, gate, fails) = <(_, _, Fails)>::default();
    let server = Server::start(app(&notes, &gate).state(fails.clone())).await;
    let mut ada = join(&server, "ada").await;
    fails.0.store(3, Ordering::Relaxed);
    send(&mut ada, "panic").await;
    send(&mut ada, "hi").await;
    assert_eq!(text(&mut ada).await, "received hi");
    assert_eq!((notes.count("init fails"), notes.count("init")), (3, 2));
}

#[tokio::test]
async fn b8_a_last_message_that_panics_does_not_hide_that_its_member_left() {
    let (notes, gate) = <(Notes, Gate)>::default();
    let route = Route::service::<Room>("/rooms/{room}").inbox_messages(1).inbox_bytes(1 << 20);
    let app = App::new().route(route).state(notes.clone()).state(gate.clone());
    let server = Server::start(app).await;
    let mut ada = join(&server, "ada").await;
    let mut raw = Raw::connect(server.addr, "/rooms/a?name=bob").await;
    assert_eq!(raw.read().await.unwrap().text(), "welcome bob");
    send(&mut ada, "wait").await;
    notes.seen("ada waits").await;
    // The first message fills the inbox. The second is still pending in the connection when the client closes.
    for words in ["one", "panic"] {
        raw.frame(TEXT, words.as_bytes()).await;
    }
    raw.close(1000, "").await;
    assert_eq!(raw.read().await.unwrap().opcode, CLOSE);
    gate.open(1);
    notes.seen("close bob remote").await;
    let bobs: Vec<_> = notes.all().into_iter().filter(|note| note.contains("bob")).collect();
    assert_eq!(bobs, ["join bob", "bob: one", "bob: panic", "rejoin bob", "close bob remote"]);
}
