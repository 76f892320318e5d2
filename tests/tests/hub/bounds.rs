//! The number of subscriptions, tracked identities and watches that one connection may have together.

use ws_core::TopicError;
use ws_core::prelude::*;
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, until};

use super::{asked, recv_text};

/// `+topic` subscribes, `@topic` tracks `me`, `?topic` watches, `0` subscribes to 4,094 more topics.
#[derive(Default)]
struct Joiner;

#[websocket]
impl Joiner {
    #[text]
    fn asked(&mut self, text: &str, cx: &mut Context<Self>) -> Result<String, TopicError> {
        Ok(match text.split_at(1) {
            ("+", topic) => cx.subscribe(topic).to_string(),
            ("@", topic) => cx.track(topic, "me", &())?.to_string(),
            ("?", topic) => cx.watch(topic)?.len().to_string(),
            _ => (0..4094).filter(|n| cx.subscribe(&n.to_string())).count().to_string(),
        })
    }

    #[info]
    fn changed(&mut self, _: PresenceEvent) {}
}

async fn full() -> (Server, Raw) {
    let server = Server::start(App::new().mount::<Joiner>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    assert_eq!(asked(&mut client, "0").await, "4094");
    assert_eq!(asked(&mut client, "@a").await, "1");
    assert_eq!(asked(&mut client, "?a").await, "1");
    (server, client)
}

#[tokio::test]
async fn subscriptions_presence_entries_and_watches_count_together() {
    for asks in ["+one more", "@b", "?b"] {
        let (server, mut client) = full().await;
        if asks.starts_with('+') {
            assert_eq!(asked(&mut client, asks).await, "false");
        } else {
            // The callback fails with the error.
            client.frame(TEXT, asks.as_bytes()).await;
        }
        assert_eq!(client.read().await.expect("a close").close().0, 1013, "{asks}");
        until(|| server.app.hub().topics().is_empty()).await;
        let stats = server.app.stats();
        assert_eq!((stats.subscriptions, stats.ended("overflow")), (0, 1), "{asks}");
    }
}

#[tokio::test]
async fn at_the_bound_a_topic_joined_before_does_not_count_again() {
    let (server, mut client) = full().await;
    for (asks, answer) in [("+7", "false"), ("@a", "1"), ("?a", "1")] {
        assert_eq!(asked(&mut client, asks).await, answer, "{asks}");
    }
    server.app.hub().publish("7", "alive");
    assert_eq!(recv_text(&mut client).await, "alive");
    assert_eq!(server.app.stats().subscriptions, 4096);
}
