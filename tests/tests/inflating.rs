//! permessage-deflate from the client (RFC 7692; C10, C17): a compressed message is delivered as the client wrote it,
//! and is held to the same limits as an uncompressed one.

use ws_core::prelude::*;
use ws_core::{Compression, Route};
use ws_tests::deflate::{Deflate, deflate};
use ws_tests::notes::Notes;
use ws_tests::raw::{self, BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT};
use ws_tests::{Server, until, within};

const LIMIT: usize = 1 << 20;

/// Echoes; at `/hibernating` it hibernates after each text.
#[derive(Default)]
struct Echo;

struct AtMost(usize);

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text, cx: &mut Context<Self>) -> Reply {
        let reply = Reply::new().with(text);
        if cx.path() == "/hibernating" { reply.hibernate() } else { reply }
    }

    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }

    #[info]
    fn at_most(&mut self, AtMost(bytes): AtMost, cx: &mut Context<Self>) -> &'static str {
        cx.set_max_message_size(bytes);
        "done"
    }
}

/// Serves `/each` (no takeover), `/takeover` and `/hibernating`.
async fn serve() -> Server {
    let takeover = Compression::new().min(0).takeover(true);
    let app = App::new()
        .max_message_size(LIMIT)
        .max_fragments(usize::MAX)
        .route(Route::new::<Echo>("/each").compress(Compression::new()))
        .route(Route::new::<Echo>("/takeover").compress(takeover))
        .route(Route::new::<Echo>("/hibernating").compress(takeover));
    Server::start(app).await
}

/// Reads a close frame and returns its code and reason.
async fn closed(client: &mut Deflate) -> (u16, String) {
    let close = client.read().await;
    assert_eq!((close.opcode, close.compressed), (CLOSE, false), "{close:?}");
    let (code, reason) = close.payload.split_first_chunk().expect("a code");
    (u16::from_be_bytes(*code), String::from_utf8(reason.to_vec()).expect("text"))
}

// RFC 7692 5: "both endpoints MUST use the algorithm described in Section 6 and the message payload transformation
// (compressing and decompressing) procedure of the PMCE configured with the 'agreed parameters'"
// RFC 7692 6.2: "An endpoint MUST use the following algorithm to receive a message in the form of a compressed
// message."
// RFC 7692 6.2: "An endpoint MUST use the following algorithm to receive a message in the form of an uncompressed
// message."
// RFC 7692 7.2.1: "the client MAY take over the LZ77 sliding window used to build the last compressed message."
// RFC 7692 7.2.2: "An endpoint uses the following algorithm to decompress a message. … Append 4 octets of 0x00 0x00
// 0xff 0xff to the tail end of the payload of the message."
// RFC 7692 7.2.2: "the server MUST decompress each new message using the LZ77 sliding window used to process the last
// compressed message."
#[tokio::test]
async fn c10_compressed_messages_come_back_however_they_are_framed() {
    let server = serve().await;
    let long = "Grüße, 世界 ".repeat(30_000);
    for path in ["/each", "/takeover"] {
        let mut client = Deflate::connect(server.addr, path).await;
        for (opcode, sent) in [(TEXT, "hello"), (TEXT, ""), (BINARY, "bytes"), (TEXT, &long), (BINARY, &long)]
        {
            for at_most in [1, 100, usize::MAX] {
                client.send_in(opcode, sent.as_bytes(), at_most).await;
                let echo = client.read().await;
                assert_eq!(echo.opcode, opcode, "{path}, {} bytes in {at_most}", sent.len());
                assert!(echo.text() == sent, "{path}, {} bytes in {at_most}", sent.len());
            }
            // An uncompressed message between compressed ones.
            client.raw.frame(opcode, sent.as_bytes()).await;
            assert!(client.read().await.text() == sent, "{path}, {} bytes", sent.len());
        }
    }
}

/// A hibernating server keeps the client's context, which it cannot rebuild, and restarts its own.
#[tokio::test]
async fn c5_a_context_that_is_taken_over_survives_hibernation() {
    let server = serve().await;
    for (path, resembles) in [("/takeover", true), ("/hibernating", false)] {
        let mut client = Deflate::connect(server.addr, path).await;
        let sent: Vec<_> = (0..100_u32).map(|n| (n * n).to_string()).collect();
        let sent = sent.join(" ");
        let mut lengths = Vec::new();
        for _ in 0..3 {
            client.send(TEXT, sent.as_bytes()).await;
            let echo = client.read().await;
            assert!(echo.compressed && echo.text() == sent, "{path}: {echo:?}");
            // One more round trip, so that the connection hibernates before the next message.
            client.raw.frame(PING, b"").await;
            assert_eq!(client.raw.read().await.expect("a pong").opcode, PONG);
            lengths.push(echo.wire_len());
        }
        assert_eq!(lengths[2] * 5 < lengths[0], resembles, "{path}: {lengths:?}");
    }
}

// RFC 7692 6.1: "An endpoint MUST NOT set the 'Per-Message Compressed' bit of control frames"
#[tokio::test]
async fn c3_a_ping_between_compressed_fragments_is_answered_at_once() {
    let server = serve().await;
    let mut client = Deflate::connect(server.addr, "/each").await;
    let deflated = deflate("sent in two parts".as_bytes());
    let mut first = raw::frame(false, TEXT, &deflated[..3]);
    first[0] |= 0x40;
    client.raw.send(&first).await;
    client.raw.frame(PING, b"?").await;
    let pong = client.raw.read().await.expect("a pong");
    assert_eq!((pong.opcode, pong.text()), (PONG, "?"));
    client.raw.frame(CONTINUATION, &deflated[3..]).await;
    assert_eq!(client.read().await.text(), "sent in two parts");
}

