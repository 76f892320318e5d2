//! Everything that was sent before the end goes out whole before the close frame.

use std::time::Duration;

use futures_util::future::join;
use tokio::sync::watch;
use ws_core::Drained;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, CLOSE, CONTINUATION, Frame, Raw, TEXT};
use ws_tests::{PATIENCE, Server, until, within};

/// The size of a message that takes several fragments and several writes.
const LARGE: usize = 1 << 20;

/// The size of a message that no socket accepts in one write.
const HUGE: usize = 8 << 20;

fn large() -> Vec<u8> {
    bytes(LARGE)
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at % 251).expect("a byte")).collect()
}

struct Line(&'static str);

/// Sends a lot, ends in the requested way, and notes the reason.
struct Speaker {
    notes: Notes,
    gate: watch::Receiver<bool>,
}

#[websocket]
impl Speaker {
    #[init]
    fn new(State(notes): State<Notes>, State(gate): State<watch::Receiver<bool>>) -> Self {
        Self { notes, gate }
    }

    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> Result<Reply, Close> {
        let socket = cx.socket();
        match words {
            "reply" => return Ok(Reply::new().with(large()).close(CloseCode::NORMAL, "")),
            "close_as" => return Ok(Reply::new().with(large()).close_as("enough")),
            "context" => {
                cx.send(large());
                cx.close(CloseCode::NORMAL, "");
                std::future::pending::<()>().await;
            }
            "context, then an error" => {
                cx.send(large());
                return Err(Close::normal());
            }
            "socket" => {
                assert!(socket.send(large()).is_queued());
                assert!(socket.close(CloseCode::NORMAL, "").is_queued());
            }
            "wait" => {
                self.notes.add("waits");
                let _ = self.gate.wait_for(|open| *open).await;
                return Ok(Reply::new().with("the reply"));
            }
            other => panic!("{other}"),
        }
        Ok(Reply::new())
    }

    #[info]
    fn line(&mut self, Line(words): Line) -> &'static str {
        words
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.notes.add(reason.kind());
    }
}

struct Stage {
    server: Server,
    notes: Notes,
    client: Raw,
    gate: watch::Sender<bool>,
}

impl Stage {
    async fn set() -> Self {
        let (notes, (gate, closed)) = (Notes::default(), watch::channel(false));
        let app = App::new().state(notes.clone()).state(closed).mailbox_messages(16).mailbox_bytes(2 * HUGE);
        let app = app.mount::<Speaker>("/", ());
        let server = Server::start(app).await;
        let client = Raw::connect(server.addr, "/").await;
        until(|| server.app.stats().open == 1).await;
        Self { server, notes, client, gate }
    }

    fn socket(&self) -> Socket<Speaker> {
        self.server.app.sockets().pop().expect("a connection")
    }

    fn drain(&self) -> tokio::task::JoinHandle<Drained> {
        let app = self.server.app.clone();
        tokio::spawn(async move { app.drain(PATIENCE).await })
    }

    /// Returns the texts before the close frame, and the code of the close frame.
    async fn recv_until_close(&mut self) -> (Vec<String>, u16) {
        let mut texts = Vec::new();
        loop {
            let frame = self.client.read().await.expect("a close");
            if frame.opcode == CLOSE {
                return (texts, frame.close().0);
            }
            texts.push(frame.text().to_owned());
        }
    }
}

/// Asserts that a message of `size` bytes arrives whole, then the close frame, then nothing.
async fn comes_whole(client: &mut Raw, size: usize, code: u16, how: &str) {
    let (mut message, mut opcode) = (Vec::new(), BINARY);
    loop {
        let Frame { fin, opcode: read, payload } = client.read().await.expect("a fragment");
        assert_eq!(read, opcode, "{how}: after {} bytes", message.len());
        message.extend(payload);
        opcode = CONTINUATION;
        if fin {
            break;
        }
    }
    assert!(message == bytes(size), "{how}: {} bytes, and not those that were sent", message.len());
    assert_eq!(client.read().await.expect("a close").close().0, code, "{how}");
    client.close(code, "").await;
    assert_eq!(client.read().await, None, "{how}");
}

