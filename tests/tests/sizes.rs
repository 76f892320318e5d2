//! Fragmented and large messages: the client's fragments become one message, within the size limit, and the server
//! sends a message of any size as one frame.

use axum::extract::Path;
use ws_core::Route;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, CONTINUATION, PING, PONG, Raw, TEXT, frame};
use ws_tests::{Server, next};

/// Echoes, and notes its `Terminate`.
struct Echo(Notes);

#[websocket]
impl Echo {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }

    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(match reason {
            Terminate::BadSize { limit } => format!("more than {limit}"),
            other => other.kind().to_owned(),
        });
    }
}

/// Sends one large message and a short one when it opens.
struct Large(Message);

#[websocket]
impl Large {
    #[init]
    fn new(Path((kind, size)): Path<(String, usize)>) -> Self {
        Self(if kind == "text" { Message::from("ä".repeat(size / 2)) } else { Message::from(vec![7; size]) })
    }

    #[open]
    fn open(&mut self) -> (Message, &'static str) {
        (self.0.clone(), "and more")
    }
}

async fn server(notes: &Notes) -> Server {
    let app = App::new()
        .state(notes.clone())
        .route(Route::new::<Echo>("/small").max_message_size(16))
        .mount::<Echo>("/", ())
        .mount::<Large>("/large/{kind}/{size}", ());
    Server::start(app).await
}

async fn echoed(client: &mut Raw, opcode: u8, payload: &[u8]) {
    let frame = client.read().await.expect("an echo");
    assert!(frame.fin);
    assert_eq!((frame.opcode, frame.payload.as_slice()), (opcode, payload));
}

// RFC 6455 5.4: "Control frames (see Section 5.5) MAY be injected in the middle of a fragmented message."
// RFC 6455 5.4: "Message fragments MUST be delivered to the recipient in the order sent by the sender."
// RFC 6455 5.4: "An endpoint MUST be capable of handling control frames in the middle of a fragmented message."
// RFC 6455 5.4: "A sender MAY create fragments of any size for non-control messages."
// RFC 6455 5.4: "Clients and servers MUST support receiving both fragmented and unfragmented messages."
// RFC 6455 5.6: "a particular text frame might include a partial UTF-8 sequence; however, the whole message MUST
// contain valid UTF-8."
// RFC 6455 6.2: "Subsequent data frames MUST be interpreted as belonging to a new WebSocket message."
#[tokio::test]
async fn fragments_make_one_message_wherever_they_are_cut() {
    let server = server(&Notes::default()).await;
    let mut client = Raw::connect(server.addr, "/small").await;
    let words = "häll😀".as_bytes();
    for cut in 0..=words.len() {
        for (opcode, between) in [(TEXT, false), (BINARY, true)] {
            client.send(&frame(false, opcode, &words[..cut])).await;
            if between {
                client.frame(PING, b"between").await;
                echoed(&mut client, PONG, b"between").await;
            }
            client.send(&frame(false, CONTINUATION, b"")).await;
            client.send(&frame(true, CONTINUATION, &words[cut..])).await;
            echoed(&mut client, opcode, words).await;
        }
    }
}