// RFC 7692 6.1: "An endpoint receiving such a frame MUST _Fail the WebSocket Connection_."
// RFC 7692 6.1: "At the receiver, the payload data portion after decompression is subject to the constraints for the
// original data type again."
#[tokio::test]
async fn c13_invalid_deflate_or_text_closes_with_1007_and_a_bit_out_of_place_with_1002() {
    let server = serve().await;
    let with_bits = |opcode, payload: &[u8], bits: u8| {
        let mut frame = raw::frame(true, opcode, payload);
        frame[0] |= bits;
        frame
    };
    let no_text = deflate(&[b"text\xff".as_slice(), &[b'x'; 5_000]].concat());
    for (frame, code) in [
        (with_bits(TEXT, &[0x06, 0, 0], 0x40), 1007),
        (with_bits(TEXT, &no_text, 0x40), 1007),
        (with_bits(TEXT, &deflate(b"x"), 0x60), 1002),
        (with_bits(PING, b"x", 0x40), 1002),
    ] {
        let mut client = Deflate::connect(server.addr, "/each").await;
        client.raw.send(&frame).await;
        assert_eq!(closed(&mut client).await.0, code, "{:x?}", &frame[..2]);
    }
    // The client did not negotiate the extension.
    let (mut client, _) = Deflate::ask(server.addr, "/each", "").await;
    client.raw.send(&with_bits(TEXT, &deflate(b"x"), 0x40)).await;
    assert_eq!(closed(&mut client).await.0, 1002);
}

/// A compressed message of about 1 MiB that inflates to 1 GiB. Its blocks do not refer to each other.
fn bomb() -> Vec<u8> {
    let block = [&deflate(&vec![b'x'; 1 << 20])[..], &[0, 0, 0xff, 0xff]].concat();
    block.repeat(1 << 10)
}

#[test]
fn c17_a_message_that_inflates_to_1_gib_closes_with_1009_and_costs_no_more_than_the_limit() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_server, mut client) = runtime.block_on(async {
        let server = serve().await;
        let client = Deflate::connect(server.addr, "/each").await;
        (server, client)
    });
    let bomb = bomb();
    assert!(bomb.len() < 3 << 20, "{}", bomb.len());
    // Each frame is under the limit, and the first one has the bit of a compressed message.
    let mut frames = Vec::new();
    for piece in bomb.chunks(LIMIT / 2) {
        frames.extend(raw::frame(false, if frames.is_empty() { BINARY } else { CONTINUATION }, piece));
    }
    frames[0] |= 0x40;
    let mut code = 0;
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            let (mut reader, mut writer) = client.raw.stream.split();
            let sending = async {
                // The server stops reading at the limit, so this write may fail.
                let _ = tokio::io::AsyncWriteExt::write_all(&mut writer, &frames).await;
            };
            let reading = async {
                let mut head = [0; 4];
                within(tokio::io::AsyncReadExt::read_exact(&mut reader, &mut head)).await.unwrap();
                assert_eq!(head[0], 0x88, "a close frame");
                code = u16::from_be_bytes([head[2], head[3]]);
            };
            tokio::select! {
                biased;
                () = reading => {}
                () = async { sending.await; std::future::pending().await } => {}
            }
        });
    });
    assert_eq!(code, 1009);
    // A growing vector holds its old allocation beside the new one.
    let most = u64::try_from(2 * LIMIT + LIMIT / 2).unwrap();
    assert!(measured.bytes_max < most, "{} bytes", measured.bytes_max);
}

#[tokio::test]
async fn c8_a_limit_lowered_below_the_inflated_size_ends_the_message() {
    let server = serve().await;
    let mut client = Deflate::connect(server.addr, "/each").await;
    let mut frame = raw::frame(true, TEXT, &deflate("1234567890".repeat(1_000).as_bytes()));
    frame[0] |= 0x40;
    let (most, last) = frame.split_at(frame.len() - 1);
    client.raw.send(most).await;
    until(|| server.app.stats().bytes_in >= most.len() as u64).await;
    let socket = server.app.sockets::<Echo>().into_iter().next().expect("a connection");
    assert!(socket.info(AtMost(10)).is_queued());
    assert_eq!(client.read().await.text(), "done");
    client.raw.send(last).await;
    assert_eq!(closed(&mut client).await.0, 1009);
}

/// Notes the order of its messages.
struct Recorder(Notes);

#[websocket]
impl Recorder {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[binary]
    fn much(&mut self, _: &[u8]) {
        self.0.add("much");
    }

    #[text]
    fn little(&mut self) {
        self.0.add("little");
    }
}

/// A few KiB that inflate to 60 MiB exceed the poll budget of one connection.
#[tokio::test]
async fn much_that_was_little_on_the_wire_does_not_keep_another_connection_waiting() {
    let notes = Notes::default();
    let route = Route::new::<Recorder>("/").compress(Compression::new());
    let server = Server::start(App::new().state(notes.clone()).route(route)).await;
    let mut greedy = Deflate::connect(server.addr, "/").await;
    let mut other = raw::Raw::connect(server.addr, "/").await;
    let mut much = raw::frame(true, BINARY, &deflate(&vec![0; LIMIT]));
    much[0] |= 0x40;
    // Both clients' bytes arrive before the server reads.
    greedy.raw.send(&much.repeat(60)).await;
    other.frame(TEXT, b"x").await;
    notes.seen("little").await;
    let before = notes.all().iter().position(|note| note == "little");
    until(|| notes.count("much") == 60).await;
    assert!(before.is_some_and(|before| before < 8), "{before:?}");
}
