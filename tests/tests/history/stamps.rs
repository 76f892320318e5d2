//! How messages carry their positions.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ws_core::prelude::*;
use ws_core::{ControlPayload, History, Position};
use ws_tests::Server;
use ws_tests::raw::{BINARY, CLOSE, PING, Raw, TEXT};

use super::{Client, Reader, app, at, json, publish, recovered};

/// Without a stamp of the framework's.
fn plain(history: History) -> App {
    App::new().mount::<Reader>("/{topic}", ()).history("*", history).heartbeat(None)
}

async fn expect(raw: &mut Raw, opcode: u8, payload: &str) {
    let frame = raw.read().await.expect("a message");
    assert_eq!((frame.opcode, frame.text()), (opcode, payload));
}

#[tokio::test]
async fn messages_are_sent_as_they_are_published_without_a_stamp() {
    let server = Server::start(plain(History::new())).await;
    let (mut client, _) = Client::connect(&server, "red", None).await;
    let hub = server.app.hub();
    hub.publish("red", "a");
    hub.publish("red", vec![b'b']);
    let (mut other, answer) = Client::connect(&server, "red", client.position).await;
    assert_eq!(answer, recovered(2, at(client.position, 2)));
    for raw in [&mut client.raw, &mut other.raw] {
        expect(raw, TEXT, "a").await;
        expect(raw, BINARY, "b").await;
    }
}

#[tokio::test]
async fn a_stamp_is_made_once_for_all_subscribers_and_the_history() {
    let stamped = Arc::new(AtomicU32::new(0));
    let count = stamped.clone();
    let history = History::new().stamp(move |stamp, message| {
        count.fetch_add(1, Ordering::Relaxed);
        match message {
            Message::Text(text) => format!("{} {} {text}", stamp.topic, stamp.position.offset()).into(),
            other => other,
        }
    });
    let server = Server::start(plain(history)).await;
    let (mut one, _) = Client::connect(&server, "red", None).await;
    let (mut two, _) = Client::connect(&server, "red", None).await;
    server.app.hub().publish("red", "a");
    server.app.hub().publish("red", "b");
    let (mut three, _) = Client::connect(&server, "red", one.position).await;
    for raw in [&mut one.raw, &mut two.raw, &mut three.raw] {
        expect(raw, TEXT, "red 1 a").await;
        expect(raw, TEXT, "red 2 b").await;
    }
    assert_eq!(stamped.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn json_events_get_their_topic_and_position() {
    let server = Server::start(app(History::new())).await;
    let (mut client, _) = Client::connect(&server, "red", None).await;
    let position: Position =
        server.app.hub().publish("red", r#"{"type":"say","data":{"n":1}}"#).position.expect("a position");
    let wanted =
        serde_json::json!({ "type": "say", "data": { "n": 1 }, "topic": "red", "position": position });
    assert_eq!(json(&mut client.raw).await, wanted);
}

#[tokio::test]
async fn a_stamp_that_panics_publishes_nothing_and_leaves_the_topic_usable() {
    let history = History::new().stamp(|_, message| {
        assert_ne!(message, Message::from("bad"), "a bad message");
        message
    });
    let server = Server::start(plain(history)).await;
    let (mut client, _) = Client::connect(&server, "red", None).await;
    let hub = server.app.hub();
    assert!(catch_unwind(AssertUnwindSafe(|| hub.publish("red", "bad"))).is_err());
    let counts = hub.publish("red", "good");
    assert_eq!(counts.position, Some(at(client.position, 1)));
    expect(&mut client.raw, TEXT, "good").await;
}

/// The stamp runs without a lock, so that it can use the hub.
#[tokio::test]
async fn a_stamp_may_publish() {
    let app = App::new().mount::<Reader>("/{topic}", ()).heartbeat(None);
    let handle = app.handle();
    let history = History::new().stamp(move |stamp, message| {
        if message == Message::from("outer") && stamp.position.offset() == 1 {
            handle.hub().publish(stamp.topic, "inner");
        }
        format!("{} {message:?}", stamp.position.offset()).into()
    });
    let server = Server::start(app.history("*", history)).await;
    let (mut client, _) = Client::connect(&server, "red", None).await;
    server.app.hub().publish("red", "outer");
    expect(&mut client.raw, TEXT, "1 Text(\"inner\")").await;
    expect(&mut client.raw, TEXT, "2 Text(\"outer\")").await;
}

#[tokio::test]
async fn control_frames_are_sent_and_not_kept_and_a_stamp_cannot_make_one() {
    let history = History::new()
        .stamp(|_, message| if message == Message::from("close") { Close::normal().into() } else { message });
    let server = Server::start(plain(history)).await;
    let hub = server.app.hub();
    let (mut client, _) = Client::connect(&server, "red", None).await;
    assert_eq!(hub.publish("red", Message::Ping(ControlPayload::new("hm").expect("short"))).position, None);
    expect(&mut client.raw, PING, "hm").await;
    hub.publish("red", "close");
    expect(&mut client.raw, TEXT, "close").await;
    let counts = hub.publish("red", Close::normal());
    assert_eq!((counts.queued, counts.position), (1, None));
    assert_eq!(client.raw.read().await.expect("a close frame").opcode, CLOSE);
    assert_eq!(hub.position("red").expect("a history"), at(client.position, 1));
}

/// Positions only grow, so that the last one that a client received is the one to return to.
#[tokio::test]
async fn the_latest_message_of_a_key_does_not_replace_another() {
    let server = Server::start(app(History::new())).await;
    let (mut client, _) = Client::connect(&server, "red", None).await;
    let hub = server.app.hub();
    for (number, key) in (1..5_u64).zip(["a", "b", "a", "a"]) {
        hub.publish_latest("red", key, number.to_string());
    }
    client.expect(1..5).await;
}

/// The program knows the connection that a message is not for, and the next connection of the same client is another.
#[tokio::test]
async fn a_client_recovers_its_own_messages_too() {
    let server = Server::start(app(History::new())).await;
    let (client, _) = Client::connect(&server, "red", None).await;
    let socket = server.app.sockets::<Reader>().pop().expect("a connection");
    let counts = server.app.hub().publish_except(&socket, "red", "1");
    assert_eq!((counts.queued, counts.position), (0, Some(at(client.position, 1))));
    let (mut client, _) = Client::connect(&server, "red", client.position).await;
    client.expect(1..2).await;
    publish(&server, "red", 2..3);
    client.expect(2..3).await;
}
