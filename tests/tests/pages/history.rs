//! Z8: topics with history that pages are subscribed to: a page that comes back receives what it missed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::prelude::*;
use ws_core::{History, PageId, Position, Recovery};
use ws_tests::{Server, jump, until, within};

use crate::cuts::{Cutter, connect, lost_and_doubled, take, text};
use crate::{PAGE, Page, VIEW};

mod functions {
    use super::*;

    /// The topic, and the page's position in it.
    #[message("history/join")]
    fn join((topic, from): (String, Option<Position>), page: &PageSession) -> Result<Recovery, String> {
        page.subscribe_from(&topic, from).map_err(|error| error.to_string())
    }
}

/// An app whose topics that begin with `room:` keep ten messages.
async fn server() -> Server {
    let history = History::new().messages(10).stamp_json();
    let app = App::discover_in("pages::history::functions").pages(Pages::new()).history("room:*", history);
    Server::start(app).await
}

fn publish(server: &Server, topic: &str, numbers: std::ops::Range<u64>) {
    for number in numbers {
        server.app.hub().publish_event(topic, "said", &number).expect("a number is JSON");
    }
}

/// Receives these numbers from the topic, and returns the position of the last one.
async fn expect(page: &mut Page, topic: &str, numbers: std::ops::Range<u64>) -> Value {
    let mut position = Value::Null;
    for number in numbers {
        let message = page.receive().await;
        assert_eq!((&message["type"], &message["topic"]), (&json!("said"), &json!(topic)), "{message}");
        assert_eq!(message["data"], number, "{message}");
        position = message["position"].clone();
    }
    position
}

/// Receives the position at which a subscription begins.
async fn begun(page: &mut Page, topic: &str) -> Value {
    let message = page.receive().await;
    assert_eq!((&message["type"], &message["topic"]), (&json!("ws:subscribed"), &json!(topic)), "{message}");
    message["position"].clone()
}

/// Subscribes a page to `topic`, lets it receive a message, and ends its connection. Returns its cookie and position.
async fn leave(server: &Server, topic: &str) -> (String, Value) {
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    assert!(session.subscribe(topic));
    begun(&mut page, topic).await;
    publish(server, topic, 1..2);
    let position = expect(&mut page, topic, 1..2).await;
    let cookie = page.cookie.clone();
    drop(page);
    until(|| !session.is_connected()).await;
    (cookie, position)
}

/// Connects the page again. Returns it and the topics of the welcome.
async fn come_back(server: &Server, cookie: &str, positions: Value) -> (Page, Value) {
    let mut page = Page::open(server.addr, cookie, PAGE, VIEW).await;
    let welcome = page.hello_at(0, positions).await;
    assert_eq!(welcome["resumed"], true, "{welcome}");
    (page, welcome["topics"].clone())
}

#[tokio::test]
async fn z8_a_page_receives_what_it_missed_in_order_and_before_what_follows() {
    let server = server().await;
    let (cookie, position) = leave(&server, "room:red").await;
    publish(&server, "room:red", 2..12);
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    session.send_event("waits", &1);
    let (mut page, topics) = come_back(&server, &cookie, json!({"room:red": position})).await;
    assert_eq!(topics, json!({"room:red": {"recovered": true}}));
    publish(&server, "room:red", 12..14);
    assert_eq!(page.receive().await["type"], "waits");
    let position = expect(&mut page, "room:red", 2..14).await;

    // A second loss, with nothing to recover.
    drop(page);
    until(|| !session.is_connected()).await;
    let (mut page, topics) = come_back(&server, &cookie, json!({"room:red": position})).await;
    assert_eq!(topics, json!({"room:red": {"recovered": true}}));
    publish(&server, "room:red", 14..15);
    expect(&mut page, "room:red", 14..15).await;
}

