//! Topics: subscribers, the beginning and end of subscriptions, and slow subscribers.

use std::iter::repeat_n;
use std::sync::Arc;
use std::thread;

use serde::Serialize;
use ws_core::prelude::*;
use ws_core::{Compression, Delivery, DeliveryCounts, Overflow};
use ws_tests::deflate::Deflate;
use ws_tests::raw::{BINARY, Frame, HEADERS, PING, Raw, TEXT};
use ws_tests::{Server, until};

use super::{Flag, Member, app, asked, recv_text, text};

fn counts(queued: usize, dropped: usize) -> DeliveryCounts {
    repeat_n(Delivery::Queued, queued).chain(repeat_n(Delivery::Dropped, dropped)).collect()
}

fn queued(count: usize) -> DeliveryCounts {
    counts(count, 0)
}

#[tokio::test]
async fn subscribers_receive_published_messages_and_nobody_else_does() {
    let server = Server::start(app()).await;
    let hub = server.app.hub();
    let mut ada = Raw::connect(server.addr, "/a").await;
    let mut bob = Raw::connect(server.addr, "/a").await;
    let mut eve = Raw::connect(server.addr, "/b").await;
    assert_eq!(hub.publish("a", "one"), queued(2));
    assert_eq!(hub.publish("b", "two"), queued(1));
    assert_eq!(hub.publish("c", "three"), queued(0));
    assert_eq!(recv_text(&mut ada).await, "one");
    assert_eq!(recv_text(&mut bob).await, "one");
    assert_eq!(recv_text(&mut eve).await, "two");
    assert_eq!(server.app.stats().published, 3);
}

#[tokio::test]
async fn all_but_one_receive_a_message_published_except_to_it() {
    let server = Server::start(app()).await;
    let hub = server.app.hub();
    let mut ada = Raw::connect(server.addr, "/a").await;
    let socket = server.app.sockets::<Member>().pop().expect("a connection");
    let mut bob = Raw::connect(server.addr, "/a").await;
    bob.frame(TEXT, b"not to myself").await;
    assert_eq!(recv_text(&mut ada).await, "not to myself");
    assert_eq!(hub.publish_except(&socket, "a", "not to ada"), queued(1));
    assert_eq!(hub.publish("a", "to both"), queued(2));
    assert_eq!(recv_text(&mut bob).await, "not to ada");
    assert_eq!(recv_text(&mut bob).await, "to both");
    assert_eq!(recv_text(&mut ada).await, "to both");
}

#[tokio::test]
async fn a_handler_subscribes_and_unsubscribes_and_topics_go_with_their_last_subscriber() {
    let server = Server::start(app()).await;
    let hub = server.app.hub();
    let mut ada = Raw::connect(server.addr, "/none").await;
    let mut bob = Raw::connect(server.addr, "/none").await;
    assert_eq!(asked(&mut ada, "+news").await, "true");
    assert_eq!(asked(&mut ada, "+news").await, "false");
    assert_eq!(asked(&mut bob, "+news").await, "true");
    let ids = hub.subscribers("news");
    assert!(ids.len() == 2 && ids[0] < ids[1], "{ids:?}");
    assert_eq!((hub.count("news"), hub.count("olds")), (2, 0));
    assert_eq!(hub.topics(), ["news".into()]);
    let stats = server.app.stats();
    assert_eq!((stats.topics, stats.subscriptions), (1, 2));
    assert_eq!(asked(&mut ada, "-news").await, "true");
    assert_eq!(asked(&mut ada, "-news").await, "false");
    assert_eq!(hub.publish("news", "bob alone"), queued(1));
    assert_eq!(recv_text(&mut bob).await, "bob alone");
    assert_eq!(asked(&mut bob, "-news").await, "true");
    assert!(hub.topics().is_empty());
    let stats = server.app.stats();
    assert_eq!((stats.topics, stats.subscriptions), (0, 0));
    assert_eq!(asked(&mut bob, "+news").await, "true");
    assert_eq!(hub.publish("news", "again"), queued(1));
    assert_eq!(recv_text(&mut bob).await, "again");
}

#[tokio::test]
async fn subscriptions_end_with_the_connection_also_with_one_that_never_was() {
    let server = Server::start(app()).await;
    let hub = server.app.hub();
    let mut ada = Raw::connect(server.addr, "/a").await;
    asked(&mut ada, "+b").await;
    assert_eq!(hub.topics().len(), 2);
    drop(ada);
    until(|| hub.topics().is_empty()).await;
    let refused = Raw::open(server.addr).await.request("GET", "/refused", &HEADERS).await;
    assert_eq!((refused.status, hub.count("refused")), (403, 0));
    let stats = server.app.stats();
    assert_eq!((stats.topics, stats.subscriptions), (0, 0));
}

