//! The close sequence of RFC 6455 7.1.1: the server sends its close frame, receives the client's, ends its half of the
//! stream, and reads the client's half to its end. So the client receives the close code and reason, however much data
//! it still has in flight. Unread data would make TCP reset the connection, which is why these tests run over TCP.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;
use ws_core::prelude::*;
use ws_core::{CloseCode, Route};
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, CLOSE, CONTINUATION, Raw, TEXT, frame, read_frame};
use ws_tests::{PATIENCE, Server, pass, until, within};

const MIB: usize = 1 << 20;
/// More bytes than the system's buffers hold for one connection: they all go out only if the server reads them.
const UNDER_WAY: usize = 4 * MIB;
/// More messages of `UNDER_WAY` bytes than the system's buffers hold.
const MANY: usize = 16;

struct Subject {
    notes: Notes,
    gate: Arc<Notify>,
}

#[websocket]
impl Subject {
    #[init]
    fn new(State(notes): State<Notes>, State(gate): State<Arc<Notify>>) -> Self {
        Self { notes, gate }
    }

    #[text]
    async fn received(&mut self, words: &str) -> Result<Vec<Message>, Close> {
        match words {
            "panic" => panic!("boom"),
            "formatted" => {
                Err(Close::new(CloseCode::from_static(4002), format!("{words} {}", "é".repeat(60))))
            }
            "close" => Err(Close::new(CloseCode::from_static(4001), "enough")),
            "one" => Ok(vec![vec![1; 3 * UNDER_WAY].into()]),
            "large" => Ok([1, 2, 3].map(|n| Message::from(vec![n; UNDER_WAY])).into()),
            "many" => Ok(vec![Message::from(vec![1; UNDER_WAY]); MANY]),
            "wait" => {
                let _waiting = self.notes.on_drop("the callback is over");
                self.notes.add("the callback waits");
                self.gate.notified().await;
                Ok(vec!["waited".into()])
            }
            _ => Ok(Vec::new()),
        }
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.notes.add(reason.kind());
    }
}

struct Setting {
    server: Server,
    notes: Notes,
    read: OwnedReadHalf,
    write: OwnedWriteHalf,
}

impl Setting {
    async fn new(close_timeout: Duration) -> Self {
        let notes = Notes::default();
        let route =
            Route::new::<Subject>("/").close_timeout(close_timeout).mailbox_messages(1).mailbox_bytes(MIB);
        let app = App::new().state(notes.clone()).state(Arc::new(Notify::new())).route(route);
        let server = Server::start(app).await;
        let (read, write) = Raw::connect(server.addr, "/").await.stream.into_split();
        Self { server, notes, read, write }
    }

    async fn send(&mut self, bytes: &[u8]) {
        within(self.write.write_all(bytes)).await.expect("the server reads");
    }

    /// Reads a close frame, and nothing else.
    async fn closed(&mut self) -> (u16, String) {
        let mut head = [0; 4];
        within(self.read.read_exact(&mut head)).await.expect("a close frame and no reset");
        assert_eq!(head[0], 0x80 | CLOSE, "{head:x?}");
        let mut reason = vec![0; usize::from(head[1]) - 2];
        within(self.read.read_exact(&mut reason)).await.expect("the reason");
        (u16::from_be_bytes([head[2], head[3]]), String::from_utf8(reason).expect("text"))
    }

    /// Reads to an orderly end of the stream, with no more bytes before it.
    async fn ended(&mut self) {
        let mut more = Vec::new();
        within(self.read.read_to_end(&mut more)).await.expect("an orderly end, not a reset");
        assert_eq!(more, b"");
    }

    async fn over(&self, kind: &str, cut: u64) {
        until(|| self.server.app.stats().open == 0).await;
        let stats = self.server.app.stats();
        assert_eq!((stats.ended(kind), stats.limited("close_timeout")), (1, cut), "{stats:?}");
        assert_eq!(self.notes.count(kind), 1);
    }
}

/// Encodes messages of 1 MiB, with `bytes` bytes of payload in all.
fn messages(bytes: usize) -> Vec<u8> {
    frame(true, BINARY, &vec![7; MIB]).repeat(bytes / MIB)
}

