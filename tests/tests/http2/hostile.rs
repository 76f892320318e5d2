//! Clients of HTTP/2 that break rules which the libraries keep. Each harms its own stream alone.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use h2::Reason;
use http::HeaderMap;
use ws_core::Http2;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{self, CLOSE, PING, TEXT};
use ws_tests::{Server, until, within};

use super::support::serve;
use super::wire::{
    CONTINUATION, DATA, ENABLE_CONNECT_PROTOCOL, END_HEADERS, END_STREAM, GOAWAY, HANDSHAKE, HEADERS,
    INITIAL_WINDOW_SIZE, PADDED, RST_STREAM, SETTINGS, WINDOW_UPDATE, Wire, fields, frame,
};

#[websocket("/echo")]
struct Echo {
    notes: Notes,
}

#[websocket]
impl Echo {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self { notes }
    }

    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }

    #[terminate]
    fn terminate(&mut self, reason: &Terminate) {
        self.notes.add(reason.kind());
    }
}

/// Never reads.
#[websocket("/deaf", idle_timeout = "never")]
#[derive(Default)]
struct Deaf;

#[websocket]
impl Deaf {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> &'static str {
        cx.pause();
        "paused"
    }
}

/// Its callback never returns.
#[websocket("/stuck")]
struct Stuck {
    notes: Notes,
}

#[websocket]
impl Stuck {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self { notes }
    }

    #[text]
    async fn text(&mut self) {
        self.notes.add("stuck");
        std::future::pending::<()>().await;
    }

    #[terminate]
    fn terminate(&mut self, reason: &Terminate) {
        self.notes.add(reason.kind());
    }
}

/// Sets headers that a response to a handshake must not have.
#[websocket("/lengthy")]
struct Lengthy;

#[websocket]
impl Lengthy {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.header("content-length".parse().unwrap(), "5".parse().unwrap());
        upgrade.header("transfer-encoding".parse().unwrap(), "chunked".parse().unwrap());
        Self
    }

    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

/// Sends a ping every 50 ms.
#[websocket("/beating", heartbeat = "50ms", idle_timeout = "200ms", close_timeout = "100ms")]
#[derive(Default)]
struct Beating;

#[websocket]
impl Beating {}

fn app(notes: &Notes) -> App {
    App::discover_in(module_path!()).state(notes.clone())
}

async fn server() -> (Server, Notes) {
    let notes = Notes::default();
    (serve(app(&notes)).await, notes)
}

#[tokio::test]
async fn c16_the_first_settings_allow_websockets() {
    let (server, _) = server().await;
    // RFC 8441 3: "Receipt of this parameter by a server does not have any impact."
    for settings in [&[][..], &[(ENABLE_CONNECT_PROTOCOL, 0)], &[(ENABLE_CONNECT_PROTOCOL, 1)]] {
        let mut wire = Wire::open_with(server.addr, settings).await;
        let first = wire.read().await.unwrap();
        assert_eq!((first.kind, first.flags), (SETTINGS, 0));
        // RFC 8441 3: "The value of the parameter MUST be 0 or 1."
        let allowed = first.settings().filter(|(name, _)| *name == ENABLE_CONNECT_PROTOCOL);
        assert_eq!(allowed.collect::<Vec<_>>(), [(ENABLE_CONNECT_PROTOCOL, 1)]);
        // RFC 8441 5: "After successfully processing the opening handshake, the peers should proceed with the WebSocket
        // Protocol [RFC6455] using the HTTP/2 stream from the CONNECT transaction as if it were the TCP connection"
        wire.connect(1, "/echo").await;
        wire.echoes(1).await;
    }
}

