//! The end of a connection: `close_notify` in both directions, and clients that do not read.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{CLOSE, TEXT, frame, read_frame, request};
use ws_tests::{PATIENCE, pass, until, within};

use super::support::{exchange, serve};

/// Answers "flood" with more than the buffers of both ends hold, and notes its end.
struct Talker(Notes);

#[websocket]
impl Talker {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn text(&mut self, text: &str) -> Message {
        match text {
            "flood" => Message::from(vec![7; 32 << 20]),
            text => Message::from(text),
        }
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(reason.kind());
    }
}

fn app(notes: &Notes) -> App {
    App::new().state(notes.clone()).mount::<Talker>("/", ())
}

#[tokio::test]
async fn the_servers_close_ends_with_close_notify() {
    let notes = Notes::default();
    let (server, trusting) = serve(app(&notes)).await;
    let mut stream = trusting.raw(server.addr, "/").await;
    stream.write_all(&frame(true, CLOSE, &1000_u16.to_be_bytes())).await.unwrap();
    let close = within(read_frame(&mut stream)).await.expect("a close frame");
    assert_eq!((close.opcode, close.payload), (CLOSE, 1000_u16.to_be_bytes().to_vec()));
    // Without `close_notify`, rustls reports an unexpected end.
    let mut rest = Vec::new();
    assert_eq!(within(stream.read_to_end(&mut rest)).await.unwrap(), 0);
    until(|| server.app.stats().open == 1).await;
    within(stream.shutdown()).await.unwrap();
    until(|| server.app.stats().open == 0).await;
    assert_eq!(notes.all(), ["remote"]);
    assert_eq!(server.app.stats().limited("close_timeout"), 0);
}

#[tokio::test]
async fn the_clients_close_notify_is_awaited_within_the_close_timeout() {
    let notes = Notes::default();
    let (server, trusting) = serve(app(&notes).close_timeout(Duration::from_millis(200))).await;
    let mut stream = trusting.raw(server.addr, "/").await;
    stream.write_all(&frame(true, CLOSE, &1000_u16.to_be_bytes())).await.unwrap();
    assert_eq!(within(read_frame(&mut stream)).await.expect("a close frame").opcode, CLOSE);
    // It neither sends `close_notify` nor closes.
    until(|| server.app.stats().open == 0).await;
    assert_eq!(server.app.stats().limited("close_timeout"), 1);
}

#[tokio::test]
async fn a_client_that_leaves_without_a_close_frame_is_lost() {
    for is_orderly in [true, false] {
        let notes = Notes::default();
        let (server, trusting) = serve(app(&notes)).await;
        let mut stream = trusting.raw(server.addr, "/").await;
        stream.write_all(&frame(true, TEXT, b"hello")).await.unwrap();
        assert_eq!(within(read_frame(&mut stream)).await.expect("an echo").text(), "hello");
        if is_orderly {
            within(stream.shutdown()).await.unwrap();
        }
        drop(stream);
        notes.seen("lost").await;
        until(|| server.app.stats().open == 0).await;
        assert_eq!(notes.all(), ["lost"]);
    }
}

#[tokio::test]
async fn a_message_that_lies_before_close_notify_is_delivered_and_answered() {
    let notes = Notes::default();
    let (server, trusting) = serve(app(&notes)).await;
    let mut stream = trusting.raw(server.addr, "/").await;
    stream.write_all(&frame(true, TEXT, b"last words")).await.unwrap();
    // Ends the client's half. It still reads.
    within(stream.shutdown()).await.unwrap();
    assert_eq!(within(read_frame(&mut stream)).await.expect("an echo").text(), "last words");
    notes.seen("lost").await;
}

#[tokio::test]
async fn the_write_timeout_ends_a_client_that_does_not_read() {
    let notes = Notes::default();
    let (server, trusting) = serve(app(&notes).write_timeout(Duration::from_millis(300))).await;
    let mut stream = trusting.raw(server.addr, "/").await;
    stream.write_all(&frame(true, TEXT, b"flood")).await.unwrap();
    notes.seen("io").await;
    until(|| server.app.stats().open == 0).await;
    assert_eq!(server.app.stats().limited("write_timeout"), 1);
}

#[tokio::test]
async fn the_write_timeout_ends_a_client_that_does_not_read_a_response() {
    let router = Router::new().route("/page", get(async || vec![b'x'; 32 << 20]));
    let app = app(&Notes::default()).fallback(router).http_write_timeout(Duration::from_millis(300));
    let (server, trusting) = serve(app).await;
    let mut stream = trusting.open(server.addr).await.unwrap();
    within(stream.write_all(&request("GET", "/page", &[("Host", "localhost")]))).await.unwrap();
    until(|| server.app.stats().limited("http_write_timeout") == 1).await;
}

#[tokio::test]
async fn a_response_ends_with_close_notify() {
    let (server, trusting) = serve(app(&Notes::default())).await;
    let mut stream = trusting.open(server.addr).await.unwrap();
    let headers = [("Host", "localhost"), ("Connection", "close")];
    let head = exchange(&mut stream, &request("GET", "/nowhere", &headers)).await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    let mut body = String::new();
    within(stream.read_to_string(&mut body)).await.unwrap();
    assert_eq!(body, "no route matches /nowhere\n");
}

#[tokio::test]
async fn a_connection_that_was_kept_alive_ends_with_close_notify() {
    let (server, trusting) = serve(app(&Notes::default())).await;
    let mut stream = trusting.open(server.addr).await.unwrap();
    let head = exchange(&mut stream, &request("GET", "/nowhere", &[("Host", "localhost")])).await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    let mut body = vec![0; "no route matches /nowhere\n".len()];
    within(stream.read_exact(&mut body)).await.unwrap();
    pass(Duration::from_secs(76)).await;
    assert_eq!(within(stream.read(&mut body)).await.unwrap(), 0);
}

#[tokio::test]
async fn a_client_that_does_not_answer_a_drain_is_cut_at_its_deadline() {
    let notes = Notes::default();
    let (server, trusting) = serve(app(&notes).close_timeout(2 * PATIENCE)).await;
    let mut stream = trusting.raw(server.addr, "/").await;
    let drained = within(server.app.drain(Duration::from_millis(300))).await;
    assert_eq!(ws_tests::drained(&drained), (1, 0, 0));
    assert_eq!(within(read_frame(&mut stream)).await.expect("a close frame").opcode, CLOSE);
    server.ended().await;
}
