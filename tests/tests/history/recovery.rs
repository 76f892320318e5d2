//! What is recovered, and what is not.

use std::time::Duration;

use ws_core::{App, History, TopicError};
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Server, pass};

use super::{Client, Reader, app, at, not_recovered, publish, recovered};

#[tokio::test]
async fn a_client_receives_all_that_it_missed_and_then_the_messages_that_follow() {
    let server = Server::start(app(History::new())).await;
    let (mut client, answer) = Client::connect(&server, "red", None).await;
    assert_eq!(answer, not_recovered("no_position", client.position));
    publish(&server, "red", 1..4);
    client.expect(1..4).await;
    let position = client.position;
    drop(client);
    publish(&server, "red", 4..104);
    let (mut client, answer) = Client::connect(&server, "red", position).await;
    assert_eq!(answer, recovered(100, at(position, 103)));
    publish(&server, "red", 104..106);
    client.expect(4..106).await;
    let stats = server.app.stats();
    assert_eq!((stats.recovered, stats.not_recovered, stats.histories), (1, 0, 1));
}

#[tokio::test]
async fn a_client_that_missed_nothing_is_recovered() {
    let server = Server::start(app(History::new())).await;
    publish(&server, "red", 1..4);
    let (client, _) = Client::connect(&server, "red", None).await;
    assert_eq!(client.position.offset(), 3);
    let (mut client, answer) = Client::connect(&server, "red", client.position).await;
    assert_eq!(answer, recovered(0, client.position));
    client.expect_next(&server, "red", "next").await;
}

#[tokio::test]
async fn nothing_is_recovered_if_one_message_is_no_longer_kept() {
    let server = Server::start(app(History::new().messages(10))).await;
    let start = server.app.hub().position("red").expect("a history");
    publish(&server, "red", 1..12);
    let (mut client, answer) = Client::connect(&server, "red", start).await;
    assert_eq!(answer, not_recovered("too_old", at(start, 11)));
    client.expect_next(&server, "red", "next").await;
    publish(&server, "blue", 1..11);
    let start = at(server.app.hub().position("blue").expect("a history"), 0);
    let (mut client, answer) = Client::connect(&server, "blue", start).await;
    assert_eq!(answer, recovered(10, at(start, 10)));
    client.expect(1..11).await;
    assert_eq!((server.app.stats().recovered, server.app.stats().not_recovered), (1, 1));
}

#[tokio::test]
async fn a_position_of_another_epoch_recovers_nothing() {
    let before = Server::start(app(History::new())).await;
    publish(&before, "red", 1..4);
    let position = before.app.hub().position("red").expect("a history");
    let after = Server::start(app(History::new())).await;
    publish(&after, "red", 1..4);
    let (mut client, answer) = Client::connect(&after, "red", position).await;
    assert_ne!(client.position.epoch(), position.epoch());
    assert_eq!(answer, not_recovered("other_epoch", client.position));
    client.expect_next(&after, "red", "next").await;
    // Each topic has an epoch of its own.
    let (_, answer) = Client::connect(&before, "blue", position).await;
    assert_eq!(answer["reason"], "other_epoch");
}

#[tokio::test]
async fn a_position_that_no_message_has_recovers_nothing() {
    let server = Server::start(app(History::new())).await;
    publish(&server, "red", 1..4);
    let position = server.app.hub().position("red").expect("a history");
    for offset in [4, u64::MAX] {
        let (mut client, answer) = Client::connect(&server, "red", at(position, offset)).await;
        assert_eq!(answer["reason"], "ahead");
        client.expect_next(&server, "red", "next").await;
    }
}

#[tokio::test]
async fn a_malformed_position_is_400() {
    let server = Server::start(app(History::new())).await;
    for position in ["", "x", "1-", "1-+1", "1-99999999999999999999"] {
        let path = format!("/red?from={position}");
        let response = Raw::open(server.addr).await.request("GET", &path, &HEADERS).await;
        assert_eq!(response.status, 400, "{position}");
    }
}

