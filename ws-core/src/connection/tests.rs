//! The entries that a mailbox accepts and drops, and the results that the sender gets.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;

use super::batch::Batch;
use super::lease::Lease;
use super::mail::{ENTRY, Published};
use super::mailbox::Urgent;
use super::rate::Rate;
use super::{Connection, Delivery, Driver, Mail, Outbox, Request, run, run_without_driver};
use crate::message::{Close, CloseCode, Message, Reason, Text};
use crate::shared::Shared;
use crate::shared::limits::{Limits, MailboxLimits, Overflow};
use crate::shared::panics::drop_each;

fn connection(messages: usize, bytes: usize, overflow: Overflow) -> Connection {
    let connection = limited(MailboxLimits { bytes, messages: Some(messages), overflow });
    connection.mailbox.open();
    connection
}

fn limited(limits: MailboxLimits) -> Connection {
    Connection::new(Arc::new(Shared::default()), Request::default(), limits)
}

fn info(number: u32) -> Mail {
    Mail::Info(Box::new(number), 0)
}

fn drain(connection: &Connection) -> Vec<u32> {
    std::iter::from_fn(|| match connection.mailbox.take()? {
        Mail::Info(info, _) => info.downcast().ok().map(|number| *number),
        _ => None,
    })
    .collect()
}

#[test]
fn three_entries_fill_a_mailbox_of_three() {
    let connection = connection(3, 1 << 20, Overflow::DropNewest);
    let deliveries: Vec<_> = (0..5).map(|n| connection.push(info(n))).collect();
    assert_eq!(&deliveries[..3], [Delivery::Queued; 3]);
    assert_eq!(&deliveries[3..], [Delivery::Dropped; 2]);
    assert_eq!(drain(&connection), [0, 1, 2]);
    assert_eq!(connection.shared.stats.snapshot().dropped, 2);
    assert_eq!(connection.push(info(9)), Delivery::Queued);
}

#[test]
fn three_messages_fill_a_mailbox_by_bytes() {
    let connection = connection(256, 4096, Overflow::DropNewest);
    let message = || Mail::Send(Message::from(vec![0; 1200]));
    assert_eq!(
        [(); 4].map(|()| connection.push(message())),
        [Delivery::Queued, Delivery::Queued, Delivery::Queued, Delivery::Dropped]
    );
}

#[test]
fn an_empty_mailbox_takes_one_message_of_any_size() {
    for overflow in [Overflow::Close, Overflow::DropOldest, Overflow::DropNewest] {
        let connection = connection(3, 4096, overflow);
        assert_eq!(connection.push(Mail::Send(Message::from(vec![0; 10_000]))), Delivery::Queued);
    }
}

#[test]
fn the_oldest_make_room_where_that_is_declared() {
    let connection = connection(3, 1 << 20, Overflow::DropOldest);
    for n in 0..5 {
        assert_eq!(connection.push(info(n)), Delivery::Queued);
    }
    assert_eq!(drain(&connection), [2, 3, 4]);
    assert_eq!(connection.shared.stats.snapshot().dropped, 2);
}

#[test]
fn by_default_overflow_ends_the_connection() {
    let connection = connection(1, 1 << 20, Overflow::Close);
    assert_eq!(connection.push(info(1)), Delivery::Queued);
    assert_eq!(connection.push(info(2)), Delivery::Dropped);
    assert_eq!(connection.push(info(3)), Delivery::Gone);
    assert!(matches!(connection.mailbox.take_urgent(), Some(Urgent::Overflow)));
    assert!(connection.mailbox.take_urgent().is_none());
}

#[test]
fn messages_queued_before_a_close_go_first_and_nothing_after_it() {
    let connection = connection(8, 1 << 20, Overflow::Close);
    connection.push(info(1));
    assert_eq!(connection.close(Close::normal()), Delivery::Queued);
    assert_eq!(connection.push(info(2)), Delivery::Gone);
    assert_eq!(connection.close(Close::normal()), Delivery::Gone);
    assert!(matches!(connection.mailbox.take(), Some(Mail::Info(..))));
    assert!(matches!(connection.mailbox.take(), Some(Mail::Close(_))));
    assert!(connection.mailbox.take().is_none());
}

/// An info that locks its own mailbox when it is dropped.
struct Echoing(Arc<Connection>);

impl AsRef<[u8]> for Echoing {
    fn as_ref(&self) -> &[u8] {
        b"bye"
    }
}

impl Drop for Echoing {
    fn drop(&mut self) {
        self.0.shrink();
    }
}

#[test]
fn a_refused_close_is_dropped_without_the_lock() {
    let connection = Arc::new(limited(Limits::default().mailbox()));
    drop_each(connection.mailbox.shut());
    let reason = Text::try_from(Bytes::from_owner(Echoing(connection.clone()))).unwrap();
    let close = Close::new(CloseCode::NORMAL, Reason::new(reason).unwrap());
    assert_eq!(connection.close(close), Delivery::Gone);
}

#[test]
fn a_replaced_close_of_an_expiry_is_dropped_without_the_lock() {
    let connection = Arc::new(limited(Limits::default().mailbox()));
    let reason = Text::try_from(Bytes::from_owner(Echoing(connection.clone()))).unwrap();
    let close = Close::new(CloseCode::NORMAL, Reason::new(reason).unwrap());
    assert_eq!(connection.change_lease(close), Delivery::Queued);
    assert_eq!(connection.change_lease(Close::normal()), Delivery::Queued);
}