#[tokio::test]
async fn c16_connect_with_a_content_length_harms_nobody_else() {
    let (server, notes) = server().await;
    let mut wire = Wire::open(server.addr).await;
    wire.connect(1, "/echo").await;
    for stream in [3, 5, 7] {
        let head = [&HANDSHAKE[..], &[(":path", "/echo"), ("content-length", "5")]].concat();
        let (pseudo, others): (Vec<_>, Vec<_>) =
            head.into_iter().partition(|(name, _)| name.starts_with(':'));
        wire.head(0, stream, &[pseudo, others].concat()).await;
        assert_eq!(wire.until(RST_STREAM, stream).await.reason(), Reason::INTERNAL_ERROR);
        wire.echoes(1).await;
    }
    // A length of zero is the truth.
    let head = [&HANDSHAKE[..4], &[(":path", "/echo")], &HANDSHAKE[4..], &[("content-length", "0")]].concat();
    wire.head(0, 9, &head).await;
    assert!(wire.until(HEADERS, 9).await.is_success());
    assert_eq!(notes.all(), [""; 0]);
    assert_eq!(server.app.stats().open, 2);
    // The end of the connection is still noticed.
    drop(wire);
    until(|| server.app.stats().open == 0).await;
    within(server.app.drain(Duration::from_secs(60))).await;
    server.ended().await;
}

#[tokio::test]
async fn c16_too_many_of_them_end_the_connection() {
    let notes = Notes::default();
    let server = Server::start(app(&notes).http2(Http2::new().prior_knowledge(true).max_resets(5))).await;
    let mut wire = Wire::open(server.addr).await;
    wire.connect(1, "/echo").await;
    let head = [&HANDSHAKE[..4], &[(":path", "/echo")], &HANDSHAKE[4..], &[("content-length", "5")]].concat();
    for stream in (3..30).step_by(2) {
        let _ = wire.stream.try_write(&frame(HEADERS, END_HEADERS, stream, &fields(&head)));
    }
    let _ = wire.end().await;
    assert_eq!(server.app.stats().limited("max_resets"), 1);
    notes.seen("lost").await;
}

#[tokio::test]
async fn c16_a_handshake_whose_stream_has_ended_is_a_websocket_that_is_lost() {
    let (server, notes) = server().await;
    let mut wire = Wire::open(server.addr).await;
    wire.connect(1, "/echo").await;
    let head = [&HANDSHAKE[..4], &[(":path", "/echo")], &HANDSHAKE[4..]].concat();
    wire.head(END_STREAM, 3, &head).await;
    assert!(wire.until(HEADERS, 3).await.is_success());
    notes.seen("lost").await;
    assert_eq!(wire.until(DATA, 3).await.flags & END_STREAM, END_STREAM);
    wire.echoes(1).await;
    assert_eq!(server.app.stats().open, 1);
}

#[tokio::test]
async fn c16_trailers_end_a_websocket() {
    let (server, notes) = server().await;
    let mut wire = Wire::open(server.addr).await;
    for stream in [1, 3, 5] {
        wire.connect(stream, "/echo").await;
        wire.echoes(stream).await;
    }
    wire.head(END_STREAM, 3, &[("x-trailer", "1")]).await;
    notes.seen("lost").await;
    // A second head that does not end the stream is malformed (RFC 9113 8.1).
    wire.head(0, 5, &[("x-trailer", "1")]).await;
    assert_eq!(wire.until(RST_STREAM, 5).await.reason(), Reason::PROTOCOL_ERROR);
    until(|| notes.count("lost") == 2).await;
    wire.echoes(1).await;
    assert_eq!((server.app.stats().open, notes.all().len()), (1, 2));
}

#[tokio::test]
async fn c16_padding_takes_no_window_for_ever() {
    let (server, _) = server().await;
    let mut wire = Wire::open(server.addr).await;
    wire.connect(1, "/echo").await;
    let message = raw::frame(true, TEXT, b"hello");
    let padded = [&[255][..], &message, &[0; 255]].concat();
    // Several times the window of the stream.
    for _ in 0..1000 {
        wire.frame(DATA, PADDED, 1, &padded).await;
        assert_eq!(wire.next(1).await.text(), "hello");
    }
    // More padding than the frame has room for.
    wire.frame(DATA, PADDED, 1, &[255, 0]).await;
    assert_eq!(wire.end().await, Some(Reason::PROTOCOL_ERROR));
    until(|| server.app.stats().open == 0).await;
}

