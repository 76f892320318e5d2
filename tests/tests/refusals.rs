//! A protocol error (C13) or a message over a limit (C17) closes the connection with the matching code and reason, also
//! in the middle of a message.

use std::time::Duration;

use ws_core::Route;
use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::notes::Notes;
use ws_tests::raw::{self, BINARY, CLOSE, CONTINUATION, HEADERS, PING, PONG, Raw, TEXT, frame};

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
        self.0.add(format!("{}: {reason}", reason.kind()));
    }
}

async fn server(notes: &Notes) -> Server {
    let route = Route::new::<Echo>("/").max_message_size(2000).max_frame_size(1000).max_fragments(3);
    Server::start(App::new().state(notes.clone()).route(route)).await
}

/// Sends `sent` and checks the code and reason of the server's close frame. `end` is the noted `Terminate` without the
/// reason.
async fn refused(sent: Vec<u8>, code: u16, reason: &str, end: &str) {
    for with_the_handshake in [false, true] {
        let notes = Notes::default();
        let server = server(&notes).await;
        let mut client = Raw::open(server.addr).await;
        let request = raw::request("GET", "/", &HEADERS);
        let good = frame(true, TEXT, b"before");
        if with_the_handshake {
            client.send(&[request, good, sent.clone()].concat()).await;
            assert_eq!(client.response().await.status, 101);
        } else {
            client.send(&request).await;
            assert_eq!(client.response().await.status, 101);
            client.send(&[good, sent.clone()].concat()).await;
        }
        assert_eq!(client.read().await.expect("an echo").text(), "before");
        let mut last = client.read().await.expect("a close");
        if last.opcode == PONG {
            last = client.read().await.expect("a close");
        }
        assert_eq!(last.close(), (code, reason), "{sent:x?}");
        assert_eq!(client.read().await, None);
        drop(client);
        notes.seen(&format!("{end}{reason}")).await;
        assert_eq!(notes.all().len(), 1);
    }
}

#[tokio::test]
async fn c13_a_protocol_error_is_1002_with_its_cause() {
    const RSV1: u8 = 0x40;
    let bit = |opcode| frame(true, opcode | RSV1, b"x");
    let close = |payload: &[u8]| frame(true, CLOSE, payload);
    for (sent, reason) in [
        (b"\x81\x02hi".to_vec(), "unmasked frame"),
        (bit(TEXT), "reserved bit set"),
        (bit(PING), "reserved bit set"),
        (frame(true, 5, b"x"), "reserved opcode 5"),
        (frame(true, 13, b"x"), "reserved opcode 13"),
        (b"\x82\xfe\0\x05".to_vec(), "frame length not minimally encoded"),
        (b"\x82\xff\x80\0\0\0\0\0\0\0".to_vec(), "frame length with its top bit set"),
        (b"\x89\xfe\0\x7e".to_vec(), "control frame longer than 125 bytes"),
        (frame(false, PING, b"x"), "fragmented control frame"),
        (frame(true, CONTINUATION, b"x"), "unexpected continuation frame"),
        (
            [frame(false, TEXT, b"x"), frame(true, PING, b"x"), frame(true, TEXT, b"x")].concat(),
            "new message within a fragmented message",
        ),
        (close(b"\x03"), "close frame with a one-byte payload"),
        (close(b"\0\0"), "invalid close code 0"),
        (close(b"\x03\xe7bye"), "invalid close code 999"),
        (close(b"\x03\xec"), "invalid close code 1004"),
        (close(b"\x03\xed"), "invalid close code 1005"),
        (close(b"\x03\xee"), "invalid close code 1006"),
        (close(b"\x03\xf7"), "invalid close code 1015"),
        (close(b"\x03\xf8"), "invalid close code 1016"),
        (close(b"\x0b\xb7"), "invalid close code 2999"),
        (close(b"\x13\x88"), "invalid close code 5000"),
    ] {
        refused(sent, 1002, reason, "bad_frame: protocol error: ").await;
    }
}