/// Sends `sends`, which makes the server close with `code` and the `Terminate` that `kind` names. The server discards
/// the messages that are in flight after that, but reads them until the client ends its half of the stream.
async fn with_much_under_way(sends: Vec<u8>, code: u16, kind: &str) {
    let mut setting = Setting::new(PATIENCE / 2).await;
    // The client reads nothing until it has sent everything.
    setting.send(&sends).await;
    if kind == "drained" {
        let app = setting.server.app.clone();
        tokio::spawn(async move { app.drain(PATIENCE).await });
        until(|| setting.server.app.is_draining()).await;
    } else if kind == "overflow" {
        let socket = setting.server.app.sockets::<Subject>().pop().expect("a connection");
        while socket.send("x").is_queued() {}
    }
    setting.send(&messages(UNDER_WAY)).await;
    assert_eq!(setting.closed().await.0, code);
    // After a protocol error the server ignores this answer to its close frame, since it no longer parses frames.
    setting.send(&frame(true, CLOSE, &code.to_be_bytes())).await;
    setting.ended().await;
    within(setting.write.shutdown()).await.expect("no reset");
    setting.over(kind, 0).await;
}

// RFC 6455 7.1.1: "An endpoint SHOULD use a method that cleanly closes the TCP connection … discarding any trailing
// bytes that may have been received."
#[tokio::test]
async fn c13_a_client_that_is_refused_with_much_under_way_sees_why_and_no_reset() {
    let too_big = frame(true, BINARY, &vec![0; UNDER_WAY + 1])[..MIB].to_vec();
    let mut no_text = frame(true, TEXT, &vec![b'x'; MIB]);
    no_text[MIB / 2] ^= 0x80;
    with_much_under_way(too_big, 1009, "bad_size").await;
    with_much_under_way(frame(true, 5, b""), 1002, "bad_frame").await;
    with_much_under_way(frame(true, CONTINUATION, b""), 1002, "bad_frame").await;
    with_much_under_way(no_text, 1007, "bad_encoding").await;
    with_much_under_way(frame(false, TEXT, b""), 1002, "bad_frame").await;
}

// RFC 6455 5.1: "before that endpoint has sent a Close frame"
// RFC 6455 5.5.1: "An endpoint MAY delay sending a Close frame until its current message is sent"
#[tokio::test]
async fn c13_a_client_that_is_closed_with_much_under_way_sees_why_and_no_reset() {
    let half = frame(true, BINARY, &vec![7; MIB])[..MIB / 2].to_vec();
    with_much_under_way(frame(true, TEXT, b"panic"), 1011, "panic").await;
    with_much_under_way(frame(true, TEXT, b"close"), 4001, "stop").await;
    with_much_under_way(frame(true, BINARY, b""), 1001, "drained").await;
    with_much_under_way(frame(true, BINARY, b""), 1013, "overflow").await;
    // Half a message follows the panic. The bytes that the client sends next complete it, and the rest is not a frame.
    with_much_under_way([frame(true, TEXT, b"panic"), half].concat(), 1011, "panic").await;
}

/// Ten bytes of words and 56 characters of two bytes each are 122 bytes, and half a character never goes out.
#[tokio::test]
async fn c7_a_reason_from_a_format_is_cut_to_123_bytes() {
    let mut setting = Setting::new(PATIENCE).await;
    setting.send(&frame(true, TEXT, b"formatted")).await;
    assert_eq!(setting.closed().await, (4002, format!("formatted {}", "é".repeat(56))));
}

