//! A callback that takes a `MessageStream` reads a message as it arrives: here the parts, the [order] of messages and
//! control frames, the [pressure] on a client that sends faster than the callback reads, the [limits], and the [ends] of
//! the connection in the middle of a message.

mod ends;
mod limits;
mod order;
mod pressure;
mod python;

use std::hash::{DefaultHasher, Hasher};
use std::time::Duration;

use bytes::Bytes;
use ws_core::prelude::*;
use ws_core::{Compression, Exceeded, IncompleteMessage, RateLimit, Route};
use ws_tests::deflate::Deflate;
use ws_tests::gate::Gate;
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, CONTINUATION, Frame, Raw, TEXT, frame};
use ws_tests::{Server, within};

/// Replies with the length and the hash of each message. At `/gated` it waits for the gate before it reads, and before
/// each further part; at `/early…` it returns after the first part.
struct Store {
    path: String,
    notes: Notes,
    gate: Gate,
}

#[websocket]
impl Store {
    #[init]
    fn new(State(notes): State<Notes>, State(gate): State<Gate>, upgrade: &mut Upgrade<Self>) -> Self {
        Self { path: upgrade.path().to_owned(), notes, gate }
    }

    #[binary]
    async fn store(
        &mut self,
        body: MessageStream,
        cx: &mut Context<Self>,
    ) -> Result<String, IncompleteMessage> {
        self.read("binary", body, cx).await
    }

    #[text]
    async fn read_text(
        &mut self,
        body: MessageStream,
        cx: &mut Context<Self>,
    ) -> Result<String, IncompleteMessage> {
        self.read("text", body, cx).await
    }

    #[ping]
    fn pinged(&mut self) {
        self.notes.add("pinged");
    }

    #[terminate]
    fn ended(&mut self, reason: &Terminate) {
        self.notes.add(format!("ended: {reason}"));
    }
}

impl Store {
    async fn read(
        &mut self,
        kind: &str,
        mut body: MessageStream,
        cx: &mut Context<Self>,
    ) -> Result<String, IncompleteMessage> {
        let _over = self.notes.on_drop("over");
        let gated = self.path == "/gated";
        self.notes.add("begun");
        assert_eq!(body.is_text(), kind == "text");
        let mut hash = DefaultHasher::new();
        loop {
            if gated {
                self.gate.passed().await;
            }
            let part = match body.next().await {
                None => break,
                Some(Ok(part)) => part,
                Some(Err(incomplete)) => {
                    assert!(body.next().await.is_none(), "the error comes once");
                    self.notes.add(format!("incomplete after {} bytes", body.received()));
                    return Err(incomplete);
                }
            };
            assert!(!part.is_empty() && part.len() <= 112 << 10, "{}", part.len());
            assert!(!body.is_text() || std::str::from_utf8(&part).is_ok(), "parts end between characters");
            if body.received() == part.len() as u64 {
                self.notes.add("read");
                cx.send("begun");
            }
            hash.write(&part);
            if self.path.starts_with("/early") {
                return Ok("early".to_owned());
            }
        }
        Ok(format!("{kind} {} {:x}", body.received(), hash.finish()))
    }
}

/// Receives text as a whole, and returns the streams of binary messages to the test.
struct Beside {
    notes: Notes,
}

#[websocket]
impl Beside {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self { notes }
    }

    #[text]
    fn text(&mut self, text: &str) -> String {
        format!("text of {}", text.len())
    }

    #[binary]
    async fn bytes(&mut self, mut body: MessageStream) -> Result<String, &'static str> {
        let first = body.next().await.and_then(Result::ok).unwrap_or_default();
        if first.starts_with(b"fail") {
            return Err("as the test wants it");
        }
        // Another task may read the rest, as long as the callback waits for it.
        let rest = tokio::spawn(async move {
            while let Some(part) = body.next().await {
                part.map_err(|_| "incomplete")?;
            }
            Ok::<_, &'static str>(body.received())
        });
        Ok(format!("bytes of {}", rest.await.map_err(|_| "panic")??))
    }

    #[terminate]
    fn ended(&mut self, reason: &Terminate) {
        self.notes.add(format!("ended: {reason}"));
    }
}

struct Setting {
    server: Server,
    notes: Notes,
    gate: Gate,
}

