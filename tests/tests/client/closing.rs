//! How a connection ends, and how the client reports it.

use std::io;
use std::time::Duration;

use tokio::time::Instant;
use ws_core::ControlPayload;
use ws_core::client::{self, Client, Error};
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{CLOSE, PONG, TEXT};
use ws_tests::{Server, within};

use super::peer::{self, Peer, pair, pair_by};

/// Closes on request, and notes how the connection ended.
#[websocket("/ending")]
#[derive(Default)]
struct Ending;

#[websocket]
impl Ending {
    #[text]
    fn text(&mut self, text: &str) -> Reply {
        match text {
            "close" => Reply::new().with("last words").close(CloseCode::from_static(4000), "enough"),
            "large" => Reply::new().with("x".repeat(2 << 20)),
            _ => Reply::new(),
        }
    }

    #[terminate]
    fn terminate(&mut self, reason: &Terminate, cx: &mut Context<Self>) {
        cx.state::<Notes>().add(reason.to_string());
    }
}

async fn connect() -> (Server, Notes, Client) {
    let notes = Notes::default();
    let server = Server::start(App::discover_in(module_path!()).state(notes.clone())).await;
    let url = format!("ws://{}/ending", server.addr);
    let client = within(client::request(&url).max_message_size(1 << 20).connect()).await.unwrap();
    (server, notes, client)
}

#[tokio::test]
async fn close_returns_the_answer_of_the_server() {
    let (_server, notes, mut client) = connect().await;
    let answer = within(client.close(CloseCode::from_static(4001), "bye")).await.unwrap();
    assert_eq!(answer, Some((4001, "bye".to_owned())));
    notes.seen("closed by the client with 4001 bye").await;
    // The client stays closed.
    assert_eq!(within(client.close(CloseCode::NORMAL, "")).await.unwrap(), Some((4001, "bye".to_owned())));
    assert_eq!(within(client.recv()).await.unwrap(), None);
    assert!(client.send("too late").await.is_err());
}

#[tokio::test]
async fn the_server_closes_after_its_last_words() {
    let (_server, notes, mut client) = connect().await;
    within(client.send("close")).await.unwrap();
    // The connection has already ended, but the message before the close frame is not lost.
    notes.seen("closed by the server with 4000 enough").await;
    assert_eq!(within(client.recv()).await.unwrap(), Some("last words".into()));
    for _ in 0..2 {
        assert_eq!(within(client.recv()).await.unwrap(), None);
        assert_eq!(within(client.closed()).await.unwrap(), Some((4000, "enough".to_owned())));
    }
    let error = within(client.text()).await.unwrap_err().to_string();
    assert_eq!(error, "waited for a text message, but the server closed the connection with 4000 (enough)");
    let error = within(client.send("too late")).await.unwrap_err().to_string();
    let wanted = "waited for a message to be sent, but the server closed the connection with 4000 (enough)";
    assert_eq!(error, wanted);
}

#[tokio::test]
async fn close_drops_messages_it_does_not_wait_for() {
    let (mut client, mut peer) = pair().await;
    let serve = async {
        assert_eq!(peer.read_close().await, (1000, "bye".to_owned()));
        peer.send(&peer::frame(TEXT, b"on its way")).await;
        peer.send(&peer::close(1000, "")).await;
    };
    let (answer, ()) = tokio::join!(within(client.close(CloseCode::NORMAL, "bye")), serve);
    assert_eq!(answer.unwrap(), Some((1000, String::new())));
}

#[tokio::test]
async fn a_close_can_be_sent_without_waiting() {
    let (mut client, mut peer) = pair().await;
    within(client.send(Close::new(CloseCode::NORMAL, "bye"))).await.unwrap();
    assert!(matches!(client.send("late").await, Err(Error::SendAfterClose)));
    assert!(matches!(client.ping("late").await, Err(Error::SendAfterClose)));
    peer.send(&peer::frame(TEXT, b"on its way")).await;
    assert_eq!(within(client.text()).await.unwrap(), "on its way");
    peer.send(&peer::frame(CLOSE, b"")).await;
    assert_eq!(within(client.closed()).await.unwrap(), None);
    assert_eq!(within(client.recv()).await.unwrap(), None);
}

#[tokio::test]
async fn the_answer_to_the_servers_close_is_on_its_way_when_the_client_learns_of_it() {
    let (mut client, mut peer) = pair().await;
    peer.send(&peer::close(4002, "go")).await;
    assert_eq!(within(client.closed()).await.unwrap(), Some((4002, "go".to_owned())));
    drop(client);
    assert_eq!(peer.read_close().await, (4002, "go".to_owned()));
}

