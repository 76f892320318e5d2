//! Clients that do not read or do not answer a close, and handlers that send more than their queues hold.

use std::time::Duration;

use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::{CloseCode, Delivery};
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, PING, PONG, Raw, TEXT};
use ws_tests::{PATIENCE, Server, pass, until, within};

/// More bytes than the system's buffers hold for a loopback connection.
const FLOOD: usize = 32 << 20;

struct Word;

/// Sends a lot when asked.
struct Busy(Notes);

#[websocket]
impl Busy {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> Vec<Message> {
        match words {
            "one large message" => return vec![Message::from(vec![7; FLOOD])],
            "two large messages" => return vec![Message::from(vec![7; FLOOD]); 2],
            "send too many bytes" => {
                let mebibyte = Bytes::from(vec![7; 1 << 20]);
                let queued = (0..20).take_while(|_| cx.send(mebibyte.clone()).is_queued()).count();
                self.0.add(format!("{queued} queued, then {:?}", cx.send("x")));
            }
            "send too many messages" => {
                let queued = (0..1_000_000).take_while(|_| cx.send("").is_queued()).count();
                assert!((200_000..500_000).contains(&queued), "{queued}");
                self.0.add(format!("many queued, then {:?}", cx.send("x")));
            }
            "set too many timers" => {
                for _ in 0..65_537 {
                    cx.notify_after(Duration::from_secs(60), Word);
                }
            }
            "close, then send" => {
                let deliveries =
                    [cx.close(CloseCode::NORMAL, ""), cx.send("late"), cx.close(CloseCode::POLICY, "")];
                self.0.add(format!("{deliveries:?}"));
            }
            _ => {}
        }
        vec![Message::from(words)]
    }

    #[info]
    fn word(&mut self, Word: Word) {}

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(reason.kind());
    }
}

async fn connect_and_send(app: App, words: &str) -> (Server, Notes, Raw) {
    let notes = Notes::default();
    let server = Server::start(app.mount::<Busy>("/", ()).state(notes.clone())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, words.as_bytes()).await;
    (server, notes, client)
}

#[tokio::test]
async fn c13_a_client_that_does_not_read_overflows_its_mailbox_with_1013() {
    let app = App::new().mailbox_messages(8);
    let (server, notes, client) = connect_and_send(app, "one large message").await;
    until(|| server.app.stats().messages_out == 1).await;
    let socket = server.app.sockets::<Busy>().pop().expect("a connection");
    let sent = within(async {
        loop {
            match socket.send(vec![7; 512 << 10]) {
                Delivery::Queued => tokio::time::sleep(Duration::from_millis(1)).await,
                full => break full,
            }
        }
    });
    assert_eq!(sent.await, Delivery::Dropped);
    notes.seen("overflow").await;
    assert!(!socket.is_open());
    assert_eq!((server.app.stats().dropped, server.app.stats().ended("overflow")), (1, 1));
    drop(client);
    until(|| server.app.stats().open == 0).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_does_not_hold_back_a_drain_nor_count_as_a_callback() {
    for words in ["one large message", "two large messages"] {
        let (server, notes, _client) = connect_and_send(App::new(), words).await;
        until(|| server.app.stats().messages_out > 0).await;
        let drained = within(server.app.drain(Duration::from_millis(500))).await;
        assert_eq!((drained.ended, drained.aborted, drained.left), (1, 0, 0), "{words}");
        assert_eq!(notes.all(), ["drained"]);
    }
}

// RFC 6455 5.5.2: "It SHOULD respond with Pong frame as soon as is practical."
#[tokio::test]
async fn a_ping_is_answered_behind_the_large_message_that_is_going_out() {
    let (server, _, mut client) = connect_and_send(App::new(), "one large message").await;
    until(|| server.app.stats().messages_out == 1).await;
    client.frame(PING, b"meanwhile").await;
    let large = client.read().await.expect("the message");
    assert_eq!((large.fin, large.opcode, large.payload.len()), (true, BINARY, FLOOD));
    let pong = client.read().await.expect("a pong");
    assert_eq!((pong.opcode, pong.text()), (PONG, "meanwhile"));
}

// RFC 6455 5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message"
#[tokio::test]
async fn a_message_sent_while_a_large_one_goes_out_does_not_stand_within_it() {
    let (server, _, mut client) = connect_and_send(App::new(), "one large message").await;
    until(|| server.app.stats().messages_out == 1).await;
    let socket = server.app.sockets::<Busy>().pop().expect("a connection");
    assert!(socket.send("after it").is_queued());
    let large = client.read().await.expect("the message");
    assert_eq!((large.fin, large.opcode, large.payload.len()), (true, BINARY, FLOOD));
    assert_eq!(client.read().await.expect("the next message").text(), "after it");
}

#[tokio::test]
async fn c13_a_handler_that_sends_more_than_there_is_room_for_is_1013() {
    for (words, noted) in [
        ("send too many bytes", Some("15 queued, then Gone")),
        ("send too many messages", Some("many queued, then Gone")),
        ("set too many timers", None),
    ] {
        let (_server, notes, mut client) = connect_and_send(App::new(), words).await;
        let last = loop {
            let frame = client.read().await.expect("a close");
            if frame.opcode >= 8 {
                break frame;
            }
        };
        assert_eq!(last.close().0, 1013, "{words}");
        notes.seen("overflow").await;
        assert!(noted.is_none_or(|noted| notes.count(noted) == 1), "{:?}", notes.all());
    }
}

// RFC 6455 6.1: "The endpoint MUST ensure the WebSocket connection is in the OPEN state"
#[tokio::test]
async fn c6_after_a_close_nothing_more_is_taken() {
    let (_server, notes, mut client) = connect_and_send(App::new(), "close, then send").await;
    assert_eq!(client.read().await.expect("a close").close().0, 1000);
    notes.seen("stop").await;
    assert_eq!(notes.all()[0], "[Queued, Gone, Gone]");
}

#[tokio::test]
async fn c12_a_client_that_does_not_answer_a_close_does_not_hold_back_terminate_and_is_let_go() {
    let (server, notes, mut client) = connect_and_send(App::new(), "hello").await;
    assert_eq!(client.read().await.expect("a message").text(), "hello");
    let begun = Instant::now();
    assert!(server.app.sockets::<Busy>()[0].close(CloseCode::NORMAL, "").is_queued());
    assert_eq!(client.read().await.expect("a close").close().0, 1000);
    notes.seen("stop").await;
    assert!(begun.elapsed() < PATIENCE / 2, "terminate does not wait for the client");
    assert_eq!(server.app.stats().open, 1, "the stream waits for the client");
    pass(Duration::from_secs(5)).await;
    assert_eq!(client.read().await, None);
    until(|| server.app.stats().open == 0).await;
}