/// Each message that is replayed has its own position, so the second cut may come anywhere.
#[tokio::test]
async fn two_cuts_in_a_row_lose_nothing() {
    let server = Server::start(app(History::new())).await;
    let (first, _) = Client::connect(&server, "red", None).await;
    publish(&server, "red", 1..11);
    let (mut second, _) = Client::connect(&server, "red", first.position).await;
    second.expect(1..5).await;
    publish(&server, "red", 11..13);
    let (mut third, answer) = Client::connect(&server, "red", second.position).await;
    assert_eq!(answer, recovered(8, at(second.position, 12)));
    third.expect(5..13).await;
}

/// The order of the issue: the position first, then the program's own state, then the subscription.
#[tokio::test]
async fn changes_between_the_position_and_the_subscription_are_replayed() {
    let server = Server::start(app(History::new())).await;
    let hub = server.app.hub();
    let position = hub.position("red").expect("a history");
    assert_eq!(hub.position("red").expect("a history"), position);
    publish(&server, "red", 1..3);
    let (mut client, answer) = Client::connect(&server, "red", position).await;
    assert_eq!(answer, recovered(2, at(position, 2)));
    client.expect(1..3).await;
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn messages_are_kept_until_their_age() {
    let server = Server::start(app(History::new().age(MINUTE))).await;
    publish(&server, "red", 1..2);
    pass(MINUTE * 2 / 3).await;
    publish(&server, "red", 2..3);
    let position = server.app.hub().position("red").expect("a history");
    let (mut client, answer) = Client::connect(&server, "red", at(position, 0)).await;
    assert_eq!(answer, recovered(2, position));
    client.expect(1..3).await;
    pass(MINUTE / 2).await;
    let (_, answer) = Client::connect(&server, "red", at(position, 0)).await;
    assert_eq!(answer, not_recovered("too_old", position));
    let (mut client, answer) = Client::connect(&server, "red", at(position, 1)).await;
    assert_eq!(answer, recovered(1, position));
    client.position = at(position, 1);
    client.expect(2..3).await;
}

#[tokio::test]
async fn a_quiet_topic_recovers_a_client_that_has_all_messages_however_old_they_are() {
    let server = Server::start(app(History::new().age(MINUTE))).await;
    publish(&server, "red", 1..3);
    let position = server.app.hub().position("red").expect("a history");
    let bytes = server.app.stats().history_bytes;
    pass(MINUTE * 2).await;
    // A publisher to another topic drops the messages that have expired.
    publish(&server, "blue", 1..2);
    assert!(server.app.stats().history_bytes < bytes * 2 / 3, "{:?}", server.app.stats());
    pass(MINUTE * 2).await;
    let (_, answer) = Client::connect(&server, "red", at(position, 1)).await;
    assert_eq!(answer, not_recovered("too_old", position));
    let (mut client, answer) = Client::connect(&server, "red", position).await;
    assert_eq!(answer, recovered(0, position));
    client.expect_next(&server, "red", "next").await;
}

#[tokio::test]
async fn a_topic_without_history_has_no_position_and_works_as_before() {
    let app = App::new().mount::<Reader>("/{topic}", ()).history("red", History::new().stamp_json());
    let server = Server::start(app).await;
    let error = server.app.hub().position("blue").expect_err("no history");
    assert!(matches!(error, TopicError::NoHistory(_)));
    assert_eq!(
        error.to_string(),
        "topic `blue` keeps no history; add `App::history` with its name or a pattern"
    );
    let counts = server.app.hub().publish("blue", "lost");
    assert_eq!((counts.queued, counts.position), (0, None));
    let response = Raw::open(server.addr).await.request("GET", "/blue", &HEADERS).await;
    assert_eq!(response.body, error.to_string());
    let long = "x".repeat(257);
    assert!(server.app.hub().position(&long).is_err());
    assert_eq!(server.app.stats().histories, 0);
    // Nobody can subscribe to a name of this length.
    let server = Server::start(super::app(History::new())).await;
    assert_eq!(server.app.hub().publish(&long, "lost").position, None);
    assert_eq!(server.app.stats().histories, 0);
}