/// The client does not wait for the response.
#[tokio::test]
async fn c16_messages_may_come_with_the_handshake() {
    let (server, notes) = server().await;
    let mut wire = Wire::open(server.addr).await;
    let head = [&HANDSHAKE[..4], &[(":path", "/echo")], &HANDSHAKE[4..]].concat();
    let message = frame(DATA, 0, 1, &raw::frame(true, TEXT, b"early"));
    wire.write(&[frame(HEADERS, END_HEADERS, 1, &fields(&head)), message].concat()).await;
    assert_eq!(wire.next(1).await.text(), "early");
    wire.message(1, CLOSE, &1000_u16.to_be_bytes()).await;
    assert_eq!(wire.next(1).await.close().0, 1000);
    notes.seen("remote").await;
}

/// The data of a stream that is over takes room in the window of the connection, until the server drops it.
#[tokio::test]
async fn c16_data_that_nobody_reads_takes_no_window_for_ever() {
    let handshake = |path| [&HANDSHAKE[..4], &[(":path", path)], &HANDSHAKE[4..]].concat();
    let upload =
        vec![(":method", "POST"), (":scheme", "http"), (":authority", "localhost"), (":path", "/upload")];
    for (kind, head) in
        [("an upload", upload), ("a rejection", handshake("/nowhere")), ("a websocket", handshake("/deaf"))]
    {
        let notes = Notes::default();
        let options = Http2::new().prior_knowledge(true).max_streams(10);
        let router = Router::new().route("/upload", post(async || "unread"));
        let server = Server::start(app(&notes).fallback(router).http2(options)).await;
        let mut wire = Wire::open(server.addr).await;
        wire.connect(1, "/echo").await;
        eprintln!("{kind}");
        // 13 MB.
        for stream in (3..403).step_by(2) {
            wire.head(0, stream, &head).await;
            wire.write(&frame(DATA, 0, stream, &[0; 16_000]).repeat(4)).await;
            wire.until(HEADERS, stream).await;
            wire.reset(stream).await;
        }
        wire.echoes(1).await;
        assert_eq!(server.app.stats().limited("max_resets"), 0, "{kind}");
        until(|| server.app.stats().open == 1).await;
    }
}

/// The server finds out although it reads nothing more, because it has read enough ahead.
#[tokio::test]
async fn c16_a_reset_ends_a_websocket_whose_callback_is_pending() {
    let (server, notes) = server().await;
    let mut wire = Wire::open(server.addr).await;
    wire.connect(1, "/stuck").await;
    wire.message(1, TEXT, b"first").await;
    notes.seen("stuck").await;
    wire.write(&frame(DATA, 0, 1, &raw::frame(true, TEXT, &[b'x'; 10_000])).repeat(6)).await;
    wire.is_alive().await;
    wire.reset(1).await;
    notes.seen("lost").await;
    assert_eq!(notes.all(), ["stuck", "lost"]);
    until(|| server.app.stats().open == 0).await;
}

/// h2 ends a connection that buffers too many small frames. A WebSocket that does not read must not cause that.
#[tokio::test]
async fn c16_a_websocket_that_does_not_read_small_messages_harms_nobody_else() {
    for streams in [2, 20, 100] {
        let notes = Notes::default();
        let server =
            Server::start(app(&notes).http2(Http2::new().prior_knowledge(true).max_streams(streams))).await;
        let mut wire = Wire::open(server.addr).await;
        wire.connect(1, "/echo").await;
        wire.connect(3, "/deaf").await;
        // The smallest messages fill the window.
        let smallest = frame(DATA, 0, 3, &raw::frame(true, TEXT, b""));
        wire.write(&smallest.repeat(65_535 / 6)).await;
        wire.echoes(1).await;
        // One byte too many breaks the rules of its own stream.
        wire.write(&smallest).await;
        assert_eq!(wire.until(RST_STREAM, 3).await.reason(), Reason::FLOW_CONTROL_ERROR);
        wire.echoes(1).await;
        assert_eq!(notes.all(), [""; 0], "{streams}");
    }
}

