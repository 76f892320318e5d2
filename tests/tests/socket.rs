//! `Socket`, a connection's handle, used from other tasks (Z4) and from threads without a runtime (B6), and its bounded
//! mailbox.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use ws_core::prelude::*;
use ws_core::{CloseCode, Delivery, Overflow, Reason, Route};
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, CLOSE, Frame, HEADERS, PING, Raw, TEXT};
use ws_tests::{Server, until, within};

use Delivery::{Dropped, Gone, Queued};

struct Word(String);
struct Number(u32);

/// Echoes its infos.
struct Notified(Notes);

#[websocket]
impl Notified {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[info]
    fn word(&mut self, Word(word): Word) -> String {
        word
    }

    #[info]
    fn number(&mut self, Number(number): Number) -> String {
        number.to_string()
    }

    #[text]
    fn received(&mut self, cx: &mut Context<Self>) -> String {
        format!("{} {}", cx.id(), cx.socket().is_open())
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate, cx: &mut Context<Self>) {
        let socket = cx.socket();
        self.0.add(format!("{}: {:?}, {}", reason.kind(), socket.send("late"), socket.is_open()));
    }
}

/// Starts `app` and connects a client. Returns the client's handle, too.
async fn connected(app: App) -> (Server, Notes, Raw, Socket<Notified>) {
    let notes = Notes::default();
    let server = Server::start(app.mount::<Notified>("/", ()).state(notes.clone())).await;
    let client = Raw::connect(server.addr, "/").await;
    let socket = server.app.sockets::<Notified>().pop().expect("a connection");
    (server, notes, client, socket)
}

async fn recv_text(client: &mut Raw) -> String {
    let frame = client.read().await.expect("a message");
    assert_eq!(frame.opcode, TEXT, "{frame:?}");
    frame.text().to_owned()
}

/// Sends five infos without an await. The connections' tasks share the test's thread, so the mailbox holds them all.
fn fill(socket: &Socket<Notified>, words: [&str; 5]) -> [Delivery; 5] {
    words.map(|word| socket.info(Word(word.to_owned())))
}

#[tokio::test]
async fn z4_any_task_may_send() {
    let (_server, _, mut client, socket) = connected(App::new()).await;
    let task = tokio::spawn(async move { (socket.send("sent"), socket.info(Number(1))) });
    assert_eq!(within(task).await.expect("no panic"), (Queued, Queued));
    assert_eq!(recv_text(&mut client).await, "sent");
    assert_eq!(recv_text(&mut client).await, "1");
}

#[tokio::test]
async fn b6_a_thread_without_a_runtime_may_send_and_its_order_is_kept() {
    let (_server, _, mut client, socket) = connected(App::new()).await;
    let thread = thread::spawn(move || {
        assert!(tokio::runtime::Handle::try_current().is_err(), "this thread has no runtime");
        for number in (0..200).step_by(4) {
            assert_eq!(socket.info(Number(number)), Queued);
            assert_eq!(socket.send((number + 1).to_string()), Queued);
            assert_eq!(socket.info(Word((number + 2).to_string())), Queued);
            assert_eq!(socket.send((number + 3).to_string()), Queued);
        }
        socket.close(CloseCode::NORMAL, "all sent")
    });
    for number in 0..200 {
        assert_eq!(recv_text(&mut client).await, number.to_string());
    }
    let close = client.read().await.expect("a close");
    assert_eq!(close.close(), (1000, "all sent"));
    assert_eq!(thread.join().expect("no panic"), Queued);
}

#[tokio::test]
async fn z4_a_sleeping_connection_wakes_for_its_mail() {
    let (_server, _, mut client, socket) = connected(App::new()).await;
    assert!(client.is_silent_for(Duration::from_millis(50)).await);
    assert_eq!(socket.send("wake up"), Queued);
    assert_eq!(recv_text(&mut client).await, "wake up");
}

#[tokio::test]
async fn z4_an_empty_message_is_sent_as_one() {
    let (_server, _, mut client, socket) = connected(App::new()).await;
    let messages =
        [Message::from(""), Message::from(Vec::new()), Message::Ping(ws_core::ControlPayload::default())];
    for (message, opcode) in messages.into_iter().zip([TEXT, BINARY, PING]) {
        assert_eq!(socket.send(message), Queued);
        assert_eq!(client.read().await, Some(Frame { fin: true, opcode, payload: Vec::new() }));
    }
}

