//! Publishers, and subscribers that come back, at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ws_core::{History, Position};
use ws_tests::Server;

use super::{Client, app, at};

const PUBLISHERS: u64 = 4;
const EACH: u64 = 2_000;

/// Sets the flag on drop, even if the test fails.
struct Enough<'a>(&'a AtomicBool);

impl Drop for Enough<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Four threads publish 8,000 messages, while clients connect, read some and connect again from their position.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_are_published_during_a_subscription_come_in_order_and_once() {
    let history = History::new().messages(20_000).bytes(8 << 20);
    let server = Server::start(app(history)).await;
    let start = server.app.hub().position("red").expect("a history");
    let hub = server.app.hub();
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|publisher| {
            let hub = hub.clone();
            thread::spawn(move || {
                for number in 0..EACH {
                    hub.publish("red", format!("{publisher} {number}"));
                    // So that clients come and go meanwhile.
                    if number % 16 == 0 {
                        thread::yield_now();
                    }
                }
            })
        })
        .collect();
    let read = async |stride: u64| {
        let mut texts = Vec::new();
        let mut position = start;
        while position.offset() < PUBLISHERS * EACH {
            let (mut client, answer) = Client::connect(&server, "red", position).await;
            assert_eq!(answer["recovered"], true, "{answer}");
            client.position = position;
            let until = (position.offset() + stride).min(PUBLISHERS * EACH);
            while client.position.offset() < until {
                let before = client.position;
                texts.push(client.next().await);
                assert_eq!(client.position, at(start, before.offset() + 1));
            }
            position = client.position;
        }
        texts
    };
    let (one, two, three) = tokio::join!(read(97), read(331), read(1_000));
    for publisher in publishers {
        publisher.join().expect("published");
    }
    assert_eq!(one.len() as u64, PUBLISHERS * EACH);
    assert!(one == two && one == three, "one order for all");
    for publisher in 0..PUBLISHERS {
        let own: Vec<_> = one.iter().filter_map(|text| text.strip_prefix(&format!("{publisher} "))).collect();
        assert!(own.iter().enumerate().all(|(n, text)| *text == n.to_string()), "each in its own order");
    }
}

/// Histories come and go while others publish and subscribe. No message has a wrong epoch, and the counters agree.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_that_give_way_meanwhile_leave_no_trace() {
    let history = History::new().messages(8).bytes(1_000);
    let server = Server::start(app(history).max_history_topics(4).max_history_bytes(2_000)).await;
    let enough = AtomicBool::new(false);
    let hub = server.app.hub();
    thread::scope(|scope| {
        for publisher in 0..3 {
            let (hub, enough) = (&hub, &enough);
            scope.spawn(move || {
                let mut last: Vec<Option<Position>> = vec![None; 10];
                for n in publisher.. {
                    let position =
                        hub.publish(&format!("t{}", n % 10), n.to_string()).position.expect("a position");
                    if let Some(last) = last[n % 10].replace(position) {
                        assert!(
                            last.epoch() != position.epoch() || last < position,
                            "{last} before {position}"
                        );
                    }
                    if enough.load(Ordering::SeqCst) {
                        return;
                    }
                }
            });
        }
        let _enough = Enough(&enough);
        for n in 0..5_000 {
            let position = hub.position(&format!("t{}", n % 10)).expect("a history");
            assert!(position.to_string().parse::<Position>() == Ok(position));
        }
    });
    // The last publisher enforces the bounds once more.
    hub.publish("t0", "last");
    let stats = server.app.stats();
    assert!(stats.histories <= 4 && stats.history_bytes <= 2_000, "{stats:?}");
    assert_eq!((hub.topics().len(), stats.topics), (0, 0));
}
