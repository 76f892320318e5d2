//! User code that calls the hub at a time when the hub might be locked: in drops, in `#[outgoing]`, and in callbacks
//! that fail.

use std::io;

use bytes::Bytes;
use ws_core::Overflow;
use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};

use super::recv_text;

/// Publishes when it is dropped.
struct LastWords(Hub, Notes);

impl Drop for LastWords {
    fn drop(&mut self) {
        let reached = self.0.publish("room", "last words");
        let present = self.0.present("room").len();
        self.1.add(format!("reached {}, {present} present", reached.queued));
    }
}

/// Subscribes to the room.
#[derive(Default)]
struct Guest;

#[websocket]
impl Guest {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> &'static str {
        cx.subscribe("room");
        "there"
    }

    #[info]
    fn last_words(&mut self, _: LastWords) {}
}

/// The connections' tasks share the test's thread, so the mailbox is still full when the next message is published.
#[tokio::test]
async fn an_info_dropped_for_a_message_may_publish_to_the_same_topic() {
    let notes = Notes::default();
    let server = Server::start(
        App::new().mount::<Guest>("/", ()).mailbox_messages(1).mailbox_overflow(Overflow::DropOldest),
    )
    .await;
    let mut client = Raw::connect(server.addr, "/").await;
    assert_eq!(recv_text(&mut client).await, "there");
    let socket = server.app.sockets::<Guest>().pop().expect("a connection");
    let hub = server.app.hub();
    socket.info(LastWords(hub.clone(), notes.clone()));
    assert_eq!(hub.publish("room", "takes its place").queued, 1);
    assert_eq!(notes.all(), ["reached 1, 0 present"]);
    assert_eq!(recv_text(&mut client).await, "last words");
}

/// Repeats each published message once, and fails at `fail`.
struct Echo;

#[websocket]
impl Echo {
    #[init]
    fn enter(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.subscribe("echo");
        Self
    }

    #[outgoing]
    fn outgoing(&mut self, message: Message, cx: &mut Context<Self>) -> io::Result<Message> {
        match &message {
            Message::Text(text) if text == "fail" => Err(io::Error::other("as asked")),
            Message::Text(text) if text == "once" => {
                let reached = cx.app().hub().publish("echo", "again");
                Ok(format!("once, reached {}", reached.queued).into())
            }
            _ => Ok(message),
        }
    }
}

#[tokio::test]
async fn z13_outgoing_may_publish_to_its_own_topic_and_an_error_of_it_closes() {
    let server = Server::start(App::new().mount::<Echo>("/", ())).await;
    let mut clients = [Raw::connect(server.addr, "/").await, Raw::connect(server.addr, "/").await];
    server.app.hub().publish("echo", "once");
    for client in &mut clients {
        assert_eq!(recv_text(client).await, "once, reached 2");
        assert_eq!(recv_text(client).await, "again");
        assert_eq!(recv_text(client).await, "again");
    }
    server.app.hub().publish("echo", "fail");
    for client in &mut clients {
        assert_eq!(client.read().await.expect("a close").close().0, 1011);
    }
    assert_eq!(server.app.stats().ended("failed"), 2);
}

/// A payload type of the user's own that panics when it is dropped.
struct Unlucky;

impl AsRef<[u8]> for Unlucky {
    fn as_ref(&self) -> &[u8] {
        b"unlucky"
    }
}

impl Drop for Unlucky {
    fn drop(&mut self) {
        panic!("on purpose, when a payload is dropped");
    }
}

struct Sender(Notes);

#[websocket]
impl Sender {
    #[init]
    fn enter(State(notes): State<Notes>, upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.subscribe("senders");
        Self(notes)
    }

    #[text]
    fn send(&mut self, _: &str, cx: &mut Context<Self>) {
        cx.send(Bytes::from_owner(Unlucky));
        cx.send(Bytes::from_owner(Unlucky));
        panic!("on purpose, before they are sent");
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(reason.kind());
    }
}

#[tokio::test]
async fn c12_payloads_that_panic_when_they_are_dropped_do_not_keep_terminate_from_running() {
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<Sender>("/", ()).state(notes.clone())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"go").await;
    notes.seen("panic").await;
    assert_eq!(client.read().await.expect("a close").close().0, 1011);
    assert!(server.app.hub().topics().is_empty());
    assert_eq!(notes.count("panic"), 1);
}