#[tokio::test]
async fn z8_a_page_that_was_lost_before_the_first_message_of_a_topic_receives_what_it_missed() {
    let server = server().await;
    publish(&server, "room:blue", 1..4);
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    session.subscribe("room:red");
    let red = begun(&mut page, "room:red").await;
    for from in [None, Some("f00-1".parse::<Position>().unwrap())] {
        session.unsubscribe("room:blue");
        let position = session.subscribe_from("room:blue", from).unwrap().position.to_string();
        if from.is_some() {
            assert_eq!(begun(&mut page, "room:blue").await, "f00-1");
        }
        assert_eq!(begun(&mut page, "room:blue").await, position);
    }
    let blue = server.app.hub().position("room:blue").unwrap();
    let cookie = page.cookie.clone();
    drop(page);
    until(|| !session.is_connected()).await;
    publish(&server, "room:blue", 4..6);
    publish(&server, "room:red", 1..3);
    let (mut page, topics) = come_back(&server, &cookie, json!({"room:red": red, "room:blue": blue})).await;
    assert_eq!(topics, json!({"room:red": {"recovered": true}, "room:blue": {"recovered": true}}));
    expect(&mut page, "room:blue", 4..6).await;
    expect(&mut page, "room:red", 1..3).await;
}

/// The script finds no position in such messages, so it cannot bring that of the last one.
#[tokio::test]
async fn a_topic_that_is_not_stamped_for_the_script_names_no_position() {
    let app = App::new().pages(Pages::new()).history("plain", History::new());
    let server = Server::start(app.history("own", History::new().stamp_json().stamp(|_, m| m))).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    session.subscribe("plain");
    assert!(!session.subscribe_from("own", None).unwrap().is_recovered());
    session.send_event("next", &1);
    assert_eq!(page.receive().await["type"], "next");
}

#[tokio::test]
async fn a_page_whose_position_is_too_old_receives_nothing_of_before() {
    let server = server().await;
    let (cookie, position) = leave(&server, "room:red").await;
    publish(&server, "room:red", 2..13);
    let (mut page, topics) = come_back(&server, &cookie, json!({"room:red": position})).await;
    let now = server.app.hub().position("room:red").unwrap();
    assert_eq!(topics, json!({"room:red": {"recovered": false, "position": now}}));
    publish(&server, "room:red", 13..14);
    expect(&mut page, "room:red", 13..14).await;
}

#[tokio::test]
async fn a_page_without_a_position_or_with_a_wrong_one_receives_nothing_of_before() {
    let server = server().await;
    let (cookie, _) = leave(&server, "room:red").await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    for (number, positions) in
        (3..).step_by(2).zip([json!({}), json!({"room:red": "no position"}), json!({"room:red": "f00-1"})])
    {
        publish(&server, "room:red", number - 1..number);
        let (mut page, topics) = come_back(&server, &cookie, positions).await;
        let now = server.app.hub().position("room:red").unwrap();
        assert_eq!(topics, json!({"room:red": {"recovered": false, "position": now}}));
        publish(&server, "room:red", number..number + 1);
        expect(&mut page, "room:red", number..number + 1).await;
        drop(page);
        until(|| !session.is_connected()).await;
    }
}

#[tokio::test]
async fn a_function_answers_with_the_recovery_before_the_messages() {
    let server = server().await;
    publish(&server, "room:red", 1..5);
    let position = server.app.hub().position("room:red").unwrap().to_string();
    let start = position.replace("-4", "-1");
    let (mut page, _) = Page::plain(server.addr, "").await;
    page.send(json!({"type": "history/join", "id": 1, "data": ["room:red", start]})).await;
    let recovery = json!({"recovered": true, "missed": 3, "position": position});
    assert_eq!(page.receive().await, json!({"type": "history/join", "id": 1, "data": recovery}));
    assert_eq!(begun(&mut page, "room:red").await, start);
    publish(&server, "room:red", 5..6);
    expect(&mut page, "room:red", 2..6).await;
    page.send(json!({"type": "history/join", "id": 2, "data": ["room:red", start]})).await;
    assert_eq!(page.receive().await["data"]["reason"], "subscribed");
    page.send(json!({"type": "history/join", "id": 3, "data": ["hall", null]})).await;
    assert_eq!(page.receive().await["type"], "error", "it keeps no history");
}

/// The number of cuts, unless the time is over before.
const CUTS: u64 = 300;
const TIME: Duration = Duration::from_secs(12);

/// A page that counts the messages of a topic.
struct Reader {
    position: String,
    received: Vec<u64>,
}