#[tokio::test]
async fn c13_invalid_utf_8_is_1007() {
    let end = "bad_encoding: invalid data: ";
    refused(frame(true, TEXT, b"\xff"), 1007, "text is not valid UTF-8", end).await;
    refused(frame(true, CLOSE, b"\x03\xe8\xff"), 1007, "close reason is not valid UTF-8", end).await;
}

#[tokio::test]
async fn c17_limits_are_1009_and_1008() {
    let size = |bytes| format!("message larger than {bytes} bytes");
    refused(frame(true, BINARY, &[0; 1001]), 1009, &size(1000), "bad_size: ").await;
    let first = frame(false, BINARY, &[0; 1000]);
    let fragments = [first, frame(false, CONTINUATION, &[0; 900]), frame(true, CONTINUATION, &[0; 101])];
    refused(fragments.concat(), 1009, &size(2000), "bad_size: ").await;
    let fragments = [frame(false, TEXT, b""), frame(false, CONTINUATION, b"").repeat(3)];
    let reason = "message with more than 3 fragments";
    refused(fragments.concat(), 1008, reason, "policy: limit exceeded: ").await;
}

// RFC 6455 5.5.1: "Following the 2-byte integer, the body MAY contain UTF-8-encoded data with value /reason/"
// RFC 6455 7.4.1: "Endpoints MAY use the following pre-defined status codes when sending a Close frame."
#[tokio::test]
async fn c13_every_code_that_may_be_sent_is_echoed_with_its_reason() {
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1014, 3000, 4999] {
        let notes = Notes::default();
        let server = server(&notes).await;
        let mut client = Raw::connect(server.addr, "/").await;
        client.close(code, "bye").await;
        assert_eq!(client.read().await.expect("a close").close(), (code, "bye"));
        assert_eq!(client.read().await, None);
        notes.seen(&format!("remote: closed by the client with {code} bye")).await;
    }
}

// RFC 6455 7.1.7: "An endpoint MUST NOT continue to attempt to process data (including a responding Close frame) from the
// remote endpoint after being instructed to _Fail the WebSocket Connection_."
#[tokio::test]
async fn nothing_after_a_frame_that_is_refused_counts() {
    let notes = Notes::default();
    let server = server(&notes).await;
    let mut client = Raw::connect(server.addr, "/").await;
    let bad = frame(true, 5, b"");
    let good =
        [frame(true, TEXT, b"no echo"), frame(true, PING, b"no pong"), frame(true, CLOSE, b"\x03\xe8")];
    client.send(&[bad, good.concat()].concat()).await;
    assert_eq!(client.read().await.expect("a close").close(), (1002, "reserved opcode 5"));
    assert_eq!(client.read().await, None);
    notes.seen("bad_frame: protocol error: reserved opcode 5").await;
    assert_eq!((server.app.stats().messages_in, server.app.stats().messages_out), (0, 0));
}

#[tokio::test]
async fn nothing_after_a_close_frame_counts() {
    let notes = Notes::default();
    let server = server(&notes).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.send(&[frame(true, CLOSE, b""), b"\xff\xff\xff".to_vec(), vec![7; 100_000]].concat()).await;
    assert_eq!(client.read().await.expect("a close").payload, b"");
    assert_eq!(client.read().await, None);
    notes.seen("remote: closed by the client").await;
}

#[tokio::test]
async fn bad_utf_8_fails_while_the_frame_that_has_it_is_still_under_way() {
    let notes = Notes::default();
    let server = server(&notes).await;
    let text = frame(true, TEXT, &[&b"h\xc3\xa4ll\xc3"[..], b"(", &[b'x'; 900]].concat());
    // As in Autobahn's case 6.4: the client sends the valid bytes, then the invalid byte, and never the rest.
    let mut client = Raw::connect(server.addr, "/").await;
    client.send(&text[..8 + 6]).await;
    assert!(client.is_silent_for(Duration::from_millis(50)).await);
    client.send(&text[14..15]).await;
    assert_eq!(client.read().await.expect("a close").close(), (1007, "text is not valid UTF-8"));
    assert_eq!(client.read().await, None);
    notes.seen("bad_encoding: invalid data: text is not valid UTF-8").await;
}