#[tokio::test]
async fn z4_every_kind_of_message_can_be_sent_and_a_close_ends_it() {
    let (_server, notes, mut client, socket) = connected(App::new()).await;
    assert_eq!(socket.send(vec![1, 2]), Queued);
    assert_eq!(client.read().await, Some(Frame { fin: true, opcode: BINARY, payload: vec![1, 2] }));
    assert_eq!(socket.send("before"), Queued);
    assert_eq!(socket.send(Close::new(CloseCode::POLICY, Reason::truncated("no"))), Queued);
    assert_eq!(socket.send("after"), Gone);
    assert!(!socket.is_open());
    assert_eq!(recv_text(&mut client).await, "before");
    assert_eq!(client.read().await.expect("a close").close(), (1008, "no"));
    notes.seen("stop: Gone, false").await;
}

// RFC 6455 5.5.1: "the client … MAY close the connection at any time after sending and receiving a Close message"
#[tokio::test]
async fn z4_a_close_goes_after_earlier_messages_and_nothing_goes_after_it() {
    let (server, notes, mut client, socket) = connected(App::new()).await;
    let other = socket.clone();
    assert_eq!(socket.info(Word("before".to_owned())), Queued);
    assert_eq!(socket.close(CloseCode::from_static(4000), "enough"), Queued);
    assert_eq!(other.info(Word("after".to_owned())), Gone);
    assert_eq!(other.close(CloseCode::NORMAL, "again"), Gone);
    assert_eq!(recv_text(&mut client).await, "before");
    assert_eq!(client.read().await.expect("a close").close(), (4000, "enough"));
    client.close(4000, "").await;
    drop(client);
    notes.seen("stop: Gone, false").await;
    until(|| server.app.stats().open == 0).await;
    assert_eq!((other.send("x"), other.is_open()), (Gone, false), "a handle outlives its connection");
}

#[tokio::test]
async fn z4_a_closed_socket_returns_gone_however_it_closed() {
    let (server, notes, client, socket) = connected(App::new()).await;
    drop(client);
    notes.seen("lost: Gone, false").await;
    assert_eq!((socket.send("x"), socket.info(Number(1)), socket.is_open()), (Gone, Gone, false));
    assert!(
        server.app.sockets::<Notified>().is_empty() && server.app.socket::<Notified>(socket.id()).is_none()
    );
}

/// `send_json` serializes the value. If that fails, it returns the error and sends nothing.
#[tokio::test]
async fn b6_json_is_sent_as_text() {
    let (_server, _, mut client, socket) = connected(App::new()).await;
    let price = ("ACME", 4200);
    assert_eq!(socket.send_json(&price).expect("a tuple is JSON"), Queued);
    let no_json = HashMap::from([((1, 2), "keys of JSON are strings")]);
    socket.send_json(&no_json).expect_err("not JSON");
    assert_eq!(socket.send_json(&price).expect("a tuple is JSON"), Queued);
    for _ in 0..2 {
        assert_eq!(recv_text(&mut client).await, r#"["ACME",4200]"#);
    }
}

#[tokio::test]
async fn z4_each_connection_has_a_number_of_its_own() {
    let (server, _, mut first, socket) = connected(App::new()).await;
    let mut second = Raw::connect(server.addr, "/").await;
    let sockets = server.app.sockets::<Notified>();
    assert_eq!(sockets.len(), 2);
    let other = sockets.iter().find(|other| **other != socket).expect("the second connection");
    assert!(server.app.socket::<Notified>(other.id()).as_ref() == Some(other));
    assert_ne!(socket.id(), other.id());
    for (client, socket) in [(&mut first, &socket), (&mut second, other)] {
        assert!(socket.is_open());
        client.frame(TEXT, b"?").await;
        assert_eq!(recv_text(client).await, format!("{} true", socket.id()));
    }
}

#[tokio::test]
async fn a_mailbox_that_three_fill_closes_with_1013_by_default() {
    let (server, notes, mut client, socket) = connected(App::new().mailbox_messages(3)).await;
    assert_eq!(fill(&socket, ["a", "b", "c", "d", "e"]), [Queued, Queued, Queued, Dropped, Gone]);
    assert!(!socket.is_open());
    let frame = client.read().await.expect("a close");
    assert_eq!(frame.close().0, 1013);
    notes.seen("overflow: Gone, false").await;
    assert_eq!(server.app.stats().dropped, 1);
    assert_eq!(server.app.stats().ended("overflow"), 1);
}

#[tokio::test]
async fn a_mailbox_that_three_fill_may_drop_the_oldest() {
    let (server, _, mut client, socket) =
        connected(App::new().mailbox_messages(3).mailbox_overflow(Overflow::DropOldest)).await;
    assert_eq!(fill(&socket, ["a", "b", "c", "d", "e"]), [Queued; 5]);
    for word in ["c", "d", "e"] {
        assert_eq!(recv_text(&mut client).await, word);
    }
    assert_eq!(server.app.stats().dropped, 2);
    assert_eq!(socket.send("there is room again"), Queued);
    assert_eq!(recv_text(&mut client).await, "there is room again");
}

#[tokio::test]
async fn a_mailbox_that_three_fill_may_drop_the_newest() {
    let (server, _, mut client, socket) =
        connected(App::new().mailbox_messages(3).mailbox_overflow(Overflow::DropNewest)).await;
    assert_eq!(fill(&socket, ["a", "b", "c", "d", "e"]), [Queued, Queued, Queued, Dropped, Dropped]);
    for word in ["a", "b", "c"] {
        assert_eq!(recv_text(&mut client).await, word);
    }
    assert_eq!(server.app.stats().dropped, 2);
    assert_eq!(socket.send("there is room again"), Queued);
    assert_eq!(recv_text(&mut client).await, "there is room again");
}

#[tokio::test]
async fn a_mailbox_is_bounded_by_bytes_too() {
    let (server, _, mut client, socket) = connected(
        App::new().mailbox_messages(256).mailbox_bytes(4096).mailbox_overflow(Overflow::DropNewest),
    )
    .await;
    let kib = "x".repeat(1200);
    let sent: Vec<_> = (0..4).map(|_| socket.send(kib.as_str())).collect();
    assert_eq!(sent, [Queued, Queued, Queued, Dropped]);
    // A close always has room.
    assert_eq!(socket.close(CloseCode::NORMAL, ""), Queued);
    for _ in 0..3 {
        assert_eq!(recv_text(&mut client).await.len(), 1200);
    }
    assert_eq!(client.read().await.expect("a close").opcode, CLOSE);
    assert_eq!(server.app.stats().dropped, 1);
}

mod declared {
    use super::*;

    #[websocket("/declared", mailbox(messages = 3, overflow = "drop_oldest"))]
    #[derive(Default)]
    struct Declared;

    #[websocket]
    impl Declared {}

    #[tokio::test]
    async fn the_attribute_declares_the_mailbox() {
        let server = Server::start(App::discover_in(module_path!())).await;
        let mut client = Raw::connect(server.addr, "/declared").await;
        let socket = server.app.sockets::<Declared>().pop().expect("a connection");
        assert_eq!(["a", "b", "c", "d"].map(|word| socket.send(word)), [Queued; 4]);
        for word in ["b", "c", "d"] {
            assert_eq!(recv_text(&mut client).await, word);
        }
        assert_eq!(server.app.stats().dropped, 1);
    }
}

/// Keeps the name in its path.
struct Named;

struct Name(String);

#[websocket]
impl Named {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        let name = upgrade.params().get("name").unwrap_or_default().to_owned();
        assert!(upgrade.keep(Name(name)));
        assert!(!upgrade.keep("a second value"));
        Self
    }

    #[text]
    fn name(&mut self, cx: &mut Context<Self>) -> Option<String> {
        Some(cx.kept::<Name>()?.0.clone())
    }
}