/// The client reads nothing until it has sent everything, and the server has sent more than the buffers hold. The
/// client receives all of that, and then the close frame.
async fn with_much_both_ways(code: u16, kind: &str) {
    let mut setting = Setting::new(PATIENCE / 2).await;
    setting.send(&frame(true, TEXT, b"one")).await;
    until(|| setting.server.app.stats().messages_out == 1).await;
    let app = setting.server.app.clone();
    let socket = app.sockets::<Subject>().pop().expect("a connection");
    match kind {
        "drained" => drop(tokio::spawn(async move { app.drain(PATIENCE).await })),
        "stop" => assert!(socket.close(CloseCode::from_static(4001), "enough").is_queued()),
        _ => {
            until(|| !socket.send("x").is_queued()).await;
        }
    }
    until(|| !socket.is_open()).await;
    setting.send(&messages(UNDER_WAY)).await;
    let (mut came, mut piece): (Vec<u8>, _) = (Vec::new(), vec![0; MIB]);
    let last = loop {
        let count = within(setting.read.read(&mut piece)).await.expect("a close frame and no reset");
        assert_ne!(count, 0, "the stream ended without a close frame");
        came.extend(&piece[..count]);
        // No payload contains the first byte of a close frame.
        let tail = came.len().saturating_sub(127);
        let close = came[tail..].iter().position(|byte| *byte == 0x80 | CLOSE).map(|at| &came[tail + at..]);
        if let Some([_, len, payload @ ..]) = close
            && payload.len() == usize::from(*len)
        {
            break payload;
        }
    };
    assert_eq!(last[..2], code.to_be_bytes(), "{kind}");
    setting.send(&frame(true, CLOSE, &code.to_be_bytes())).await;
    setting.ended().await;
    assert!(came.len() > 3 * UNDER_WAY, "{kind}: {} bytes", came.len());
    within(setting.write.shutdown()).await.expect("no reset");
    setting.over(kind, 0).await;
}

// RFC 6455 6.1: "If at any point the state of the WebSocket connection changes, the endpoint MUST abort the following
// steps."
#[tokio::test]
async fn c13_a_client_that_takes_nothing_before_it_has_sent_all_sees_why_and_no_reset() {
    with_much_both_ways(1013, "overflow").await;
    with_much_both_ways(1001, "drained").await;
    with_much_both_ways(4001, "stop").await;
}

/// A client that does not read receives the message that is partly written, then the close frame. The messages queued
/// behind it are dropped.
#[tokio::test]
async fn c13_a_close_frame_after_an_overflow_waits_for_the_message_that_has_begun() {
    let mut setting = Setting::new(PATIENCE / 2).await;
    setting.send(&frame(true, TEXT, b"many")).await;
    until(|| setting.server.app.stats().messages_out > 0).await;
    let socket = setting.server.app.sockets::<Subject>().pop().expect("a connection");
    until(|| !socket.send("x").is_queued()).await;
    until(|| !socket.is_open()).await;
    let mut messages = 0;
    let close = loop {
        let frame = within(read_frame(&mut setting.read)).await.expect("a close frame");
        if frame.opcode == CLOSE {
            break frame;
        }
        assert_eq!((frame.opcode, frame.payload.len()), (BINARY, UNDER_WAY));
        messages += 1;
    };
    assert_eq!(close.close().0, 1013);
    assert!((1..MANY).contains(&messages), "{messages} of {MANY}");
    within(setting.write.shutdown()).await.expect("no reset");
    setting.over("overflow", 0).await;
}

/// The client ignores the close frame and sends `more` until its writes fail. The server must cut it off in time.
async fn without_end(sends: &[u8], more: Vec<u8>, code: u16, kind: &str) {
    let mut setting = Setting::new(Duration::from_millis(300)).await;
    setting.send(sends).await;
    assert_eq!(setting.closed().await.0, code);
    let begun = Instant::now();
    let sending = async {
        let failed: io::Result<()> = async {
            loop {
                setting.write.write_all(&more).await?;
            }
        }
        .await;
        failed.expect_err("the server cuts it off")
    };
    within(sending).await;
    assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
    setting.over(kind, 1).await;
}

#[tokio::test]
async fn c12_a_client_that_sends_without_end_after_our_close_frame_is_cut_in_time() {
    let message = messages(MIB);
    without_end(&frame(true, TEXT, b"close"), message.clone(), 4001, "stop").await;
    without_end(&frame(true, TEXT, b"panic"), frame(true, BINARY, b"").repeat(1000), 1011, "panic").await;
    without_end(&frame(true, 5, b""), message, 1002, "bad_frame").await;
    // The same holds when the client closes first, and sends on after that.
    let answer = frame(true, CLOSE, b"\x03\xe8");
    without_end(&answer, vec![7; MIB], 1000, "remote").await;
}