// RFC 6455 6.2: "Incoming data MUST be parsed as WebSocket frames as defined in Section 5.2."
// RFC 6455 6.2: "A server MUST remove masking for data frames received from a client as described in Section 5.3."
#[tokio::test]
async fn bytes_may_come_one_at_a_time() {
    let server = server(&Notes::default()).await;
    let mut client = Raw::connect(server.addr, "/small").await;
    for byte in [frame(true, TEXT, b"slow"), frame(true, PING, b"x")].concat() {
        client.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    echoed(&mut client, TEXT, b"slow").await;
    echoed(&mut client, PONG, b"x").await;
}

// RFC 6455 5.6: "the whole message MUST contain valid UTF-8."
#[tokio::test]
async fn c13_bad_utf_8_is_1007_wherever_it_is() {
    for frames in [
        vec![frame(true, TEXT, b"\xc3(")],
        vec![frame(false, TEXT, b"a\xc3"), frame(true, CONTINUATION, b"(")],
        // The message ends within a character.
        vec![frame(false, TEXT, b"a\xf0\x9f"), frame(true, CONTINUATION, b"")],
    ] {
        let notes = Notes::default();
        let server = server(&notes).await;
        let mut client = Raw::connect(server.addr, "/").await;
        client.send(&frames.concat()).await;
        assert_eq!(client.read().await.expect("a close").close().0, 1007, "{frames:?}");
        notes.seen("bad_encoding").await;
    }
}

#[tokio::test]
async fn c17_a_message_over_the_limit_is_1009() {
    let whole = [frame(true, TEXT, &[b'x'; 17])].concat();
    let in_fragments = [frame(false, BINARY, &[0; 16]), frame(true, CONTINUATION, &[0; 1])].concat();
    // The header alone is enough: the server does not wait for a payload that it will not accept.
    let announced = frame(true, BINARY, &vec![0; 70_000])[..10].to_vec();
    let after_a_good_one = [frame(true, PING, &[b'x'; 100]), frame(true, TEXT, &[b'x'; 17])].concat();
    for sent in [whole, in_fragments, announced, after_a_good_one] {
        let notes = Notes::default();
        let server = server(&notes).await;
        let mut client = Raw::connect(server.addr, "/small").await;
        client.send(&frame(true, TEXT, &[b'x'; 16])).await;
        echoed(&mut client, TEXT, &[b'x'; 16]).await;
        client.send(&sent).await;
        let mut last = client.read().await.expect("a close");
        if last.opcode == PONG {
            last = client.read().await.expect("a close");
        }
        assert_eq!(last.close(), (1009, "message larger than 16 bytes"));
        notes.seen("more than 16").await;
        assert_eq!(server.app.stats().ended("bad_size"), 1);
    }
}

#[tokio::test]
async fn a_message_of_1_mib_is_taken_by_default_and_no_larger() {
    let notes = Notes::default();
    let server = server(&notes).await;
    let mut client = server.connect("/").await;
    let largest = "x".repeat(1 << 20);
    let send = tokio_websockets::Message::text;
    futures_util::SinkExt::send(&mut client, send(largest.clone())).await.expect("an open connection");
    assert!(next(&mut client).await.as_text() == Some(&largest), "1 MiB is echoed");
    futures_util::SinkExt::send(&mut client, send(largest + "x")).await.expect("an open connection");
    assert_eq!(ws_tests::closed(&mut client).await.0, 1009);
    notes.seen("more than 1048576").await;
}

// RFC 6455 5.4: "the type for all fragments in a message MUST be either text, binary, or one of the reserved opcodes."
// RFC 6455 6.1: "The opcode (frame-opcode) of the first frame containing the data MUST be set to the appropriate value"
// RFC 6455 6.1: "The FIN bit (frame-fin) of the last frame containing the data MUST be set to 1"
#[tokio::test]
async fn a_large_message_goes_out_as_one_frame() {
    let server = server(&Notes::default()).await;
    for (path, opcode, size) in [
        ("/large/binary/1048576", BINARY, 1 << 20),
        ("/large/text/1048576", TEXT, 1 << 20),
        ("/large/binary/65536", BINARY, 64 << 10),
        ("/large/binary/65535", BINARY, (64 << 10) - 1),
        ("/large/binary/2049", BINARY, (2 << 10) + 1),
        ("/large/binary/2048", BINARY, 2 << 10),
    ] {
        let mut client = Raw::connect(server.addr, path).await;
        let frame = client.read().await.expect("a message");
        assert_eq!((frame.fin, frame.opcode, frame.payload.len()), (true, opcode, size), "{path}");
        assert_eq!(client.read().await.expect("the next message").text(), "and more");
    }
}

#[tokio::test]
async fn a_large_message_goes_out_in_fragments_where_that_is_declared() {
    let app = App::new()
        .route(Route::new::<Large>("/large/{kind}/{size}").fragment_size(16 << 10))
        .route(Route::new::<Echo>("/").fragment_size(4))
        .state(Notes::default());
    let server = Server::start(app).await;
    let mut client = Raw::connect(server.addr, "/large/binary/40000").await;
    for (fin, opcode, len) in [
        (false, BINARY, 16 << 10),
        (false, CONTINUATION, 16 << 10),
        (true, CONTINUATION, 40_000 - (32 << 10)),
    ] {
        let frame = client.read().await.expect("a fragment");
        assert_eq!((frame.fin, frame.opcode, frame.payload.len()), (fin, opcode, len));
    }
    echoed(&mut client, TEXT, b"and more").await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"four").await;
    echoed(&mut client, TEXT, b"four").await;
    client.frame(TEXT, b"five5").await;
    let frames = [client.read().await.expect("a fragment"), client.read().await.expect("a fragment")];
    assert_eq!(
        frames.map(|frame| (frame.fin, frame.opcode, frame.payload.len())),
        [(false, TEXT, 4), (true, CONTINUATION, 1)]
    );
    let mut client = server.connect("/large/text/1048576").await;
    assert!(next(&mut client).await.as_text() == Some(&"ä".repeat(1 << 19)), "the message is complete");
}

#[tokio::test]
async fn a_large_message_arrives_whole_at_a_client_that_is_not_ours() {
    let server = server(&Notes::default()).await;
    let mut client = server.connect("/large/text/1048576").await;
    let large = next(&mut client).await;
    assert!(large.as_text() == Some(&"ä".repeat(1 << 19)), "the message is complete");
    assert_eq!(ws_tests::text(&mut client).await, "and more");
    let mut client = server.connect("/large/binary/1048576").await;
    let large = next(&mut client).await;
    assert!(large.is_binary() && large.as_payload()[..] == vec![7; 1 << 20], "the message is complete");
    assert_eq!(ws_tests::text(&mut client).await, "and more");
}
