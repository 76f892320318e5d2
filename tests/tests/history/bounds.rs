//! The bounds of all histories together, and mistakes that stop the start.

use ws_core::prelude::*;
use ws_core::{Error, History};
use ws_tests::{Server, until};

use super::{Client, Reader, app, at, not_recovered, recovered};

#[tokio::test]
async fn the_history_that_was_used_the_longest_time_ago_gives_way() {
    let server = Server::start(app(History::new()).max_history_topics(3)).await;
    let hub = server.app.hub();
    let position = |topic| hub.publish(topic, "1").position.expect("a position");
    let (a, b, c) = (position("a"), position("b"), position("c"));
    assert_eq!(hub.position("a").expect("a history"), a);
    let d = position("d");
    let stats = server.app.stats();
    assert_eq!((stats.histories, stats.limited("max_history_topics")), (3, 1));
    for (topic, kept) in [("a", a), ("c", c), ("d", d)] {
        let (_, answer) = Client::connect(&server, topic, at(kept, 0)).await;
        assert_eq!(answer, recovered(1, kept), "{topic}");
    }
    let (_, answer) = Client::connect(&server, "b", b).await;
    assert_eq!(answer["reason"], "other_epoch");
    assert_eq!(server.app.stats().histories, 3);
}

#[tokio::test]
async fn histories_of_topics_with_subscribers_give_way_last() {
    let server = Server::start(app(History::new()).max_history_topics(2)).await;
    let hub = server.app.hub();
    let (mut client, _) = Client::connect(&server, "a", None).await;
    let a = client.position;
    for topic in 0..100 {
        hub.publish(&format!("other {topic}"), "1");
    }
    assert_eq!(hub.position("a").expect("a history"), a);
    let stats = server.app.stats();
    assert_eq!((stats.histories, stats.limited("max_history_topics")), (2, 99));
    // Everyone is busy: the oldest goes, and its subscriber receives the next message with another epoch.
    let (_b, _) = Client::connect(&server, "b", None).await;
    let (_c, _) = Client::connect(&server, "c", None).await;
    assert_eq!(server.app.stats().histories, 2);
    let next = hub.publish("a", "next").position.expect("a position");
    assert_ne!(next.epoch(), a.epoch());
    client.position = next;
    assert_eq!(client.next().await, "next");
}

/// The new topic has the latest use, and the first one the earliest creation.
#[tokio::test]
async fn a_history_without_subscribers_gives_way_to_those_with_some() {
    let server = Server::start(app(History::new()).max_history_topics(2)).await;
    let hub = server.app.hub();
    let (a, _) = Client::connect(&server, "a", None).await;
    let (b, _) = Client::connect(&server, "b", None).await;
    for topic in ["new", "newer"] {
        hub.publish(topic, "1");
        assert_eq!(server.app.stats().histories, 2);
    }
    for (topic, client) in [("a", &a), ("b", &b)] {
        let (_, answer) = Client::connect(&server, topic, client.position).await;
        assert_eq!(answer, recovered(0, client.position), "{topic}");
    }
}

#[tokio::test]
async fn among_histories_with_subscribers_the_one_used_the_longest_time_ago_gives_way() {
    let server = Server::start(app(History::new()).max_history_topics(2)).await;
    let hub = server.app.hub();
    let (a, _) = Client::connect(&server, "a", None).await;
    let (b, _) = Client::connect(&server, "b", None).await;
    let used = hub.publish("a", "1").position.expect("a position");
    let (_c, _) = Client::connect(&server, "c", None).await;
    let (_, answer) = Client::connect(&server, "a", a.position).await;
    assert_eq!(answer, recovered(1, used));
    let (_, answer) = Client::connect(&server, "b", b.position).await;
    assert_eq!(answer["reason"], "other_epoch");
}

/// They are the first to give way again once their subscribers have left.
#[tokio::test]
async fn a_history_that_lost_its_subscribers_gives_way_before_others() {
    let server = Server::start(app(History::new()).max_history_topics(2)).await;
    let hub = server.app.hub();
    let (left, _) = Client::connect(&server, "left", None).await;
    let (stays, _) = Client::connect(&server, "stays", None).await;
    hub.publish("new", "1");
    drop(left.raw);
    until(|| hub.count("left") == 0).await;
    let new = hub.publish("new", "1").position.expect("a position");
    for (topic, position) in [("new", new), ("stays", stays.position)] {
        let (_, answer) = Client::connect(&server, topic, position).await;
        assert_eq!(answer, recovered(0, position), "{topic}");
    }
    assert_eq!(server.app.stats().limited("max_history_topics"), 2);
}

#[tokio::test]
async fn too_many_bytes_drop_the_messages_that_expire_first_and_no_position() {
    let server = Server::start(app(History::new().bytes(100_000)).max_history_bytes(100_000)).await;
    let hub = server.app.hub();
    let position = |topic| hub.publish(topic, "x".repeat(40_000)).position.expect("a position");
    let (a, b, c) = (position("a"), position("b"), position("c"));
    let stats = server.app.stats();
    assert!((80_000..90_000).contains(&stats.history_bytes), "{stats:?}");
    assert_eq!((stats.histories, stats.limited("max_history_bytes")), (3, 1));
    for (topic, kept) in [("b", b), ("c", c)] {
        let (_, answer) = Client::connect(&server, topic, at(kept, 0)).await;
        assert_eq!(answer, recovered(1, kept), "{topic}");
    }
    let (_, answer) = Client::connect(&server, "a", at(a, 0)).await;
    assert_eq!(answer, not_recovered("too_old", a));
    let (_, answer) = Client::connect(&server, "a", a).await;
    assert_eq!(answer, recovered(0, a));
    // The topic goes on, and another one gives way.
    let next = position("a");
    let (_, answer) = Client::connect(&server, "a", a).await;
    assert_eq!(answer, recovered(1, next));
    assert_eq!(server.app.stats().limited("max_history_bytes"), 2);
}

/// The book states this.
#[tokio::test]
async fn a_history_without_messages_takes_400_bytes() {
    const TOPICS: i64 = 1_000;
    let server = Server::start(app(History::new())).await;
    let hub = server.app.hub();
    let measured = allocation_counter::measure(|| {
        for topic in 0..TOPICS {
            hub.position(&format!("topic {topic}")).expect("a history");
        }
    });
    let each = measured.bytes_current / TOPICS;
    assert!((200..400).contains(&each), "{each} bytes");
}

#[test]
fn mistakes_in_histories_stop_the_start() {
    let history = |topics: &str| App::new().mount::<Reader>("/{topic}", ()).history(topics, History::new());
    for (app, wanted) in [
        (history("a").history("a", History::new()), "`App::history` of `a` is set twice; remove one"),
        (
            history("a*b"),
            "`App::history` of `a*b`: a `*` stands for the end of a name, and can only be the last character, as in \
             `chat:*`",
        ),
        (
            history("b").history("a", History::new().messages(0)),
            "`App::history` of `a`: `messages` must be at least 1",
        ),
        (
            history("a").max_history_bytes(1000),
            "`App::history` of `a`: `bytes` is 1048576, more than the 1000 of `App::max_history_bytes` for all topics \
             together",
        ),
        (history("a").max_history_topics(0), "`max_history_topics` must be at least 1"),
    ] {
        match app.try_into_router() {
            Err(Error::BadSetting(text)) => assert_eq!(text, wanted),
            other => panic!("{other:?}"),
        }
    }
}