impl Reader {
    /// Runs one connection until it is cut, or the message `last` arrives.
    async fn run(&mut self, addr: std::net::SocketAddr, cookie: &str, last: u64) -> std::io::Result<()> {
        let mut stream = connect(addr, cookie).await?;
        let hello = json!({"type": "ws:hello", "received": 0, "topics": {"room:red": self.position}});
        stream.write_all(&text(&hello)).await?;
        let mut buffer = Vec::new();
        while self.received.last() != Some(&last) {
            if stream.read_buf(&mut buffer).await? == 0 {
                break;
            }
            while let Some(message) = take(&mut buffer) {
                if message["type"] == "ws:welcome" {
                    assert_eq!(message["topics"]["room:red"]["recovered"], true, "{message}");
                    continue;
                }
                message["position"].as_str().expect("a position").clone_into(&mut self.position);
                self.received.push(message["data"].as_u64().expect("a number"));
            }
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z8_hundreds_of_cuts_lose_and_double_nothing_of_a_topic() {
    let history = History::new().messages(1_000_000).bytes(64 << 20).stamp_json();
    let app = App::new().pages(Pages::new()).history("room:red", history);
    let server = Server::start(app).await;
    let (page, _) = Page::attach(server.addr, "", 0).await;
    let cookie = page.cookie.clone();
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    assert!(session.subscribe("room:red"));
    drop(page);
    until(|| !session.is_connected()).await;
    let hub = server.app.hub();
    let position = hub.position("room:red").unwrap().to_string();
    let mut reader = Reader { position, received: Vec::new() };
    let cutter = Cutter::start(server.addr).await;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let publisher = tokio::spawn(async move {
        let mut sent = 0;
        while !stopped.load(Ordering::Relaxed) {
            for _ in 0..20 {
                sent += 1;
                hub.publish_event("room:red", "said", &sent).expect("a number is JSON");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        sent
    });
    let began = Instant::now();
    while cutter.cuts.load(Ordering::Relaxed) < CUTS && began.elapsed() < TIME {
        // A connection that is cut may end with an error.
        let _ = within(reader.run(cutter.addr, &cookie, u64::MAX)).await;
    }
    let cuts = cutter.cuts.load(Ordering::Relaxed);
    stop.store(true, Ordering::Relaxed);
    cutter.calm.store(true, Ordering::Relaxed);
    let sent = publisher.await.unwrap();
    within(reader.run(cutter.addr, &cookie, sent)).await.expect("a connection that is not cut");
    println!("{cuts} cuts in {:?}: {sent} messages of a topic", began.elapsed());
    assert_eq!(lost_and_doubled(&reader.received, sent), (0, 0), "lost, doubled");
    assert!(reader.received.is_sorted(), "in order");
    assert!(cuts >= 150, "only {cuts} cuts in {TIME:?}");
    assert!(sent > cuts, "the connections carried {sent} messages");
}

/// The bytes of a message. The page learns when they are freed.
struct Owned(PageSession);

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        b"owned"
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.send_event("freed", &());
    }
}

#[tokio::test]
async fn a_message_that_expires_as_a_page_subscribes_may_send_to_the_page() {
    let history = History::new().age(Duration::from_secs(1));
    let server = Server::start(App::new().pages(Pages::new()).history("*", history)).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    let owned = || bytes::Bytes::from_owner(Owned(session.clone()));
    for topic in ["red", "blue"] {
        server.app.hub().publish(topic, owned());
        jump(Duration::from_secs(2)).await;
        // In a thread of its own, so that the rest goes on if it waits for itself.
        let (session, runtime) = (session.clone(), tokio::runtime::Handle::current());
        std::thread::spawn(move || {
            let _clock = runtime.enter();
            session.subscribe_from(topic, None)
        });
        assert_eq!(page.receive().await["type"], "freed", "{topic}");
    }
    // And as the page comes back, with a position.
    let position = server.app.hub().publish("red", owned()).position;
    page.raw.read().await.expect("the message");
    jump(Duration::from_secs(2)).await;
    let cookie = page.cookie.clone();
    drop(page);
    until(|| !session.is_connected()).await;
    let (mut page, topics) = come_back(&server, &cookie, json!({"red": position})).await;
    assert_eq!(topics["red"]["recovered"], true);
    assert_eq!(page.receive().await["type"], "freed");
}
