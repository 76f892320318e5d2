//! Where a connection subscribes from a position: in any callback, in a service, again, and beside `#[outgoing]`.

use ws_core::prelude::*;
use ws_core::{Compression, History, NotRecovered, Position, Recovery};
use ws_tests::Server;
use ws_tests::deflate::Deflate;
use ws_tests::raw::{Raw, TEXT};

use super::{Client, Reader, app, at, json, not_recovered, position_of, publish, recovered};

#[tokio::test]
async fn a_callback_answers_before_the_messages_that_it_recovers() {
    let server = Server::start(app(History::new())).await;
    let position = server.app.hub().position("blue").expect("a history");
    publish(&server, "blue", 1..4);
    let (mut client, _) = Client::connect(&server, "red", None).await;
    assert_eq!(client.ask(&format!("blue {position}")).await, recovered(3, at(position, 3)));
    client.position = position;
    client.expect(1..4).await;
}

#[tokio::test]
async fn a_connection_that_is_subscribed_receives_nothing_again_until_it_unsubscribes() {
    let server = Server::start(app(History::new())).await;
    let (mut client, _) = Client::connect(&server, "red", None).await;
    let start = client.position;
    publish(&server, "red", 1..3);
    client.expect(1..3).await;
    let again = format!("red {start}");
    assert_eq!(client.ask(&again).await, not_recovered("subscribed", client.position));
    assert_eq!(client.ask("-red").await, true);
    assert_eq!(client.ask(&again).await, recovered(2, client.position));
    client.expect(1..3).await;
    client.expect_next(&server, "red", "next").await;
    assert_eq!(server.app.hub().count("red"), 1);
}

#[tokio::test]
async fn a_history_lives_on_without_subscribers_and_its_topic_does_not_count() {
    let server = Server::start(app(History::new())).await;
    let (client, _) = Client::connect(&server, "red", None).await;
    assert_eq!(server.app.hub().topics(), ["red".into()]);
    let position = client.position;
    drop(client);
    ws_tests::until(|| server.app.hub().topics().is_empty()).await;
    let stats = server.app.stats();
    assert_eq!((stats.topics, stats.subscriptions, stats.histories), (0, 0, 1));
    publish(&server, "red", 1..3);
    let (mut client, answer) = Client::connect(&server, "red", position).await;
    assert_eq!(answer, recovered(2, at(position, 2)));
    client.expect(1..3).await;
    let stats = server.app.stats();
    assert_eq!((stats.topics, stats.subscriptions, stats.histories), (1, 1, 1));
}

/// `position` subscribes the member.
#[derive(Default)]
struct Rooms;

#[service]
impl Rooms {
    #[incoming]
    fn from(&mut self, member: &Member<Self>, from: Json<Position>) {
        let recovery: Recovery = member.subscribe_from("red", from.0).expect("a history");
        member.send_json(&recovery).expect("JSON");
    }
}

/// A message that a member sends waits in the same queue as the messages of its topics.
#[tokio::test]
async fn a_member_of_a_service_recovers() {
    let server = Server::start(app(History::new()).mount_service::<Rooms>("/rooms/all")).await;
    let position = server.app.hub().position("red").expect("a history");
    publish(&server, "red", 1..4);
    let mut raw = Raw::connect(server.addr, "/rooms/all").await;
    raw.frame(TEXT, format!("\"{position}\"").as_bytes()).await;
    let mut client = Client { raw, position };
    client.expect(1..4).await;
    assert_eq!(json(&mut client.raw).await, recovered(3, at(position, 3)));
    client.expect_next(&server, "red", "next").await;
}

/// Drops every message with an even number.
#[derive(Default)]
struct Odd;

#[websocket]
impl Odd {
    #[text]
    async fn from(&mut self, Json(from): Json<Position>, cx: &mut Context<Self>) -> Json<Recovery> {
        let recovery = cx.subscribe_from("red", from).expect("a history");
        // While the callback is pending, no message passes `#[outgoing]` by.
        tokio::task::yield_now().await;
        Json(recovery)
    }

    #[outgoing]
    fn odd(&mut self, message: Message) -> Option<Message> {
        let Message::Text(text) = &message else { return Some(message) };
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        (position_of(&value).offset() % 2 == 1).then_some(message)
    }
}

#[tokio::test]
async fn outgoing_receives_the_messages_that_are_replayed() {
    let server = Server::start(app(History::new()).mount::<Odd>("/odd/numbers", ())).await;
    let position = server.app.hub().position("red").expect("a history");
    publish(&server, "red", 1..5);
    let mut raw = Raw::connect(server.addr, "/odd/numbers").await;
    raw.frame(TEXT, format!("\"{position}\"").as_bytes()).await;
    assert_eq!(json(&mut raw).await, recovered(4, at(position, 4)));
    publish(&server, "red", 5..7);
    for number in [1, 3, 5] {
        assert_eq!(json(&mut raw).await["data"], number.to_string());
    }
}

#[tokio::test]
async fn replayed_messages_are_compressed_as_others_are() {
    let server = Server::start(app(History::new()).compress(Compression::new())).await;
    let position = server.app.hub().position("red").expect("a history");
    let long = "words and words ".repeat(100);
    server.app.hub().publish("red", &*long);
    let mut client = Deflate::connect(server.addr, &format!("/red?from={position}")).await;
    assert!(client.read().await.text().contains("\"recovered\":true"));
    let message = client.read().await;
    assert!(message.text().contains(&long), "{message:?}");
    assert!(message.compressed && message.wire_len() < 200, "{message:?}");
}

/// The type of the reason is at hand, not only its name.
#[derive(Default)]
struct Typed;

#[websocket]
impl Typed {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> &'static str {
        let recovery = cx.subscribe_from("red", None).expect("a history");
        match recovery.missed {
            Ok(_) => "recovered",
            Err(NotRecovered::NoPosition) => "welcome",
            Err(_) => "load again",
        }
    }
}

#[tokio::test]
async fn a_handler_distinguishes_the_reasons() {
    let app =
        App::new().mount::<Typed>("/", ()).mount::<Reader>("/{topic}", ()).history("red", History::new());
    let server = Server::start(app).await;
    let mut raw = Raw::connect(server.addr, "/").await;
    assert_eq!(raw.read().await.expect("a message").text(), "welcome");
}
