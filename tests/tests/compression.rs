//! permessage-deflate (RFC 7692; C8, C10): how it is enabled and negotiated, and the frames that the server sends.

use axum::extract::Query;
use serde::Deserialize;
use ws_core::prelude::*;
use ws_core::{Compression, Route};
use ws_tests::Server;
use ws_tests::deflate::Deflate;
use ws_tests::raw::{BINARY, Raw, TEXT};

const DEFLATE: &str = "permessage-deflate; client_max_window_bits";
const AGREED: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// Replies as each text asks.
#[derive(Default)]
struct Speaker;

#[websocket]
impl Speaker {
    #[text]
    fn asked(&mut self, words: &str, cx: &mut Context<Self>) -> Message {
        match words {
            "is it?" => cx.is_compressed().to_string().into(),
            "on" => {
                cx.set_compression(true);
                words.into()
            }
            "off" => {
                cx.set_compression(false);
                words.into()
            }
            "noise" => noise(200_000).into(),
            // A number asks for a text of that many bytes.
            _ => words.parse().map_or(words.into(), |bytes: usize| text_of(bytes).into()),
        }
    }

    #[binary]
    fn echo(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

fn text_of(bytes: usize) -> String {
    let words = (0..).map(|n: u32| format!("{} ", n.wrapping_mul(2_654_435_761) >> 20));
    let mut text: String = words.take(bytes / 2 + 1).collect();
    text.truncate(bytes);
    text
}

/// Makes bytes that do not compress.
fn noise(count: usize) -> Vec<u8> {
    let mut seed = 1_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed.to_be_bytes()[0]
    };
    (0..count).map(|_| next()).collect()
}

/// Serves `/off`, `/on`, `/takeover` and `/all`, which compresses every message at the highest level.
async fn serve() -> Server {
    let takeover = Compression::new().takeover(true).window_bits(12);
    let app = App::new()
        .route(Route::new::<Speaker>("/off"))
        .route(Route::new::<Speaker>("/on").compress(Compression::new()))
        .route(Route::new::<Speaker>("/takeover").compress(takeover))
        .route(Route::new::<Speaker>("/all").compress(Compression::new().min(0).level(9)));
    Server::start(app).await
}

async fn asks(client: &mut Deflate, words: &str) -> ws_tests::deflate::Message {
    client.raw.frame(TEXT, words.as_bytes()).await;
    client.read().await
}

// RFC 6455 5.8: "MUST negotiate the use of any extensions during the opening handshake."
// RFC 7692 5: "A request in a PMCE negotiation offer indicates constraints on the server's behavior that must be
// satisfied if the server accepts the offer."
// RFC 7692 5: "the server must use the 'agreed parameters' (defined below) to explicitly ask the client not to use an
// LZ77 window size greater than the LZ77 window size of the server."
// RFC 7692 5: "To accept the use of an offered PMCE, a server MUST include the extension name of the PMCE in the
// 'Sec-WebSocket-Extensions' header field"
// RFC 7692 5: "The element MUST represent a PMCE that is fully supported by the server."
// RFC 7692 5: "'Agreed parameters' must represent how the requests and hints in the client's extension negotiation
// offer have been handled"
// RFC 7692 5: "A server declining all offered PMCEs MUST NOT include any element with PMCE names."
// RFC 7692 7: "MUST decline an extension negotiation offer for this extension … The server doesn't support the offered
// configuration."
// RFC 7692 7.1.1.1: "The 'server_no_context_takeover' extension parameter in an extension negotiation response has no
// value."
// RFC 7692 7.1.1.2: "The 'client_no_context_takeover' extension parameter in an extension negotiation response has no
// value."
// RFC 7692 7.1.2.1: "A server declines an extension negotiation offer with this parameter if the server doesn't support
// it."
// RFC 7692 7.1.2.1: "The 'server_max_window_bits' extension parameter in an extension negotiation response has a
// decimal integer value without leading zeroes between 8 to 15"
// RFC 7692 7.1.2.2: "The 'client_max_window_bits' extension parameter in an extension negotiation response has a
// decimal integer value without leading zeroes between 8 to 15"
// RFC 7692 7.3: "an LZ77 sliding window size of 1,024 or more is RECOMMENDED."
// RFC 6455 4.2.2: "Extensions not listed by the client MUST NOT be listed."
#[tokio::test]
async fn c10_it_is_agreed_on_where_both_sides_want_it() {
    let server = serve().await;
    for (path, offer, answer) in [
        ("/off", DEFLATE, None),
        ("/off", "permessage-deflate; =", None),
        ("/on", "", None),
        ("/on", "permessage-deflate; server_max_window_bits=8", None),
        ("/on", DEFLATE, Some(AGREED)),
        (
            "/takeover",
            DEFLATE,
            Some("permessage-deflate; server_max_window_bits=12; client_max_window_bits=12"),
        ),
    ] {
        let (mut client, response) = Deflate::ask(server.addr, path, offer).await;
        assert_eq!(response.status, 101, "{path}, {offer}: {response:?}");
        assert_eq!(response.header("sec-websocket-extensions"), answer, "{path}, {offer}");
        assert_eq!(asks(&mut client, "is it?").await.text(), answer.is_some().to_string(), "{path}, {offer}");
    }
}

#[tokio::test]
async fn c15_a_malformed_list_of_extensions_is_refused() {
    let server = serve().await;
    let (_, response) = Deflate::ask(server.addr, "/on", "permessage-deflate; =").await;
    assert_eq!(response.status, 400);
    assert!(response.body.contains("`Sec-WebSocket-Extensions`"), "{response:?}");
}

#[tokio::test]
async fn the_route_goes_before_the_app() {
    let app = App::new()
        .compress(Compression::new())
        .mount::<Speaker>("/as-the-app", ())
        .route(Route::new::<Speaker>("/never").compress(None));
    let server = Server::start(app).await;
    for (path, answer) in [("/as-the-app", Some(AGREED)), ("/never", None)] {
        let (_, response) = Deflate::ask(server.addr, path, DEFLATE).await;
        assert_eq!(response.header("sec-websocket-extensions"), answer, "{path}");
    }
}

#[test]
fn a_setting_that_there_is_not_stops_the_start() {
    let app = App::new().mount::<Speaker>("/", ()).compress(Compression::new().level(10));
    let error = app.try_into_router().unwrap_err().to_string();
    assert!(error.contains("the compression level must be between 0 and 9"), "{error}");
    let route = Route::new::<Speaker>("/x").compress(Compression::new().window_bits(8));
    let error = App::new().route(route).try_into_router().unwrap_err().to_string();
    assert!(
        error.contains("`/x`") && error.contains("the compression window bits must be between 9 and 15"),
        "{error}"
    );
}

/// Compresses if the query has a level.
struct Chosen;

#[derive(Deserialize)]
struct Wish {
    level: Option<u8>,
}

#[websocket]
impl Chosen {
    #[init]
    fn new(Query(wish): Query<Wish>, upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.set_compression(wish.level.map(|level| Compression::new().level(level)));
        let value = upgrade.is_compressed().to_string();
        upgrade.header("x-compressed".try_into().unwrap(), value.try_into().unwrap());
        Self
    }

