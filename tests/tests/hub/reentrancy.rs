//! User code that calls the hub at a time when the hub might be locked: in drops, in `#[outgoing]`, and in callbacks
//! that fail.

use std::io;

use bytes::Bytes;
use ws_core::Overflow;
use ws_core::TopicError;
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

/// Subscribes to the room and watches it. Before it tracks the name in a text, it sends last words to the other
/// connections.
#[derive(Default)]
struct Guest;

#[websocket]
impl Guest {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> &'static str {
        cx.subscribe("room");
        cx.watch("room").expect("few topics");
        "there"
    }

    #[text]
    fn track(&mut self, text: &str, cx: &mut Context<Self>) -> Result<String, TopicError> {
        for other in cx.app().sockets::<Self>().iter().filter(|other| other.id() != cx.id()) {
            other.info(LastWords(cx.app().hub(), cx.state::<Notes>().clone()));
        }
        Ok(cx.track("room", text, &())?.to_string())
    }

    #[info]
    fn changed(&mut self, event: PresenceEvent) -> Option<String> {
        match event {
            PresenceEvent::Joined(entry) => Some(entry.id().to_owned()),
            PresenceEvent::Left(_) => None,
        }
    }

    #[info]
    fn last_words(&mut self, _: LastWords) {}

    #[info]
    fn joins(&mut self, _: Joins) {}
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

#[tokio::test]
async fn an_info_dropped_for_a_presence_event_may_publish_to_the_same_topic() {
    let notes = Notes::default();
    let app = App::new().mount::<Guest>("/", ()).mailbox_messages(1).mailbox_overflow(Overflow::DropOldest);
    let server = Server::start(app.state(notes.clone())).await;
    let mut door = Raw::connect(server.addr, "/").await;
    assert_eq!(recv_text(&mut door).await, "there");
    let mut ann = Raw::connect(server.addr, "/").await;
    assert_eq!(recv_text(&mut ann).await, "there");
    // All in one callback: the last words are in the other mailboxes when the connection tracks.
    ann.frame(TEXT, b"ann").await;
    assert_eq!(recv_text(&mut ann).await, "1");
    assert_eq!(recv_text(&mut door).await, "last words");
    assert_eq!(notes.all(), ["reached 2, 1 present"]);
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

#[derive(Default)]
struct Desk;

#[service]
impl Desk {}

/// Subscribes a member when it is dropped.
struct Joins(Member<Desk>);

impl Drop for Joins {
    fn drop(&mut self) {
        self.0.subscribe("dropped");
    }
}

#[tokio::test]
async fn an_info_dropped_for_a_presence_event_may_subscribe_its_subject() {
    let app = App::new().mount::<Guest>("/", ()).mount_service::<Desk>("/desk");
    let server = Server::start(app.mailbox_messages(1).mailbox_overflow(Overflow::DropOldest)).await;
    let mut door = Raw::connect(server.addr, "/").await;
    assert_eq!(recv_text(&mut door).await, "there");
    let _client = Raw::connect(server.addr, "/desk").await;
    let member = server.app.service::<Desk>().members().pop().expect("a member");
    let socket = server.app.sockets::<Guest>().pop().expect("a connection");
    // The connections' tasks share the test's thread, which blocks here. If the test fails, the other thread may be
    // deadlocked.
    let (done, tracked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        socket.info(Joins(member.clone()));
        done.send(member.track("room", "desk", &()).expect("JSON"))
    });
    let Ok(connections) = tracked.recv_timeout(ws_tests::PATIENCE) else {
        eprintln!("a deadlock, which the end of the connection would run into as well");
        std::process::abort()
    };
    assert_eq!(connections, 1);
    assert_eq!(server.app.hub().count("dropped"), 1);
    assert_eq!(recv_text(&mut door).await, "desk");
}
