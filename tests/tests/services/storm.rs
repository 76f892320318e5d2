//! Everything at once, on several threads: members join, send and leave, cleanly or not, while the service panics.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::SinkExt;
use futures_util::future::join_all;
use tokio_websockets::Message as Sent;
use ws_core::{App, Route};
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, request};
use ws_tests::{Server, until, within};

use super::{Gate, News, Room};

const MESSAGES: usize = 20;

async fn visit(server: &Server, number: usize) {
    let path = format!("/rooms/a?name=m{number}");
    if number.is_multiple_of(5) {
        // Disconnects while it joins, or just after.
        let mut leaver = Raw::open(server.addr).await;
        leaver.send(&request("GET", &path, &HEADERS)).await;
        if number.is_multiple_of(2) {
            tokio::task::yield_now().await;
        }
        return;
    }
    let mut client = server.connect(&path).await;
    for message in 0..MESSAGES {
        within(client.send(Sent::text(format!("quiet {message}")))).await.expect("an open connection");
    }
    if number.is_multiple_of(2) {
        within(client.close()).await.expect("a clean close");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b2_each_member_has_its_order_and_one_close_during_joins_and_restarts() {
    let (notes, gate) = <(Notes, Gate)>::default();
    let route = Route::service::<Room>("/rooms/{room}").inbox_messages(2).inbox_bytes(1 << 20);
    let server = Server::start(App::new().route(route).state(notes.clone()).state(gate)).await;
    for round in 0..8 {
        join_all((0..50).map(|number| visit(&server, round * 50 + number))).await;
        // Fewer panics than the limit on restarts.
        server.app.service::<Room>().info(News("panic"));
    }
    until(|| server.app.stats().open == 0).await;
    within(server.app.drain(Duration::from_secs(5))).await;
    assert!(server.app.service::<Room>().members().is_empty());
    assert_eq!(notes.count("init"), 9);

    let mut events: HashMap<String, Vec<String>> = HashMap::new();
    for note in notes.all() {
        let name = note.split([' ', ':']).find(|word| word.starts_with('m') && word.len() > 1);
        if let Some(name) = name {
            events.entry(name.to_owned()).or_default().push(note.replace(name, "it"));
        }
    }
    assert!(events.len() >= 320, "{}", events.len());
    for (name, events) in events {
        let mut events: Vec<_> = events.into_iter().filter(|note| note != "rejoin it").collect();
        assert_eq!(events.remove(0), "join it", "{name}");
        let close = events.pop().expect("a close");
        assert!(close.starts_with("close it "), "{name}: {close}");
        // A client that closes cleanly has sent all its messages.
        let expected: Vec<_> = (0..events.len()).map(|number| format!("it: quiet {number}")).collect();
        assert_eq!(events, expected, "{name}");
        if close == "close it remote" {
            assert_eq!(events.len(), MESSAGES, "{name}");
        }
    }
}