    #[open]
    fn open(&mut self) -> String {
        text_of(20_000)
    }
}

#[tokio::test]
async fn c1_init_chooses() {
    let app = App::new().compress(Compression::new()).mount::<Chosen>("/", ());
    let server = Server::start(app).await;
    for (path, offer, compressed) in [
        ("/", DEFLATE, false),
        ("/?level=9", DEFLATE, true),
        ("/?level=200", DEFLATE, true),
        ("/?level=9", "x", false),
    ] {
        let (mut client, response) = Deflate::ask(server.addr, path, offer).await;
        let expected = compressed.then_some(AGREED);
        assert_eq!(response.header("sec-websocket-extensions"), expected, "{path}");
        assert_eq!(response.header("x-compressed"), Some(compressed.to_string().as_str()), "{path}");
        let message = client.read().await;
        assert_eq!(message.compressed, compressed, "{path}");
        assert!(message.text() == text_of(20_000));
    }
}

/// Sets compression in the attribute.
#[websocket("/linked", compress(min = "64B", takeover = "server", window_bits = 10))]
#[derive(Default)]
struct Linked;

#[websocket]
impl Linked {}

#[tokio::test]
async fn the_attribute_configures_the_same() {
    let server = Server::start(App::discover_in(module_path!())).await;
    let (_, response) = Deflate::ask(server.addr, "/linked", DEFLATE).await;
    let expected = "permessage-deflate; client_no_context_takeover; server_max_window_bits=10; \
                    client_max_window_bits=10";
    assert_eq!(response.header("sec-websocket-extensions"), Some(expected));
}

// RFC 7692 6.1: "An endpoint MUST use the following algorithm to send a message in the form of a compressed message. …
// build frame(s) using the compressed data instead of the original data for the message payload, set the 'Per-Message
// Compressed' bit of the first frame"
// RFC 7692 6.1: "The opcode of the first frame of a compressed message indicates the opcode of the original message."
// RFC 7692 7.2.1: "An endpoint uses the following algorithm to compress a message. … Remove 4 octets (that are 0x00
// 0x00 0xff 0xff) from the tail end."
#[tokio::test]
async fn messages_from_the_bound_up_are_compressed() {
    let server = serve().await;
    let mut client = Deflate::connect(server.addr, "/on").await;
    for (bytes, compressed) in [(1_023, false), (1_024, true), (60_000, true)] {
        let message = asks(&mut client, &bytes.to_string()).await;
        assert_eq!((message.opcode, message.compressed), (TEXT, compressed), "{bytes}");
        assert!(message.text() == text_of(bytes), "{bytes}");
        assert_eq!(message.wire_len() < bytes, compressed, "{bytes}");
    }
    // A client that does not offer the extension receives uncompressed messages.
    let mut plain = Raw::connect(server.addr, "/on").await;
    plain.frame(TEXT, b"2000").await;
    assert!(plain.read().await.unwrap().text() == text_of(2_000));
}

// RFC 7692 6.1: "An endpoint MUST NOT set the 'Per-Message Compressed' bit of control frames and non-first fragments of
// a data message."
// RFC 7692 7.2.1: "for non-final fragments, the removal of 0x00 0x00 0xff 0xff MUST NOT be done."
#[tokio::test]
async fn a_large_message_goes_out_compressed_as_one_frame() {
    let server = serve().await;
    let mut client = Deflate::connect(server.addr, "/on").await;
    let message = asks(&mut client, "1000000").await;
    assert!(message.compressed && message.frames.len() == 1, "{:?}", message.frames);
    assert!(message.text() == text_of(1_000_000));
    assert_eq!(asks(&mut client, "after it").await.text(), "after it");
}

// RFC 7692 6.1: "An endpoint MUST use the following algorithm to send a message in the form of an uncompressed message.
// … build frame(s) using the original data for the payload data portion as is, unset the 'Per-Message Compressed' bit
// of the first frame"
#[tokio::test]
async fn a_message_that_does_not_shrink_goes_out_as_it_is() {
    let server = serve().await;
    let mut client = Deflate::connect(server.addr, "/all").await;
    let message = asks(&mut client, "noise").await;
    assert_eq!((message.opcode, message.compressed, message.wire_len()), (BINARY, false, 200_000));
    assert!(message.payload == noise(200_000));
    assert!(asks(&mut client, "500").await.compressed);
}

#[tokio::test]
async fn c8_compression_can_be_turned_off_and_on() {
    let server = serve().await;
    for path in ["/on", "/takeover"] {
        let mut client = Deflate::connect(server.addr, path).await;
        for (command, compressed) in [("", true), ("off", false), ("on", true)] {
            if !command.is_empty() {
                assert_eq!(asks(&mut client, command).await.text(), command);
            }
            let message = asks(&mut client, "5000").await;
            assert_eq!(message.compressed, compressed, "{path} {command}");
            assert!(message.text() == text_of(5_000), "{path} {command}");
        }
    }
}

// RFC 7692 7.2.1: "If the 'agreed parameters' contain the 'server_no_context_takeover' extension parameter, the server
// MUST start compressing each new message with an empty LZ77 sliding window."
#[tokio::test]
async fn with_takeover_a_message_that_came_before_costs_next_to_nothing() {
    let server = serve().await;
    for (path, resembles) in [("/on", false), ("/takeover", true)] {
        let mut client = Deflate::connect(server.addr, path).await;
        let first = asks(&mut client, "3000").await;
        let second = asks(&mut client, "3000").await;
        assert!(first.compressed && second.compressed && first.text() == second.text(), "{path}");
        assert_eq!(
            second.wire_len() * 10 < first.wire_len(),
            resembles,
            "{path}: {} bytes",
            second.wire_len()
        );
    }
}