impl Setting {
    async fn new() -> Self {
        let (notes, gate) = (Notes::default(), Gate::new());
        let large = |path: &str| Route::new::<Store>(path).max_message_size(1 << 30);
        let app = App::new()
            .state(notes.clone())
            .state(gate.clone())
            .route(large("/"))
            .route(
                large("/gated")
                    .heartbeat(Duration::from_millis(100))
                    .idle_timeout(Duration::from_millis(400)),
            )
            .route(large("/early"))
            .route(large("/deflate").compress(Compression::new()))
            .route(large("/takeover").compress(Compression::new().takeover(true)))
            .route(large("/stalls").message_timeout(Duration::from_secs(1)))
            .route(large("/early-stalls").message_timeout(Duration::from_secs(1)))
            .route(Route::new::<Store>("/small").max_message_size(100_000).compress(Compression::new()))
            .route(large("/frames").max_frame_size(1000).max_fragments(20))
            .route(large("/slow").rate_limit(RateLimit::new().bytes(100_000)))
            .route(large("/drops").rate_limit(RateLimit::new().bytes(1).exceeded(Exceeded::Drop)))
            .route(large("/closes").rate_limit(RateLimit::new().bytes(1).exceeded(Exceeded::Close)))
            .route(Route::new::<Beside>("/beside").max_message_size(8 << 20));
        Self { server: Server::start(app).await, notes, gate }
    }

    async fn connect(&self, path: &str) -> Raw {
        Raw::connect(self.server.addr, path).await
    }
}

/// The header of a frame of this length.
fn header(fin: bool, opcode: u8, payload: usize) -> Vec<u8> {
    let mut header = vec![u8::from(fin) << 7 | opcode];
    match payload {
        short @ 0..=125 => header.push(0x80 | short.to_le_bytes()[0]),
        medium @ 126..=0xffff => {
            header.push(0xfe);
            header.extend(&(medium as u64).to_be_bytes()[6..]);
        }
        long => {
            header.push(0xff);
            header.extend((long as u64).to_be_bytes());
        }
    }
    // A mask that changes nothing.
    header.extend([0; 4]);
    header
}

/// Bytes that repeat at no power of two.
fn payload(len: usize) -> Vec<u8> {
    let block: Vec<u8> = (0..65_521_u32).map(|at| at.wrapping_mul(0x9e37_79b9).to_be_bytes()[0]).collect();
    let mut payload = block.repeat(len / block.len() + 1);
    payload.truncate(len);
    payload
}

fn expected(kind: &str, payload: &[u8]) -> String {
    let mut hash = DefaultHasher::new();
    hash.write(payload);
    format!("{kind} {} {:x}", payload.len(), hash.finish())
}

/// Returns the next message that is not a heartbeat.
async fn next(client: &mut Raw) -> Frame {
    loop {
        let frame = client.read().await.expect("a frame");
        if frame.opcode != ws_tests::raw::PING {
            return frame;
        }
    }
}

async fn expect(client: &mut Raw, text: &str) {
    let frame = next(client).await;
    assert_eq!((frame.opcode, frame.text()), (TEXT, text));
}

#[tokio::test]
async fn the_callback_reads_the_first_bytes_before_the_last_are_sent() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    let sent = payload(300_000);
    // One frame, and then several.
    client.send(&header(true, BINARY, 300_000)).await;
    client.send(&sent[..10]).await;
    expect(&mut client, "begun").await;
    client.send(&sent[10..]).await;
    expect(&mut client, &expected("binary", &sent)).await;
    client.send(&frame(false, BINARY, &sent[..10])).await;
    expect(&mut client, "begun").await;
    client.send(&frame(true, CONTINUATION, &sent[10..])).await;
    expect(&mut client, &expected("binary", &sent)).await;
}

#[tokio::test]
async fn messages_of_any_size_and_any_pieces_arrive_whole() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    for len in [1_usize, 125, 126, 65_535, 65_536, 65_537, 200_000, 1 << 20] {
        for pieces in [len, len.div_ceil(2), len.div_ceil(7)] {
            let sent = payload(len);
            let count = sent.chunks(pieces).count();
            let mut frames = Vec::new();
            for (at, piece) in sent.chunks(pieces).enumerate() {
                frames.extend(frame(at + 1 == count, if at == 0 { BINARY } else { CONTINUATION }, piece));
            }
            // Further pieces of the stream, which have nothing to do with the frames.
            for piece in frames.chunks(50_001) {
                client.send(piece).await;
            }
            expect(&mut client, "begun").await;
            expect(&mut client, &expected("binary", &sent)).await;
        }
    }
}