#[tokio::test]
async fn a_send_that_waits_fails_with_the_servers_reason() {
    let (client, mut peer) = pair().await;
    // More than the system buffers, and the peer does not read.
    let sending = client.send(vec![0; 32 << 20]);
    let closing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        peer.send(&peer::close(4003, "too much")).await;
    };
    let (sent, ()) = tokio::join!(within(sending), closing);
    let error = sent.unwrap_err();
    assert!(matches!(&error, Error::Closed { close: Some((4003, _)), .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_never_answers_ends_the_wait_of_close() {
    let (mut client, mut peer) = pair().await;
    // With nothing to do, the paused clock jumps to the timeout.
    tokio::time::pause();
    let called = Instant::now();
    let error = client.close(CloseCode::NORMAL, "bye").await.unwrap_err().to_string();
    assert_eq!(called.elapsed().as_secs(), 10);
    tokio::time::resume();
    assert_eq!(error, "waited for the server's close frame, but nothing came within 10 s");
    // Calling it again waits for the same answer.
    peer.send(&peer::close(1000, "late")).await;
    assert_eq!(
        within(client.close(CloseCode::NORMAL, "bye")).await.unwrap(),
        Some((1000, "late".to_owned()))
    );
    assert_eq!(peer.read_close().await, (1000, "bye".to_owned()));
}

#[tokio::test]
async fn a_server_that_is_gone_is_lost() {
    let (mut client, peer) = pair().await;
    drop(peer);
    for _ in 0..2 {
        let error = within(client.recv()).await.unwrap_err();
        assert!(matches!(error, Error::Lost { kind: io::ErrorKind::UnexpectedEof, .. }), "{error}");
    }
    let error = within(client.send("too late")).await.unwrap_err();
    assert!(matches!(error, Error::Lost { .. }), "{error}");
    let error = within(client.close(CloseCode::NORMAL, "")).await.unwrap_err();
    assert!(matches!(error, Error::Lost { .. }), "{error}");
}

#[tokio::test]
async fn a_dropped_client_cuts_the_connection() {
    let (_server, notes, client) = connect().await;
    let sender = client.sender();
    within(sender.send("hello")).await.unwrap();
    drop(client);
    notes.seen("the connection was lost").await;
    let error = within(sender.send("too late")).await.unwrap_err();
    assert!(matches!(error, Error::Lost { kind: io::ErrorKind::ConnectionAborted, .. }), "{error}");
}

#[tokio::test]
async fn a_message_over_the_limit_closes_with_1009() {
    let (_server, notes, mut client) = connect().await;
    within(client.send("large")).await.unwrap();
    for _ in 0..2 {
        let error = within(client.text()).await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { size, limit: 0x10_0000 } if size > 0x10_0000), "{error}");
    }
    notes.seen("closed by the client with 1009").await;
}

async fn violation(bytes: &[u8]) -> (String, Peer) {
    let (mut client, mut peer) = pair_by(|request| request.max_message_size(100)).await;
    peer.send(bytes).await;
    // The peer can finish a large message before it reads the close frame.
    peer.send(&vec![0; 16 << 20]).await;
    (within(client.recv()).await.unwrap_err().to_string(), peer)
}

#[tokio::test]
async fn a_violation_of_the_protocol_is_answered_with_its_code() {
    for (bytes, code, problem) in [
        (&b"\xc1\x00"[..], 1002, "the server violated the WebSocket protocol: Reserved bits are non-zero"),
        (b"\x83\x00", 1002, "the server violated the WebSocket protocol: "),
        (b"\x80\x00", 1002, "the server violated the WebSocket protocol: "),
        (b"\x81\x02\xc3\x28", 1007, "the server violated the WebSocket protocol: text is not valid UTF-8"),
        (b"\x82\x7e\x00\xff", 1009, "the server sent a message of 255 bytes or more, but the limit is 100"),
    ] {
        let (error, mut peer) = violation(bytes).await;
        assert!(error.starts_with(problem), "{bytes:?}: {error}");
        assert_eq!(peer.read_close().await.0, code, "{bytes:?}");
    }
}

#[tokio::test]
async fn a_user_may_send_pongs_of_its_own() {
    let (client, mut peer) = pair().await;
    let payload = ControlPayload::new("unasked").unwrap();
    within(client.send(Message::Pong(payload))).await.unwrap();
    let frame = peer.read().await.unwrap();
    assert_eq!((frame.opcode, &*frame.payload), (PONG, &b"unasked"[..]));
}
