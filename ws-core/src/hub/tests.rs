//! Topics and presence while threads join, leave and publish at the same time.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use super::presence_event::{IntoInfo, PresenceEvent};
use super::{Hub, Topics};
use crate::connection::{Connection, Mail, Request};
use crate::message::Message;
use crate::shared::Shared;
use crate::shared::limits::{MailboxLimits, Overflow};
use crate::shared::panics::drop_each;

/// The parts of an app that a hub needs.
#[derive(Default)]
struct App {
    shared: Arc<Shared>,
    topics: Arc<Topics>,
}

impl App {
    fn hub(&self) -> Hub {
        Hub::new(self.topics.clone(), self.shared.clone())
    }

    /// A connection with room for everything that a test sends.
    fn connection(&self) -> Arc<Connection> {
        let limits = MailboxLimits { bytes: 1 << 30, messages: None, overflow: Overflow::Close };
        Arc::new(Connection::new(self.shared.clone(), Request::default(), limits))
    }

    fn end(&self, connection: &Connection) {
        drop_each(connection.mailbox.shut());
        self.topics.leave_all(connection);
    }
}

fn mail(connection: &Connection) -> impl Iterator<Item = Mail> {
    std::iter::from_fn(|| connection.mailbox.take())
}

fn numbers(connection: &Connection) -> Vec<u32> {
    mail(connection)
        .map(|mail| match mail {
            Mail::Published(published) => match &published.prepared.message {
                Message::Text(text) => text.parse().unwrap(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Stops the other threads on drop, even if the test fails.
struct Enough<'a>(&'a AtomicBool);

impl Drop for Enough<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

const INTO_INFO: IntoInfo = IntoInfo::Events(|event| Box::new(event));

fn assert_nobody_is_left(app: &App) {
    let stats = app.shared.stats.snapshot();
    assert_eq!((stats.topics, stats.subscriptions), (0, 0));
    assert_eq!(app.hub().topics(), []);
}

#[test]
fn all_subscribers_receive_several_publishers_in_one_order() {
    let app = App::default();
    let hub = app.hub();
    let subscribers = [(); 4].map(|()| app.connection());
    for subscriber in &subscribers {
        app.topics.subscribe(subscriber, "a");
    }
    thread::scope(|scope| {
        for publisher in 0..4 {
            let hub = &hub;
            scope.spawn(move || {
                for n in 0..1_000 {
                    hub.publish("a", (publisher * 1_000 + n).to_string());
                }
            });
        }
    });
    let received = subscribers.each_ref().map(|subscriber| numbers(subscriber));
    assert_eq!(received[0].len(), 4_000);
    assert!(received.iter().all(|other| *other == received[0]), "one order for all");
    for publisher in 0..4 {
        let own: Vec<_> = received[0].iter().filter(|number| **number / 1_000 == publisher).collect();
        assert!(own.is_sorted(), "each in its own order");
    }
}

#[test]
fn messages_published_after_a_subscription_ended_are_not_received_and_none_before_it_is_missing() {
    let app = App::default();
    let hub = app.hub();
    let (begun, ended, enough) = (AtomicU32::new(0), AtomicU32::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1.. {
                begun.store(number, Ordering::SeqCst);
                hub.publish("a", number.to_string());
                ended.store(number, Ordering::SeqCst);
                if enough.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        let _enough = Enough(&enough);
        // Each time, the topic is removed with its only subscriber.
        let mailbox = app.connection();
        let mut received = 0;
        for _ in 0..2_000 {
            let before = begun.load(Ordering::SeqCst);
            assert!(app.topics.subscribe(&mailbox, "a"));
            let from = begun.load(Ordering::SeqCst);
            thread::yield_now();
            let until = ended.load(Ordering::SeqCst);
            assert!(app.topics.unsubscribe(&mailbox, "a"));
            let after = begun.load(Ordering::SeqCst);
            let numbers = numbers(&mailbox);
            assert!(numbers.windows(2).all(|two| two[0] + 1 == two[1]), "{numbers:?}");
            assert!(numbers.iter().all(|number| (before..=after).contains(number)), "{numbers:?}");
            assert!(
                (from + 1..=until).all(|number| numbers.contains(&number)),
                "{from} to {until}: {numbers:?}"
            );
            received += numbers.len();
        }
        assert!(received > 0);
    });
    assert_nobody_is_left(&app);
}

#[test]
fn a_connection_that_joins_topics_as_it_ends_is_left_in_none() {
    let app = App::default();
    for _ in 0..500 {
        let mailbox = app.connection();
        thread::scope(|scope| {
            scope.spawn(|| {
                for topic in ["a", "b", "c"] {
                    app.topics.subscribe(&mailbox, topic);
                    app.topics.track(&mailbox, topic, "me", "null").ok();
                    app.topics.watch(&mailbox, topic, INTO_INFO).ok();
                    app.topics.unsubscribe(&mailbox, topic);
                }
            });
            scope.spawn(|| app.end(&mailbox));
        });
        assert_nobody_is_left(&app);
    }
}

/// The events that a watcher receives agree with the identities that are present, whenever it begins to watch.
#[test]
fn to_every_watcher_each_identity_comes_and_goes_in_turn() {
    let app = App::default();
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        for guest in 0..3 {
            let (app, enough) = (&app, &enough);
            scope.spawn(move || {
                // At any time, two of the three connections share an identity.
                for round in guest.. {
                    let connection = app.connection();
                    let id = ["ann", "bob"][round % 2];
                    app.topics.track(&connection, "room", id, "null").unwrap();
                    if round % 3 == 0 {
                        app.topics.untrack(&connection, "room", id);
                    }
                    app.end(&connection);
                    if enough.load(Ordering::SeqCst) {
                        return;
                    }
                }
            });
        }
        let _enough = Enough(&enough);
        for _ in 0..300 {
            let watcher = app.connection();
            let present = app.topics.watch(&watcher, "room", INTO_INFO).unwrap();
            let mut there: HashSet<_> = present.iter().map(|entry| entry.id().to_owned()).collect();
            (0..20).for_each(|_| thread::yield_now());
            app.topics.unwatch(&watcher, "room");
            for mail in mail(&watcher) {
                match mail {
                    Mail::Batch(batch) => batch.make().for_each(|event| match *event.downcast().unwrap() {
                        PresenceEvent::Joined(entry) => {
                            assert!(there.insert(entry.id().to_owned()), "{entry:?}");
                        }
                        PresenceEvent::Left(entry) => assert!(there.remove(entry.id()), "{entry:?}"),
                    }),
                    other => panic!("{other:?}"),
                }
            }
        }
    });
    assert_nobody_is_left(&app);
}