// RFC 6455 6.1: "The frame(s) that have been formed MUST be transmitted over the underlying network connection."
#[tokio::test]
async fn c6_a_large_message_arrives_whole_before_the_close_that_follows_it() {
    for (how, kind) in [
        ("reply", "stop"),
        ("close_as", "stop_as"),
        ("context", "stop"),
        ("context, then an error", "stop"),
        ("socket", "stop"),
    ] {
        let mut stage = Stage::set().await;
        stage.client.frame(TEXT, how.as_bytes()).await;
        // The client does not read for a while, so that the message cannot go out at once.
        until(|| stage.notes.count(kind) == 1).await;
        comes_whole(&mut stage.client, LARGE, 1000, how).await;
        assert_eq!(stage.notes.all(), [kind], "{how}");
    }
}

#[tokio::test]
async fn b6_a_large_message_from_elsewhere_arrives_whole_before_the_close_that_follows_it() {
    let mut stage = Stage::set().await;
    let socket = stage.socket();
    assert!(socket.send(large()).is_queued());
    assert!(socket.close(CloseCode::NORMAL, "").is_queued());
    comes_whole(&mut stage.client, LARGE, 1000, "elsewhere").await;
}

#[tokio::test]
async fn a_large_message_arrives_whole_before_the_close_of_a_drain() {
    for (size, half_out) in [(LARGE, false), (HUGE, false), (HUGE, true)] {
        let mut stage = Stage::set().await;
        assert!(stage.socket().send(bytes(size)).is_queued());
        if half_out {
            until(|| stage.server.app.stats().messages_out == 1).await;
        }
        let handle = stage.server.app.clone();
        let (drained, ()) = within(join(handle.drain(PATIENCE), async {
            comes_whole(&mut stage.client, size, 1001, "drain").await;
            drop(stage.client);
        }))
        .await;
        assert_eq!(ws_tests::drained(&drained), (1, 0, 0));
        assert_eq!(stage.notes.all(), ["drained"]);
    }
}

#[tokio::test]
async fn messages_sent_before_a_drain_go_out_before_its_close() {
    let mut stage = Stage::set().await;
    let socket = stage.socket();
    assert!(socket.send("back at ten").is_queued());
    assert!(socket.info(Line("an info too")).is_queued());
    // The drain begins at once, before the connection takes anything from its mailbox.
    let handle = stage.server.app.clone();
    let (drained, ()) = within(join(handle.drain(PATIENCE), async {
        assert_eq!(
            stage.recv_until_close().await,
            (vec!["back at ten".to_owned(), "an info too".to_owned()], 1001)
        );
        assert!(!socket.send("too late").is_queued());
        drop(stage.client);
    }))
    .await;
    assert_eq!(ws_tests::drained(&drained), (1, 0, 0));
}

#[tokio::test]
async fn messages_sent_before_a_drain_go_out_although_a_callback_still_waits() {
    let mut stage = Stage::set().await;
    stage.client.frame(TEXT, b"wait").await;
    stage.notes.seen("waits").await;
    assert!(stage.socket().send("back at ten").is_queued());
    let draining = stage.drain();
    until(|| stage.server.app.is_draining()).await;
    let frame = stage.client.read().await.expect("a message");
    assert_eq!(frame.text(), "back at ten");
    assert!(stage.client.is_silent_for(Duration::from_millis(50)).await);
    stage.gate.send_replace(true);
    assert_eq!(stage.recv_until_close().await, (vec!["the reply".to_owned()], 1001));
    drop(stage.client);
    assert_eq!(ws_tests::drained(&within(draining).await.expect("no panic")), (1, 0, 0));
}