/// RFC 9113 8.2.3: the pieces are joined before they reach an application that knows nothing of HTTP/2.
#[tokio::test]
async fn cookies_in_pieces_are_one_cookie_header() {
    let notes = Notes::default();
    let cookies =
        async |headers: HeaderMap| format!("{:?}", headers.get_all("cookie").iter().collect::<Vec<_>>());
    let server = serve(app(&notes).fallback(Router::new().route("/cookies", get(cookies)))).await;
    let mut wire = Wire::open(server.addr).await;
    let head = [(":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", "/cookies")];
    for (stream, pieces, joined) in
        [(1, &["a=1"][..], r#"["a=1"]"#), (3, &["a=1", "b=2", "c=3; d=4"], r#"["a=1; b=2; c=3; d=4"]"#)]
    {
        let pieces: Vec<_> = pieces.iter().map(|piece| ("cookie", *piece)).collect();
        wire.head(END_STREAM, stream, &[&head[..], &pieces].concat()).await;
        let body = wire.until(DATA, stream).await.payload;
        assert_eq!(std::str::from_utf8(&body).unwrap(), joined);
    }
}

#[tokio::test]
async fn c16_headers_of_a_body_are_left_out_of_the_response_to_a_handshake() {
    let (server, _) = server().await;
    let mut wire = Wire::open(server.addr).await;
    wire.connect(1, "/lengthy").await;
    wire.echoes(1).await;
    let mut client = raw::Raw::open(server.addr).await;
    let response = client.request("GET", "/lengthy", &raw::HEADERS).await;
    assert_eq!((response.status, response.header("content-length")), (101, None));
    assert_eq!(response.header("transfer-encoding"), None);
}

/// RFC 8441 4: "the :authority pseudo-header field is interpreted according to Section 8.1.2.3 of [RFC7540]"
///
/// RFC 8441 5: "The Host information is conveyed as part of the :authority pseudo-header field"
#[tokio::test]
async fn c16_the_host_of_a_request_is_its_authority() {
    let (server, _) = server().await;
    let mut wire = Wire::open(server.addr).await;
    let request = |authority: Option<&'static str>, host: Option<&'static str>, origin: &'static str| {
        let mut head =
            vec![(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/echo")];
        head.extend(authority.map(|authority| (":authority", authority)));
        head.push(("sec-websocket-version", "13"));
        head.extend(host.map(|host| ("host", host)));
        head.push(("origin", origin));
        head
    };
    let mut stream = 1;
    for (authority, host, origin, accepted) in [
        (Some("localhost"), None, "http://localhost", true),
        (Some("localhost"), Some("evil.example"), "http://localhost", true),
        (Some("localhost"), Some("evil.example"), "http://evil.example", false),
        (Some("user@localhost"), None, "http://localhost", false),
        (Some("evil.example:x"), None, "http://localhost", false),
    ] {
        wire.head(0, stream, &request(authority, host, origin)).await;
        let answer = loop {
            let answer = wire.read().await.unwrap();
            if answer.stream == stream && [HEADERS, RST_STREAM].contains(&answer.kind) {
                break answer;
            }
        };
        assert_eq!(answer.is_success(), accepted, "{authority:?} {host:?} {origin}");
        stream += 2;
    }
    assert_eq!(server.app.stats().opened, 2);
}

/// The client resets its streams at every moment of the handshake and of the first message.
#[tokio::test]
async fn c16_every_websocket_ends_once_whenever_its_stream_is_reset() {
    let notes = Notes::default();
    let server =
        Server::start(app(&notes).http2(Http2::new().prior_knowledge(true).max_resets(u32::MAX))).await;
    let mut wire = Wire::open(server.addr).await;
    wire.connect(1, "/echo").await;
    let head = [&HANDSHAKE[..4], &[(":path", "/echo")], &HANDSHAKE[4..]].concat();
    let message = raw::frame(true, TEXT, b"hello");
    for (number, stream) in (3..1203).step_by(2).enumerate() {
        let begin = frame(HEADERS, END_HEADERS, stream, &fields(&head));
        let data = frame(DATA, 0, stream, &message[..number % message.len()]);
        let reset = frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes());
        match number % 4 {
            0 => wire.write(&[begin, data, reset].concat()).await,
            1 => {
                wire.write(&begin).await;
                wire.write(&[data, reset].concat()).await;
            }
            2 => {
                wire.write(&[begin, data].concat()).await;
                for _ in 0..number / 4 % 8 {
                    tokio::task::yield_now().await;
                }
                wire.write(&reset).await;
            }
            _ => {
                wire.write(&[begin, data].concat()).await;
                wire.until(HEADERS, stream).await;
                wire.write(&reset).await;
            }
        }
        // The server has seen all of it.
        wire.is_alive().await;
    }
    until(|| server.app.stats().open == 1).await;
    wire.echoes(1).await;
    let stats = server.app.stats();
    assert_eq!(stats.opened - 1, stats.ended.values().sum::<u64>());
    assert_eq!(notes.all().len() as u64, stats.opened - 1, "`terminate` runs once for each");
    assert!(stats.opened > 150, "{}", stats.opened);
}

#[tokio::test]
async fn c16_a_heartbeat_ends_a_websocket_whose_window_is_shut() {
    let (server, _) = server().await;
    let mut wire = Wire::open_with(server.addr, &[(INITIAL_WINDOW_SIZE, 0)]).await;
    wire.connect(1, "/beating").await;
    // Its pings do not get through.
    wire.until(RST_STREAM, 1).await;
    assert_eq!(server.app.stats().ended("timeout"), 1);
    // With a window, the next one gets a ping and the close frame.
    wire.connect(3, "/beating").await;
    wire.frame(WINDOW_UPDATE, 0, 3, &1000_u32.to_be_bytes()).await;
    assert_eq!(wire.next(3).await.opcode, PING);
    wire.is_alive().await;
}

#[tokio::test]
async fn a_head_in_pieces_is_whole_and_other_frames_between_them_are_not_allowed() {
    let (server, _) = server().await;
    let mut wire = Wire::open(server.addr).await;
    let head = fields(&[&HANDSHAKE[..4], &[(":path", "/echo")], &HANDSHAKE[4..]].concat());
    wire.frame(HEADERS, 0, 1, &head[..10]).await;
    wire.frame(CONTINUATION, 0, 1, &head[10..20]).await;
    wire.frame(CONTINUATION, END_HEADERS, 1, &head[20..]).await;
    assert!(wire.until(HEADERS, 1).await.is_success());
    wire.echoes(1).await;
    wire.frame(HEADERS, 0, 3, &head[..10]).await;
    wire.message(1, TEXT, b"between").await;
    assert_eq!(wire.until(GOAWAY, 0).await.reason(), Reason::PROTOCOL_ERROR);
    until(|| server.app.stats().open == 0).await;
}

/// GOAWAY announces the end, and the WebSockets end in order after it.
#[tokio::test]
async fn c16_a_drain_closes_with_1001_before_the_connection_ends() {
    let (server, notes) = server().await;
    let mut wire = Wire::open(server.addr).await;
    for stream in [1, 3, 5] {
        wire.connect(stream, "/echo").await;
        wire.echoes(stream).await;
    }
    let app = server.app.clone();
    let drain = tokio::spawn(async move { app.drain(ws_tests::PATIENCE).await });
    let (mut seen, mut last) = (Vec::new(), None);
    while let Some(received) = wire.read().await {
        match received.kind {
            GOAWAY => {
                assert_eq!(received.reason(), Reason::NO_ERROR);
                last = Some(u32::from_be_bytes(received.payload[..4].try_into().unwrap()));
            }
            DATA if received.flags & END_STREAM == 0 => {
                let stream = received.stream;
                assert_eq!(wire.next(stream).await.close().0, 1001);
                seen.push(stream);
                wire.frame(DATA, END_STREAM, stream, &raw::frame(true, CLOSE, &1001_u16.to_be_bytes())).await;
            }
            _ => {}
        }
    }
    seen.sort_unstable();
    assert_eq!((seen, last), (vec![1, 3, 5], Some(5)));
    assert_eq!(ws_tests::drained(&within(drain).await.unwrap()), (3, 0, 0));
    assert_eq!(notes.count("drained"), 3);
    server.ended().await;
}