#[tokio::test]
async fn messages_published_during_the_upgrade_come_first() {
    struct Early;

    #[websocket]
    impl Early {
        #[init]
        fn enter(upgrade: &mut Upgrade<Self>) -> Self {
            upgrade.subscribe("early");
            upgrade.app().hub().publish("early", "early");
            Self
        }

        #[open]
        fn open(&mut self) -> &'static str {
            "open"
        }
    }

    let server = Server::start(App::new().mount::<Early>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    assert_eq!(recv_text(&mut client).await, "open");
    assert_eq!(recv_text(&mut client).await, "early");
}

#[tokio::test]
async fn any_kind_of_message_is_published_and_a_close_closes() {
    let server = Server::start(app()).await;
    let hub = server.app.hub();
    let mut client = Raw::connect(server.addr, "/a").await;
    hub.publish("a", vec![1, 2]);
    hub.publish("a", Message::Ping(ws_core::ControlPayload::default()));
    hub.publish("a", "");
    assert_eq!(hub.publish("a", CloseCode::from_static(4001)), queued(1));
    assert_eq!(hub.publish("a", "late"), queued(0));
    assert_eq!(client.read().await, Some(Frame { fin: true, opcode: BINARY, payload: vec![1, 2] }));
    assert_eq!(client.read().await, Some(Frame { fin: true, opcode: PING, payload: Vec::new() }));
    assert_eq!(client.read().await, Some(text("")));
    assert_eq!(client.read().await.expect("a close").close(), (4001, ""));
}

