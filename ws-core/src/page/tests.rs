//! The memory of page sessions, and a race of a sender with a new connection.

use std::sync::Arc;
use std::time::Duration;

use super::asked::Asked;
use super::attachment::Attachment;
use super::qos::Qos;
use super::queue::QueueLimits;
use super::registry::Speaks;
use super::wire::Hello;
use super::{PageId, PageRegistry, Pages};
use crate::connection::{Connection, Mail, Request};
use crate::handshake::session::BrowserCookie;
use crate::hub::Topics;
use crate::message::{Close, Message};
use crate::shared::Shared;
use crate::shared::limits::{MailboxLimits, Overflow};

const PAGES: usize = 1000;

fn connections(shared: &Arc<Shared>) -> Vec<Arc<Connection>> {
    let limits = MailboxLimits { bytes: 1 << 20, messages: None, overflow: Overflow::Close };
    let limits = Arc::new(limits);
    let connection = || Arc::new(Connection::new(shared.clone(), Request::default(), limits.clone()));
    (0..PAGES).map(|_| connection()).collect()
}

/// Returns the bytes that `call` leaves allocated, for each page.
fn bytes_for_each(call: impl FnOnce()) -> i64 {
    allocation_counter::measure(call).bytes_current / i64::try_from(PAGES).unwrap()
}

/// The chapter "Page sessions" states these figures.
#[tokio::test]
async fn an_idle_page_session_takes_few_bytes() {
    let shared = Arc::<Shared>::default();
    let registry = registry(&shared, Pages::new());
    let connections = connections(&shared);
    let cookies: Vec<_> = (0..PAGES).map(|_| BrowserCookie::new(None)).collect();
    let mut pages = Vec::with_capacity(PAGES);
    let attached = bytes_for_each(|| {
        for (cookie, connection) in cookies.iter().zip(&connections) {
            let (page, _) = registry.open(cookie, None, connection, Speaks::Protocol).unwrap();
            registry.greet(&page, connection, false, &Hello::default(), &mut drop);
            pages.push(page);
        }
    });
    cookies.iter().zip(&connections).for_each(|(cookie, connection)| connection.request.set_session(cookie));
    let beside = bytes_for_each(|| {
        for (page, connection) in pages.drain(..).zip(&connections) {
            connection.request.set_beside(Arc::new(Attachment::new(page, false, false)));
        }
    });
    // The welcome waits in the mailbox, since no task runs the connection.
    let welcomes =
        bytes_for_each(|| connections.iter().for_each(|connection| drop(connection.mailbox.shut())));
    let detaching = bytes_for_each(|| connections.iter().for_each(|connection| registry.detach(connection)));
    let (with, without) = (attached + welcomes + beside, attached + welcomes + detaching);
    println!("with a connection {with} bytes, without one {without} bytes");
    assert!((300..540).contains(&with), "{with} bytes");
    assert!((300..540).contains(&without), "{without} bytes");
}

/// The pages that have ended, and the times at which they would have been looked after, take no memory.
#[tokio::test]
async fn pages_that_gave_way_to_others_take_no_memory() {
    let shared = Arc::<Shared>::default();
    let pages = Pages::new().max_pages(10).linger(Duration::from_secs(24 * 60 * 60));
    let registry = registry(&shared, pages);
    let connections = connections(&shared);
    let cookies: Vec<_> = (0..PAGES).map(|_| BrowserCookie::new(None)).collect();
    let each = bytes_for_each(|| {
        for (cookie, connection) in cookies.iter().zip(&connections) {
            let (page, _) = registry.open(cookie, None, connection, Speaks::Protocol).unwrap();
            registry.greet(&page, connection, false, &Hello::default(), &mut drop);
            registry.detach(connection);
        }
    });
    assert_eq!(shared.stats.snapshot().pages, 10);
    assert!(each < 16, "{each} bytes");
}

fn registry(shared: &Arc<Shared>, pages: Pages) -> Arc<PageRegistry> {
    Arc::new(PageRegistry::new(pages, String::new(), shared.clone(), Arc::<Topics>::default()))
}

fn asked() -> Asked {
    Asked { page: PageId::random(), view: PageId::random() }
}

/// A sender has found the connection closed, and another one has replaced it before the message is kept.
#[tokio::test]
async fn a_message_does_not_wait_beside_a_newer_connection() {
    let shared = Arc::<Shared>::default();
    let registry = registry(&shared, Pages::new());
    let [older, newer, ..] = &connections(&shared)[..] else { panic!("connections") };
    let (cookie, asked) = (BrowserCookie::new(None), asked());
    let mut session = None;
    for connection in [older, newer] {
        connection.mailbox.open();
        let (page, resumed) = registry.open(&cookie, Some(asked), connection, Speaks::Protocol).unwrap();
        registry.greet(&page, connection, resumed, &Hello::default(), &mut drop);
        session = Some(page);
    }
    let (session, limits) = (session.unwrap(), QueueLimits { messages: 10, bytes: 1000 });
    let send = |gone| session.page().send_once(&"late".into(), Some(gone), limits, &shared.stats);
    assert!(send(older.id).is_queued());
    assert!(newer.mailbox.take().is_some());
    assert!(send(newer.id).is_queued());
    assert!(newer.mailbox.take().is_none(), "it waits for the next connection");
}

/// The server closes the connection while its hello arrives.
#[tokio::test]
async fn messages_wait_if_the_connection_closes_before_its_greeting() {
    let shared = Arc::<Shared>::default();
    let registry = registry(&shared, Pages::new());
    let [older, newer, ..] = &connections(&shared)[..] else { panic!("connections") };
    let (cookie, asked) = (BrowserCookie::new(None), asked());
    let (page, _) = registry.open(&cookie, Some(asked), older, Speaks::Protocol).unwrap();
    for (qos, name) in [(Qos::AtMostOnce, "a"), (Qos::ExactlyOnce, "b"), (Qos::AtMostOnce, "c")] {
        assert!(page.with_qos(qos).send_event(name, &()).is_queued());
    }
    older.close(Close::normal());
    registry.greet(&page, older, false, &Hello::default(), &mut drop);
    let (page, resumed) = registry.open(&cookie, Some(asked), newer, Speaks::Protocol).unwrap();
    registry.greet(&page, newer, resumed, &Hello::default(), &mut drop);
    let names = std::iter::from_fn(|| newer.mailbox.take()).map(|mail| match mail {
        Mail::Send(message) => message,
        Mail::Protocol(message) => *message,
        other => panic!("{other:?}"),
    });
    let names = names.map(|message| match message {
        Message::Text(text) => text.to_string(),
        other => panic!("{other:?}"),
    });
    let [a, b, c] = &names.collect::<Vec<_>>()[..] else { panic!("three messages") };
    assert!(a.contains("\"a\"") && b.contains("\"b\"") && c.contains("\"c\""), "{a} {b} {c}");
}
