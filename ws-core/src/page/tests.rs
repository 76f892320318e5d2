//! The memory of page sessions, and the order of a greeting.

use std::sync::Arc;

use super::wire::Hello;
use super::{Asked, PageId, PageRegistry, Pages, Speaks};
use crate::connection::{Connection, Request};
use crate::handshake::session::BrowserCookie;
use crate::hub::Topics;
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
    let registry = PageRegistry::new(Pages::new(), String::new(), shared.clone(), Arc::<Topics>::default());
    let registry = Arc::new(registry);
    let connections = connections(&shared);
    let cookies: Vec<_> = (0..PAGES).map(|_| BrowserCookie::new(None)).collect();
    let attached = bytes_for_each(|| {
        for (cookie, connection) in cookies.iter().zip(&connections) {
            let (page, _) = registry.open(cookie, None, connection, Speaks::Protocol).unwrap();
            registry.greet(&page, connection, false, &Hello::default(), &mut drop);
        }
    });
    // The welcome waits in the mailbox, since no task runs the connection.
    let welcomes =
        bytes_for_each(|| connections.iter().for_each(|connection| drop(connection.mailbox.shut())));
    let detaching = bytes_for_each(|| connections.iter().for_each(|connection| registry.detach(connection)));
    let (with, without) = (attached + welcomes, attached + welcomes + detaching);
    println!("with a connection {with} bytes, without one {without} bytes");
    assert!((300..540).contains(&with), "{with} bytes");
    assert!((300..540).contains(&without), "{without} bytes");
}

/// The welcome of a handler of the user's passes the mailbox, as the messages of topics do.
#[tokio::test]
async fn the_connection_of_a_handler_is_subscribed_after_its_welcome() {
    let (shared, topics) = (Arc::<Shared>::default(), Arc::<Topics>::default());
    let registry = PageRegistry::new(Pages::new(), String::new(), shared.clone(), topics.clone());
    let registry = Arc::new(registry);
    let (cookie, connections) = (BrowserCookie::new(None), connections(&shared));
    let id = PageId::random();
    let asked = Some(Asked { page: id, view: id });
    let (page, _) = registry.open(&cookie, asked, &connections[0], Speaks::Protocol).unwrap();
    assert!(page.subscribe("news"));
    registry.detach(&connections[0]);
    let (page, resumed) = registry.open(&cookie, asked, &connections[1], Speaks::Events(true)).unwrap();
    let mut welcomes = 0;
    registry.greet(&page, &connections[1], resumed, &Hello::default(), &mut |welcome| {
        assert!(welcome.contains(r#""news":{"recovered":false}"#), "{welcome}");
        assert!(topics.subscribers("news").is_empty(), "a message could come before the welcome");
        welcomes += 1;
    });
    assert_eq!((welcomes, topics.subscribers("news")), (1, vec![connections[1].id]));
}