#[test]
fn nothing_of_the_users_runs_under_the_lock() {
    for overflow in [Overflow::DropOldest, Overflow::DropNewest, Overflow::Close] {
        let limits = MailboxLimits { bytes: 1 << 20, messages: Some(1), overflow };
        let connection = Arc::new(limited(limits));
        connection.mailbox.open();
        for _ in 0..3 {
            connection.push(Mail::Info(Box::new(Echoing(connection.clone())), 0));
        }
        drop_each(connection.mailbox.shut());
    }
}

fn published(text: &str) -> Mail {
    Mail::Published(Arc::new(Published::new(text.into(), None)))
}

fn batch(connection: &Connection) -> Vec<String> {
    let mut batch = Batch::new();
    connection.mailbox.take_batch(64, 1 << 20, &mut batch);
    batch
        .map(|published| match &published.prepared.message {
            Message::Text(text) => text.to_string(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_batch_holds_published_messages_only() {
    let connection = connection(16, 1 << 20, Overflow::Close);
    connection.push(published("a"));
    connection.push(published("b"));
    connection.push(info(1));
    connection.push(published("c"));
    connection.close(Close::normal());
    assert_eq!(batch(&connection), ["a", "b"]);
    assert_eq!(batch(&connection), [""; 0]);
    assert!(matches!(connection.mailbox.take(), Some(Mail::Info(..))));
    assert_eq!(batch(&connection), ["c"]);
    assert!(connection.mailbox.has_mail(), "the close message waits");
    assert_eq!(batch(&connection), [""; 0]);
    assert!(matches!(connection.mailbox.take(), Some(Mail::Close(_))));
    assert!(!connection.mailbox.has_mail());
}

#[test]
fn a_batch_makes_room_for_as_many_messages() {
    let connection = connection(3, 1 << 20, Overflow::DropNewest);
    let push = || connection.push(published("a"));
    assert_eq!([(); 4].map(|()| push())[2..], [Delivery::Queued, Delivery::Dropped]);
    let mut batch = Batch::new();
    connection.mailbox.take_batch(2, 1 << 20, &mut batch);
    assert_eq!(batch.len(), 2);
    assert_eq!([(); 3].map(|()| push()), [Delivery::Queued, Delivery::Queued, Delivery::Dropped]);
    assert_eq!(connection.shared.stats.snapshot().dropped, 2);
    assert_eq!(connection.mailbox.shut().count(), 3, "the batch is not among those that wait");
}

#[tokio::test]
async fn a_batch_wakes_as_many_senders_as_it_makes_room_for() {
    let connection = Arc::new(connection(2, 1 << 20, Overflow::Close));
    assert_eq!([(); 2].map(|()| connection.push(published("a"))), [Delivery::Queued; 2]);
    let mut senders = [(); 3].map(|()| Box::pin(connection.send_wait("b".into())));
    for sender in &mut senders {
        assert!(sender.now_or_never().is_none());
    }
    assert_eq!(batch(&connection).len(), 2);
    // In the order in which they wait, however many are polled.
    let [first, second, third] = &mut senders;
    assert_eq!(first.now_or_never(), Some(Delivery::Queued));
    assert_eq!(second.now_or_never(), Some(Delivery::Queued));
    assert_eq!(third.now_or_never(), None);
}

#[tokio::test]
async fn a_batch_that_leaves_entries_behind_wakes_as_many_senders() {
    let connection = Arc::new(connection(4, 1 << 20, Overflow::Close));
    assert_eq!([(); 3].map(|()| connection.push(published("a"))), [Delivery::Queued; 3]);
    assert_eq!(connection.send("b".into()), Delivery::Queued);
    let mut senders = [(); 4].map(|()| Box::pin(connection.send_wait("c".into())));
    for sender in &mut senders {
        assert!(sender.now_or_never().is_none());
    }
    // The message behind them is not a published one, so the mailbox is not empty afterwards.
    assert_eq!(batch(&connection).len(), 3);
    // Each is woken by the batch itself, and not by the sender before it, whose task may be busy.
    let [first, second, third, fourth] = senders;
    assert_eq!(third.now_or_never(), Some(Delivery::Queued));
    assert_eq!(second.now_or_never(), Some(Delivery::Queued));
    assert_eq!(first.now_or_never(), Some(Delivery::Queued));
    assert_eq!(fourth.now_or_never(), None);
}

/// The docs give this size.
#[test]
fn an_entry_has_about_50_bytes_of_its_own() {
    assert!((45..=55).contains(&ENTRY), "{ENTRY}");
    assert!(size_of::<Mail>() <= ENTRY, "{}", size_of::<Mail>());
}

/// Returns the size of the future that a function of four arguments returns.
const fn future_size<A, B, C, D, F: Future>(_: fn(A, B, C, D) -> F) -> usize {
    size_of::<F>()
}

/// Every open connection occupies these bytes, idle or not. tokio adds 104 bytes to the future of a task, and allocates a
/// multiple of 128: a connection costs 512 bytes while its future has 281 to 408, and then 128 more.
#[test]
fn a_connection_is_no_larger_than_it_was() {
    let larger: Vec<_> = [
        ("the future of a connection", future_size(run), 408),
        ("the future of a connection whose session keeps the driver", future_size(run_without_driver), 152),
        ("the driver, which is a part of one of them", size_of::<Driver>(), 312),
        ("the part that other tasks share", size_of::<Connection>(), 216),
        ("the part of its request", size_of::<Request>(), 88),
        ("the outbox, which is a part of the session", size_of::<Outbox>(), 24),
        ("the state of a rate limit, on few connections", size_of::<Rate>(), 80),
        ("the time of an expiry, on few connections", size_of::<Lease>(), 80),
    ]
    .into_iter()
    .filter(|(_, size, most)| size > most)
    .collect();
    assert!(larger.is_empty(), "name, size, and bound: {larger:?}");
}