#[tokio::test]
async fn json_is_published_and_a_value_without_json_is_an_error() {
    #[derive(Serialize)]
    struct Price {
        cents: u32,
    }

    let server = Server::start(app()).await;
    let hub = server.app.hub();
    let mut client = Raw::connect(server.addr, "/a").await;
    assert_eq!(hub.publish_json("a", &Price { cents: 5 }).expect("JSON"), queued(1));
    // JSON has no maps with lists as keys.
    let bad = std::collections::BTreeMap::from([(vec![1], 1)]);
    hub.publish_json("a", &bad).expect_err("a JSON error");
    hub.publish("a", "end");
    assert_eq!(recv_text(&mut client).await, r#"{"cents":5}"#);
    assert_eq!(recv_text(&mut client).await, "end");
}

/// The connections' tasks share the test's thread: messages that are published without an await in between all queue
/// up.
#[tokio::test]
async fn each_overflow_decides_the_loss_of_a_slow_subscriber_and_is_counted() {
    for (overflow, reached, received) in [
        (Overflow::DropNewest, [1, 1, 1, 0, 0], &["0", "1", "2"][..]),
        (Overflow::DropOldest, [1, 1, 1, 1, 1], &["2", "3", "4"]),
    ] {
        let server = Server::start(app().mailbox_messages(3).mailbox_overflow(overflow)).await;
        let hub = server.app.hub();
        let mut client = Raw::connect(server.addr, "/a").await;
        let published = [0, 1, 2, 3, 4].map(|n: u32| hub.publish("a", n.to_string()));
        let expected = reached.map(|queued| counts(queued, 1 - queued));
        assert_eq!(published, expected, "{overflow:?}");
        for text in received {
            assert_eq!(recv_text(&mut client).await, *text);
        }
        assert_eq!(server.app.stats().dropped, 2, "{overflow:?}");
    }
    let server = Server::start(app().mailbox_messages(3)).await;
    let hub = server.app.hub();
    let mut client = Raw::connect(server.addr, "/a").await;
    let published = [0, 1, 2, 3, 4].map(|n: u32| hub.publish("a", n.to_string()));
    let expected = [(1, 0), (1, 0), (1, 0), (0, 1), (0, 0)];
    assert_eq!(published, expected.map(|(queued, dropped)| counts(queued, dropped)));
    assert_eq!(client.read().await.expect("a close").close().0, 1013);
    until(|| hub.topics().is_empty()).await;
    assert_eq!(server.app.stats().dropped, 1);
}

#[tokio::test]
async fn a_thread_without_a_runtime_publishes_while_subscribers_come_and_go() {
    // The publisher waits for nobody, so some messages are lost.
    let server = Server::start(app().mailbox_messages(64).mailbox_overflow(Overflow::DropNewest)).await;
    let (hub, enough) = (server.app.hub(), Arc::new(Flag::default()));
    let thread = thread::spawn({
        let enough = enough.clone();
        move || {
            assert!(tokio::runtime::Handle::try_current().is_err(), "this thread has no runtime");
            let mut published = 0_u64;
            while !enough.is_set() {
                published += 1;
                hub.publish("a", published.to_string());
                thread::yield_now();
            }
            published
        }
    });
    for _ in 0..50 {
        let mut clients = [Raw::connect(server.addr, "/a").await, Raw::connect(server.addr, "/none").await];
        clients[1].frame(TEXT, b"+a").await;
        for client in &mut clients {
            let mut last = 0;
            for _ in 0..20 {
                // Skips the answers to the subscriber's own commands.
                let Ok(next) = recv_text(client).await.parse::<u64>() else { continue };
                assert!(next > last, "{next} after {last}");
                last = next;
            }
        }
    }
    enough.set();
    let published = thread.join().expect("no panic");
    assert_eq!(server.app.stats().published, published);
    until(|| server.app.hub().topics().is_empty()).await;
    assert_eq!(server.app.stats().subscriptions, 0);
}

#[tokio::test]
async fn more_topics_or_longer_names_than_there_is_room_for_end_the_connection() {
    let server = Server::start(app()).await;
    let mut client = Raw::connect(server.addr, "/none").await;
    assert_eq!(asked(&mut client, &format!("+{}", "x".repeat(256))).await, "true");
    for n in 1..4096 {
        assert_eq!(asked(&mut client, &format!("+{n}")).await, "true");
    }
    assert_eq!(server.app.hub().topics().len(), 4096);
    assert_eq!(asked(&mut client, "+one more").await, "false");
    assert_eq!(client.read().await.expect("a close").close().0, 1013);
    until(|| server.app.hub().topics().is_empty()).await;
    let mut client = Raw::connect(server.addr, "/none").await;
    assert_eq!(asked(&mut client, &format!("+{}", "x".repeat(257))).await, "false");
    assert_eq!(client.read().await.expect("a close").close().0, 1013);
    assert_eq!(server.app.stats().ended("overflow"), 2);
}

#[tokio::test]
async fn c10_one_message_reaches_subscribers_with_any_compression_and_without() {
    let server = Server::start(app().compress(Compression::new().takeover(true))).await;
    let mut plain = Raw::connect(server.addr, "/a").await;
    let mut clients = Vec::new();
    for offer in ["server_no_context_takeover", "server_no_context_takeover", "server_max_window_bits=9"] {
        let offer = format!("permessage-deflate; {offer}");
        let (client, response) = Deflate::ask(server.addr, "/a", &offer).await;
        assert_eq!(response.status, 101, "{response:?}");
        clients.push(client);
    }
    let hub = server.app.hub();
    for words in ["again and ".repeat(4_000), "short".to_owned(), "once more, ".repeat(300)] {
        assert_eq!(hub.publish("a", words.as_str()), queued(4));
        assert_eq!(recv_text(&mut plain).await, words);
        for client in &mut clients {
            let message = client.read().await;
            assert_eq!(message.text(), words);
            assert_eq!(message.compressed, words.len() > 1024);
        }
    }
}

/// Large messages are written without a copy, small ones are copied, and the client's buffers are full in between.
#[tokio::test]
async fn messages_of_all_sizes_keep_their_order_before_a_client_that_is_slow() {
    let server = Server::start(app().mailbox_messages(10_000).mailbox_bytes(64 << 20)).await;
    let hub = server.app.hub();
    let mut client = Raw::connect(server.addr, "/a").await;
    let sizes = [
        1_024, 10, 60_000, 2_000, 65_536, 65_537, 126, 3_000, 1_025, 1_023, 200_000, 4_096, 4_096, 5_000,
        9_000,
    ];
    let message = |number: usize| format!("{number:06}{}", "x".repeat(sizes[number % sizes.len()] - 6));
    for number in 0..300 {
        assert_eq!(hub.publish("a", message(number)), queued(1));
    }
    for number in 0..300 {
        let mut whole = String::new();
        loop {
            let frame = client.read().await.expect("a message");
            whole.push_str(frame.text());
            if frame.fin {
                break;
            }
        }
        assert!(whole == message(number), "{number}: {} bytes", whole.len());
    }
    // The answer to a command follows the messages that were published before it.
    hub.publish("a", message(0));
    assert_eq!(asked(&mut client, "-a").await, message(0));
    assert_eq!(recv_text(&mut client).await, "true");
    let sent = server.app.stats().messages_out;
    assert_eq!(sent, 302);
}
