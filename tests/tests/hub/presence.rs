//! Presence: the identities at a topic, and the number of connections of each.

use serde::{Deserialize, Serialize};
use ws_core::TopicError;
use ws_core::prelude::*;
use ws_core::testing;
use ws_core::{Overflow, Present};
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, until};

use super::{asked, recv_text};

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Mood {
    good: bool,
}

/// `+name` and `-name` track and untrack in the lobby, `*` tracks three guests, `?` lists the lobby and watches it, `.`
/// unwatches it. `=` tracks with too much data, and `!` with data that cannot be JSON.
#[derive(Default)]
struct Guest;

#[websocket]
impl Guest {
    #[text]
    fn asked(&mut self, text: &str, cx: &mut Context<Self>) -> Result<String, TopicError> {
        Ok(match text.split_at(1) {
            ("+", name) => cx.track("lobby", name, &Mood { good: name == "ann" })?.to_string(),
            ("-", name) => cx.untrack("lobby", name).to_string(),
            ("*", _) => {
                for guest in 0..3 {
                    cx.track("lobby", &format!("guest {guest}"), &())?;
                }
                "all".to_owned()
            }
            ("=", name) => cx.track("lobby", name, &"x".repeat(16 << 10))?.to_string(),
            ("?", _) => names(&cx.watch("lobby")?),
            ("!", name) => {
                let bad = std::collections::BTreeMap::from([(vec![1], 1)]);
                cx.track("lobby", name, &bad)?.to_string()
            }
            _ => cx.unwatch("lobby").to_string(),
        })
    }

    #[info]
    async fn changed(&mut self, event: PresenceEvent) -> String {
        match event {
            PresenceEvent::Joined(entry) => format!("{} joined {}", entry.id(), entry.topic()),
            PresenceEvent::Left(entry) => format!("{} left, {} remain", entry.id(), entry.connections()),
        }
    }
}

fn names(present: &[Present]) -> String {
    present
        .iter()
        .map(|entry| format!("{}*{}", entry.id(), entry.connections()))
        .collect::<Vec<_>>()
        .join(" ")
}

fn app() -> App {
    App::new().mount::<Guest>("/", ())
}

#[tokio::test]
async fn joins_and_leaves_are_reported_and_one_identity_with_several_connections_counts_once() {
    let server = Server::start(app()).await;
    let hub = server.app.hub();
    let mut door = Raw::connect(server.addr, "/").await;
    assert_eq!(asked(&mut door, "?").await, "");
    let mut anns = [Raw::connect(server.addr, "/").await, Raw::connect(server.addr, "/").await];
    assert_eq!(asked(&mut anns[0], "+ann").await, "1");
    assert_eq!(recv_text(&mut door).await, "ann joined lobby");
    assert_eq!(asked(&mut anns[1], "+ann").await, "2");
    assert_eq!(asked(&mut anns[1], "+ann").await, "2", "counted once per connection");
    let mut bob = Raw::connect(server.addr, "/").await;
    assert_eq!(asked(&mut bob, "+bob").await, "1");
    assert_eq!(recv_text(&mut door).await, "bob joined lobby");
    assert_eq!(asked(&mut bob, "?").await, "ann*2 bob*1");
    assert_eq!(names(&hub.present("lobby")), "ann*2 bob*1");
    assert_eq!(hub.present("lobby")[0].meta::<Mood>().expect("a mood"), Mood { good: true });
    assert_eq!(
        serde_json::to_string(&hub.present("lobby")[1]).expect("JSON"),
        r#"{"id":"bob","meta":{"good":false},"connections":1}"#
    );
    let [first, mut second] = anns;
    drop(first);
    until(|| names(&hub.present("lobby")) == "ann*1 bob*1").await;
    assert_eq!(asked(&mut second, "-ann").await, "true");
    assert_eq!(asked(&mut second, "-ann").await, "false");
    for watcher in [&mut door, &mut bob] {
        assert_eq!(recv_text(watcher).await, "ann left, 0 remain");
    }
    drop(bob);
    assert_eq!(recv_text(&mut door).await, "bob left, 0 remain");
    assert_eq!(asked(&mut door, ".").await, "true");
    assert_eq!(asked(&mut second, "+ann").await, "1");
    assert_eq!(asked(&mut door, ".").await, "false", "and no event was sent");
    drop((door, second));
    until(|| hub.topics().is_empty()).await;
    let stats = server.app.stats();
    assert_eq!((stats.topics, stats.subscriptions), (0, 0));
}

#[tokio::test]
async fn a_value_without_json_fails_the_callback_and_nobody_is_there() {
    let server = Server::start(app()).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"!ann").await;
    assert_eq!(client.read().await.expect("a close").close().0, 1011);
    assert!(server.app.hub().present("lobby").is_empty());
}

#[tokio::test]
async fn changes_of_presence_do_not_count_in_the_mailbox() {
    let server = Server::start(app().mailbox_messages(2).mailbox_overflow(Overflow::DropNewest)).await;
    let mut door = Raw::connect(server.addr, "/").await;
    asked(&mut door, "?").await;
    let mut crowd = Raw::connect(server.addr, "/").await;
    // All joins happen in one callback, and the connections share the test's thread.
    assert_eq!(asked(&mut crowd, "*").await, "all");
    assert_eq!(recv_text(&mut door).await, "guest 0 joined lobby");
    assert_eq!(recv_text(&mut door).await, "guest 1 joined lobby");
    assert_eq!(recv_text(&mut door).await, "guest 2 joined lobby");
    assert_eq!(server.app.stats().dropped, 0);
    assert_eq!(server.app.hub().present("lobby").len(), 3);
}

#[tokio::test]
async fn a_presence_value_that_is_too_large_ends_the_connection() {
    let server = Server::start(app()).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"=").await;
    assert_eq!(client.read().await.expect("a close").close().0, 1013);
    assert!(server.app.hub().present("lobby").is_empty());
}

/// One connection takes the seat. The next handshake is rejected.
struct Seat;

#[websocket]
impl Seat {
    #[init]
    fn take(upgrade: &mut Upgrade<Self>) -> Result<Self, axum::http::StatusCode> {
        match upgrade.track("seats", "first", &()) {
            Ok(1) => Ok(Self),
            _ => Err(axum::http::StatusCode::CONFLICT),
        }
    }
}

#[tokio::test]
async fn an_identity_may_be_taken_before_the_upgrade_and_is_given_back_by_a_refusal() {
    let app = testing::start(App::new().mount::<Seat>("/", ())).unwrap();
    let connections = || app.handle().hub().present("seats").iter().map(Present::connections).sum::<usize>();
    let first = app.connect("/").await.unwrap();
    assert_eq!(connections(), 1);
    assert_eq!(app.request("/").rejection().await.unwrap().status, 409);
    until(|| connections() == 1).await;
    drop(first);
    until(|| connections() == 0).await;
    app.connect("/").await.unwrap();
}
