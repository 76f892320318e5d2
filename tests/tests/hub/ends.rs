//! Topics and presence when connections end, or are never established.

use std::future::pending;
use std::sync::Arc;
use std::thread;

use ws_core::TopicError;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, TEXT};
use ws_tests::{Server, until, within};

use super::{Flag, Member, app, recv_text};

/// Subscribes, and never returns from `init`.
struct Stuck;

#[websocket]
impl Stuck {
    #[init]
    async fn enter(State(notes): State<Notes>, upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.subscribe("stuck");
        assert_ne!(upgrade.path(), "/panic", "on purpose");
        notes.add("waits");
        pending().await
    }
}

#[tokio::test]
async fn an_init_that_panics_or_whose_client_leaves_is_subscribed_no_more() {
    let notes = Notes::default();
    let app = App::new().mount::<Stuck>("/panic", ()).mount::<Stuck>("/wait", ()).state(notes.clone());
    let server = Server::start(app).await;
    let response = Raw::open(server.addr).await.request("GET", "/panic", &HEADERS).await;
    assert_eq!((response.status, server.app.hub().count("stuck")), (500, 0));
    let mut client = Raw::open(server.addr).await;
    client.send(&ws_tests::raw::request("GET", "/wait", &HEADERS)).await;
    notes.seen("waits").await;
    assert_eq!(server.app.hub().publish("stuck", "who is there?").queued, 1);
    drop(client);
    until(|| server.app.hub().topics().is_empty()).await;
    assert_eq!(server.app.stats().subscriptions, 0);
}

#[tokio::test]
async fn a_socket_of_another_app_is_nobody_to_leave_out() {
    let (server, other) = (Server::start(app()).await, Server::start(app()).await);
    let mut ada = Raw::connect(server.addr, "/a").await;
    let _bob = Raw::connect(other.addr, "/a").await;
    let bob = other.app.sockets::<Member>().pop().expect("a connection");
    assert_eq!(server.app.hub().publish_except(&bob, "a", "to ada").queued, 1);
    assert_eq!(recv_text(&mut ada).await, "to ada");
}

/// Tracks `leaver`, and publishes once more after its connection has ended.
#[derive(Default)]
struct Leaver;

#[websocket]
impl Leaver {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> Result<&'static str, TopicError> {
        cx.subscribe("room");
        cx.track("room", "leaver", &())?;
        Ok("there")
    }

    #[terminate]
    async fn gone(&mut self, cx: &mut Context<Self>) {
        let hub = cx.app().hub();
        let present = hub.present("room").len();
        // A connection that has ended cannot subscribe or track.
        let joined = (cx.subscribe("late"), cx.track("late", "leaver", &()).is_ok());
        hub.publish("room", format!("{present} present, {joined:?}, {} subscribed", hub.count("room")));
        tokio::task::yield_now().await;
        hub.publish("room", "after a wait");
    }
}

#[tokio::test]
async fn terminate_publishes_when_its_connection_has_left() {
    let app = App::new().mount::<Leaver>("/leaver", ()).mount::<Member>("/{topic}", ());
    let server = Server::start(app).await;
    let mut door = Raw::connect(server.addr, "/room").await;
    let mut leaver = Raw::connect(server.addr, "/leaver").await;
    assert_eq!(recv_text(&mut leaver).await, "there");
    drop(leaver);
    assert_eq!(recv_text(&mut door).await, "0 present, (false, false), 1 subscribed");
    assert_eq!(recv_text(&mut door).await, "after a wait");
    assert_eq!(server.app.hub().topics(), ["room".into()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_ends_every_subscriber_while_others_publish() {
    let server = Server::start(
        app()
            .mailbox_messages(1 << 16)
            .mailbox_bytes(16 << 20)
            .mailbox_overflow(ws_core::Overflow::DropNewest),
    )
    .await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(Raw::connect(server.addr, "/a").await);
    }
    let (hub, enough) = (server.app.hub(), Arc::new(Flag::default()));
    let publisher = thread::spawn({
        let (hub, enough) = (hub.clone(), enough.clone());
        move || {
            // Fewer messages than a mailbox holds, so that none is lost.
            for number in (1..60_000).take_while(|_| !enough.is_set()) {
                hub.publish("a", number.to_string());
            }
        }
    });
    let readers = clients.into_iter().map(|mut client| {
        tokio::spawn(async move {
            let mut next = 1;
            loop {
                let frame = client.read().await.expect("a close frame");
                if frame.opcode != TEXT {
                    assert_eq!(frame.close().0, 1001);
                    client.close(1001, "").await;
                    return next;
                }
                assert_eq!(frame.text(), next.to_string(), "no message is missing before the close");
                next += 1;
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    until(|| server.app.stats().messages_out > 8).await;
    let drained = within(server.app.drain(ws_tests::PATIENCE)).await;
    enough.set();
    publisher.join().expect("no panic");
    for reader in readers {
        assert!(within(reader).await.expect("no panic") > 1);
    }
    assert_eq!((drained.ended, drained.left), (8, 0));
    assert!(hub.topics().is_empty());
}
