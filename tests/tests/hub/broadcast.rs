//! B5: one value for every open connection of a handler.

use std::iter::repeat_n;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ws_core::prelude::*;
use ws_core::{Delivery, DeliveryCounts, Overflow};
use ws_tests::Server;
use ws_tests::raw::Raw;

use super::recv_text;

fn queued(count: usize) -> DeliveryCounts {
    repeat_n(Delivery::Queued, count).collect()
}

/// Counts its drops. The value is not `Clone`, and is dropped after all connections have received it.
struct News(&'static str, Arc<AtomicUsize>);

impl Drop for News {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::AcqRel);
    }
}

struct Number(u32);

#[derive(Default)]
struct Reader(u32);

#[websocket]
impl Reader {
    #[broadcast]
    async fn news(&mut self, news: &News) -> String {
        tokio::task::yield_now().await;
        self.0 += 1;
        format!("{} {}", news.0, self.0)
    }

    #[broadcast]
    fn number(&mut self, cx: &mut Context<Self>, Number(number): &Number) {
        cx.send(number.to_string());
    }

    /// Receives the same type as an info, when it is sent to one connection.
    #[info]
    fn notified(&mut self, Number(number): Number) -> String {
        format!("{number} for me")
    }
}

#[websocket("/page")]
mod page {
    use super::Number;

    #[derive(Default)]
    pub(super) struct Page;

    #[broadcast]
    fn number(_: &mut Page, number: &Number) -> String {
        format!("page {}", number.0)
    }
}

use page::Page;

fn app() -> App {
    App::new().mount::<Reader>("/reader", ()).mount::<Page>("/page", ())
}

#[tokio::test]
async fn b5_every_live_connection_of_the_handler_receives_it_and_no_other() {
    let server = Server::start(app()).await;
    let (app, dropped) = (&server.app, Arc::new(AtomicUsize::new(0)));
    assert_eq!(app.broadcast::<Reader>(Number(1)), queued(0));
    let mut readers =
        [Raw::connect(server.addr, "/reader").await, Raw::connect(server.addr, "/reader").await];
    let mut page = Raw::connect(server.addr, "/page").await;
    assert_eq!(app.broadcast::<Reader>(News("rain", dropped.clone())), queued(2));
    assert_eq!(app.broadcast::<Reader>(Number(2)), queued(2));
    assert_eq!(app.broadcast::<Page>(Number(3)), queued(1));
    for reader in &mut readers {
        assert_eq!(recv_text(reader).await, "rain 1");
        assert_eq!(recv_text(reader).await, "2");
    }
    assert_eq!(recv_text(&mut page).await, "page 3");
    assert_eq!(dropped.load(Ordering::Acquire), 1, "one value, shared by two connections");
    assert_eq!(app.stats().published, 4);
    for socket in app.sockets::<Reader>() {
        socket.info(Number(4));
    }
    assert_eq!(recv_text(&mut readers[0]).await, "4 for me");
}

#[tokio::test]
async fn b5_any_process_may_broadcast_a_thread_without_a_runtime_too() {
    let server = Server::start(app()).await;
    let mut reader = Raw::connect(server.addr, "/reader").await;
    let app = server.app.clone();
    let thread = thread::spawn(move || {
        assert!(tokio::runtime::Handle::try_current().is_err(), "this thread has no runtime");
        (0..100).map(|number| app.broadcast::<Reader>(Number(number)).queued).sum::<usize>()
    });
    for number in 0..100 {
        assert_eq!(recv_text(&mut reader).await, number.to_string());
    }
    assert_eq!(thread.join().expect("no panic"), 100);
}

#[tokio::test]
async fn b5_a_connection_that_is_too_slow_loses_it_as_declared() {
    let server = Server::start(app().mailbox_messages(2).mailbox_overflow(Overflow::DropNewest)).await;
    let mut reader = Raw::connect(server.addr, "/reader").await;
    let reached = [1, 2, 3].map(|number| server.app.broadcast::<Reader>(Number(number)));
    assert_eq!(reached, [queued(1), queued(1), DeliveryCounts::from_iter([Delivery::Dropped])]);
    assert_eq!(recv_text(&mut reader).await, "1");
    assert_eq!(recv_text(&mut reader).await, "2");
    assert_eq!(server.app.stats().dropped, 1);
}

struct Of<T>(T);

struct Relay<T>(std::marker::PhantomData<fn() -> T>);

#[websocket]
impl<T: ToString + Send + Sync + 'static> Relay<T> {
    #[init]
    fn new() -> Self {
        Self(std::marker::PhantomData)
    }

    #[broadcast]
    fn of(&mut self, of: &Of<T>) -> String {
        of.0.to_string()
    }
}

#[tokio::test]
async fn b5_a_generic_handler_receives_broadcasts_of_its_own_type() {
    let server = Server::start(App::new().mount::<Relay<u8>>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    assert_eq!(server.app.broadcast::<Relay<u8>>(Of(7)), queued(1));
    assert_eq!(recv_text(&mut client).await, "7");
}