#[tokio::test]
async fn a_socket_has_the_properties_of_its_connection() {
    let app = App::new().route(Route::new::<Named>("/named/{name}").subprotocols(["v1"]));
    let server = Server::start(app).await;
    let mut client = Raw::open(server.addr).await;
    let headers = [&HEADERS[..], &[("Sec-WebSocket-Protocol", "v2, v1")]].concat();
    assert_eq!(client.request("GET", "/named/ann", &headers).await.status, 101);
    let socket = server.app.sockets::<Named>().pop().expect("a connection");
    assert_eq!((socket.path(), socket.params().get("name")), ("/named/ann", Some("ann")));
    assert_eq!(socket.peer_addr(), Some(client.stream.local_addr().expect("an address")));
    assert_eq!(socket.subprotocol(), Some("v1"));
    assert_eq!(socket.kept::<Name>().map(|name| &*name.0), Some("ann"));
    assert!(socket.kept::<u8>().is_none(), "another type");
    client.frame(TEXT, b"name").await;
    assert_eq!(recv_text(&mut client).await, "ann");
    drop(client);
    until(|| !socket.is_open()).await;
    assert_eq!((socket.path(), socket.kept::<Name>().is_some()), ("/named/ann", true), "also after its end");
}

/// Panics when it is dropped.
struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("boom");
    }
}

struct Careless;

#[websocket]
impl Careless {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.keep(Explosive);
        Self
    }
}

#[tokio::test]
async fn a_kept_value_that_panics_when_it_is_dropped_harms_nobody() {
    let server = Server::start(App::new().mount::<Careless>("/", ())).await;
    let client = Raw::connect(server.addr, "/").await;
    let socket = server.app.sockets::<Careless>().pop().expect("a connection");
    drop(client);
    until(|| server.app.stats().open == 0).await;
    // The last handle: a panic would fail this test.
    drop(socket);
    Raw::connect(server.addr, "/").await;
}

/// A callback may hold a shared reference to its context across an await, whatever its infos are.
#[test]
fn a_context_is_sync() {
    const fn is_sync<T: Sync>() {}
    is_sync::<Context<Notified>>();
}