#[tokio::test]
async fn c12_a_client_that_never_answers_our_close_frame_sees_an_orderly_end_after_5_s() {
    let mut setting = Setting::new(Duration::from_secs(5)).await;
    setting.send(&frame(true, TEXT, b"close")).await;
    assert_eq!(setting.closed().await, (4001, "enough".to_owned()));
    until(|| setting.notes.count("stop") == 1).await;
    pass(Duration::from_millis(4_900)).await;
    let more = tokio::time::timeout(Duration::from_millis(50), setting.read.read_u8()).await;
    assert!(more.is_err(), "the server still waits for the client: {more:?}");
    pass(Duration::from_millis(100)).await;
    setting.ended().await;
    setting.over("stop", 1).await;
}

// RFC 6455 5.5.1: "The server MUST close the underlying TCP connection immediately"
// RFC 6455 7.1.1: "The underlying TCP connection, in most normal cases, SHOULD be closed first by the server"
// RFC 6455 7.1.1: "when a server is instructed to _Close the WebSocket Connection_ it SHOULD initiate a TCP Close
// immediately"
// RFC 6455 7.1.2: "Once an endpoint has both sent and received a Close control frame, that endpoint SHOULD _Close the
// WebSocket Connection_"
#[tokio::test]
async fn c12_the_server_ends_its_half_first_and_waits_for_the_client_to_end_its_own() {
    for closes_first in [false, true] {
        let mut setting = Setting::new(Duration::from_secs(5)).await;
        let kind = if closes_first { "remote" } else { "stop" };
        if !closes_first {
            setting.send(&frame(true, TEXT, b"close")).await;
            assert_eq!(setting.closed().await.0, 4001);
        }
        setting.send(&frame(true, CLOSE, b"\x0f\xa1enough")).await;
        if closes_first {
            assert_eq!(setting.closed().await, (4001, "enough".to_owned()));
        }
        setting.ended().await;
        until(|| setting.notes.count(kind) == 1).await;
        assert_eq!(setting.server.app.stats().open, 1);
        within(setting.write.shutdown()).await.expect("no reset");
        setting.over(kind, 0).await;
    }
}

#[tokio::test]
async fn replies_go_out_although_the_client_has_ended_its_half() {
    let mut setting = Setting::new(PATIENCE / 2).await;
    setting.send(&frame(true, TEXT, b"large")).await;
    within(setting.write.shutdown()).await.expect("a socket");
    // The server sees the end of the client's stream before the client reads anything.
    until(|| setting.server.app.stats().messages_out > 0).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut came = Vec::new();
    within(setting.read.read_to_end(&mut came)).await.expect("an orderly end, not a reset");
    assert!(came.len() > 3 * UNDER_WAY, "{} bytes", came.len());
    assert!(came.ends_with(&[3; 1000]), "the last message is complete");
    setting.over("lost", 0).await;
}

#[tokio::test]
async fn c12_a_callback_that_waits_is_dropped_when_the_client_has_ended_its_half() {
    let mut setting = Setting::new(PATIENCE / 2).await;
    setting.send(&frame(true, TEXT, b"wait")).await;
    setting.notes.seen("the callback waits").await;
    within(setting.write.shutdown()).await.expect("a socket");
    setting.ended().await;
    setting.over("lost", 0).await;
    assert_eq!(setting.notes.all(), ["the callback waits", "the callback is over", "lost"]);
}

/// The close handshake began before the drain, and its own timeout is longer than the drain's.
#[tokio::test]
async fn a_drain_cuts_a_close_handshake_that_was_under_way() {
    let mut setting = Setting::new(Duration::from_secs(60)).await;
    setting.send(&frame(true, TEXT, b"close")).await;
    assert_eq!(setting.closed().await.0, 4001);
    let drained = within(setting.server.app.drain(Duration::from_millis(100))).await;
    assert_eq!((drained.ended, drained.left), (1, 0));
    setting.over("stop", 0).await;
}