#[tokio::test]
async fn an_empty_message_has_no_part() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    client.frame(BINARY, b"").await;
    expect(&mut client, &expected("binary", b"")).await;
    client
        .send(
            &[frame(false, TEXT, b""), frame(false, CONTINUATION, b""), frame(true, CONTINUATION, b"")]
                .concat(),
        )
        .await;
    expect(&mut client, &expected("text", b"")).await;
}

#[tokio::test]
async fn text_may_be_cut_within_a_character_but_its_parts_are_not() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    let text = "aß€😀z".repeat(100);
    for size in 1..=7 {
        let pieces: Vec<_> = text.as_bytes().chunks(size).collect();
        for (at, piece) in pieces.iter().enumerate() {
            client
                .send(&frame(at + 1 == pieces.len(), if at == 0 { TEXT } else { CONTINUATION }, piece))
                .await;
        }
        expect(&mut client, "begun").await;
        expect(&mut client, &expected("text", text.as_bytes())).await;
    }
    // In one frame that arrives in pieces.
    let long = "€".repeat(100_000);
    client.frame(TEXT, long.as_bytes()).await;
    expect(&mut client, "begun").await;
    expect(&mut client, &expected("text", long.as_bytes())).await;
}

#[tokio::test]
async fn a_compressed_message_is_inflated_as_it_arrives() {
    let setting = Setting::new().await;
    for path in ["/deflate", "/takeover"] {
        let mut client = Deflate::connect(setting.server.addr, path).await;
        // The last one inflates to a thousand times its length.
        for sent in [payload(10), payload(300_000), b"hello ".repeat(50_000), vec![7; 8 << 20]] {
            for at_most in [usize::MAX, 1000] {
                client.send_in(BINARY, &sent, at_most).await;
                assert_eq!(client.read().await.text(), "begun");
                assert_eq!(client.read().await.text(), expected("binary", &sent), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn another_callback_of_the_handler_receives_whole_messages() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/beside").await;
    let large = "x".repeat(500_000);
    for _ in 0..2 {
        client.frame(TEXT, large.as_bytes()).await;
        client.frame(BINARY, &payload(8 << 20)).await;
        expect(&mut client, "text of 500000").await;
        // Another task reads it, which wakes the connection for each part.
        expect(&mut client, &format!("bytes of {}", 8 << 20)).await;
    }
}

#[tokio::test]
async fn a_stream_is_an_async_stream_of_bytes() {
    fn is_stream(
        _: impl futures_util::Stream<Item = Result<Bytes, IncompleteMessage>> + Send + Sync + Unpin,
    ) {
    }
    let _ = |body: MessageStream| is_stream(body);
    let error = std::io::Error::from(IncompleteMessageOf::error().await);
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    assert_eq!(error.to_string(), "the message is incomplete");
}

/// Gets hold of the error.
struct IncompleteMessageOf;

impl IncompleteMessageOf {
    async fn error() -> IncompleteMessage {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let app = App::new().state(sender).mount::<Leaks>("/", ());
        let server = Server::start(app).await;
        let mut client = Raw::connect(server.addr, "/").await;
        client.send(&frame(false, BINARY, b"start")).await;
        let mut body: MessageStream = receiver.recv().await.expect("a stream");
        // The callback has returned, so nothing more comes than the part that may be there.
        loop {
            match within(body.next()).await.expect("an error before the end") {
                Ok(_) => {}
                Err(error) => return error,
            }
        }
    }
}

/// Keeps its streams although its callback returns.
struct Leaks(tokio::sync::mpsc::UnboundedSender<MessageStream>);

#[websocket]
impl Leaks {
    #[init]
    fn new(State(sender): State<tokio::sync::mpsc::UnboundedSender<MessageStream>>) -> Self {
        Self(sender)
    }

    #[binary]
    async fn leak(&mut self, body: MessageStream) {
        let _ = self.0.send(body);
    }
}
