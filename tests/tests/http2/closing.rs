//! The ends of WebSockets over HTTP/2, and of the connection below.

use h2::Reason;
use ws_core::prelude::*;
use ws_tests::gate::Gate;
use ws_tests::notes::Notes;
use ws_tests::raw::{self, CLOSE, PING, PONG, Raw, TEXT};
use ws_tests::{Server, until, within};

use super::support::{Connection, Tunnel, handshake, serve};

/// Notes its end, once.
#[websocket("/noting", close_timeout = "300ms", write_timeout = "300ms")]
struct Noting {
    notes: Notes,
}

#[websocket]
impl Noting {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self { notes }
    }

    #[text]
    fn text(&mut self, text: &str, cx: &mut Context<Self>) -> Option<String> {
        match text {
            "close" => drop(cx.close(CloseCode::NORMAL, "bye")),
            "panic" => panic!("as the client asks"),
            "flood" => return Some("x".repeat(1 << 20)),
            other => return Some(other.to_owned()),
        }
        None
    }

    #[terminate]
    fn terminate(&mut self, reason: &Terminate) {
        self.notes.add(reason.kind());
    }
}

/// Its `#[init]` waits.
#[websocket("/waiting")]
#[derive(Default)]
struct Waiting;

#[websocket]
impl Waiting {
    #[init]
    async fn new(State(gate): State<Gate>, State(notes): State<Notes>) -> Self {
        let _dropped = notes.on_drop("init over");
        notes.add("init");
        gate.passed().await;
        Self
    }
}

async fn server() -> (Server, Connection, Notes) {
    let notes = Notes::default();
    let server = serve(App::discover_in(module_path!()).state(notes.clone()).state(Gate::new())).await;
    let connection = Connection::open(server.addr).await;
    (server, connection, notes)
}

/// Checks that the WebSocket has ended for this reason alone, and that the connection still works.
async fn ended(notes: &Notes, reason: &str, server: &Server, connection: &mut Connection) {
    notes.seen(reason).await;
    until(|| server.app.stats().open == 0).await;
    assert_eq!(notes.all(), [reason]);
    echoes(&mut connection.tunnel(handshake("/noting")).await).await;
}

async fn echoes(tunnel: &mut Tunnel) {
    tunnel.frame(TEXT, b"hello").await;
    assert_eq!(tunnel.read().await.unwrap().text(), "hello");
}

#[tokio::test]
async fn c16_the_client_closes() {
    let (server, mut connection, notes) = server().await;
    let mut tunnel = connection.tunnel(handshake("/noting")).await;
    tunnel.frame(PING, b"p").await;
    assert_eq!(tunnel.read().await.unwrap().opcode, PONG);
    tunnel.frame(CLOSE, &[&1000_u16.to_be_bytes()[..], b"bye"].concat()).await;
    assert_eq!(tunnel.read().await.unwrap().close(), (1000, "bye"));
    // RFC 8441 5: "Orderly TCP-level closures are represented as END_STREAM flags"
    assert_eq!(tunnel.read().await, None);
    tunnel.end();
    ended(&notes, "remote", &server, &mut connection).await;
}

#[tokio::test]
async fn c16_the_server_closes() {
    let (server, mut connection, notes) = server().await;
    let mut tunnel = connection.tunnel(handshake("/noting")).await;
    tunnel.frame(TEXT, b"close").await;
    assert_eq!(tunnel.read().await.unwrap().close(), (1000, "bye"));
    tunnel.frame(CLOSE, &1000_u16.to_be_bytes()).await;
    assert_eq!(tunnel.read().await, None);
    tunnel.end();
    ended(&notes, "stop", &server, &mut connection).await;
}

#[tokio::test]
async fn c16_the_stream_ends_without_a_close_frame() {
    let (server, mut connection, notes) = server().await;
    let mut tunnel = connection.tunnel(handshake("/noting")).await;
    echoes(&mut tunnel).await;
    tunnel.end();
    // RFC 8441 5: "Orderly TCP-level closures are represented as END_STREAM flags"
    assert_eq!(tunnel.read().await, None);
    ended(&notes, "lost", &server, &mut connection).await;
}

#[tokio::test]
async fn c16_the_client_resets_the_stream_in_the_middle_of_a_message() {
    // RFC 8441 5: "RST exceptions are represented with the RST_STREAM frame ([RFC7540], Section 6.4) with the CANCEL error
    // code"
    for reason in [Reason::CANCEL, Reason::NO_ERROR, Reason::INTERNAL_ERROR, Reason::STREAM_CLOSED] {
        let (server, mut connection, notes) = server().await;
        let mut tunnel = connection.tunnel(handshake("/noting")).await;
        echoes(&mut tunnel).await;
        let frame = raw::frame(true, TEXT, &[b'x'; 1000]);
        within(tokio::io::AsyncWriteExt::write_all(&mut tunnel, &frame[..500])).await.unwrap();
        tunnel.frame(TEXT, b"the rest is missing").await;
        tunnel.sending.send_reset(reason);
        ended(&notes, "lost", &server, &mut connection).await;
    }
}

#[tokio::test]
async fn c16_a_client_that_does_not_end_its_stream_is_reset() {
    let (server, mut connection, notes) = server().await;
    let mut tunnel = connection.tunnel(handshake("/noting")).await;
    tunnel.frame(CLOSE, &1000_u16.to_be_bytes()).await;
    assert_eq!(tunnel.read().await.unwrap().close().0, 1000);
    assert_eq!(tunnel.read().await, None);
    // The stream had its orderly end, so there is nothing to report (RFC 9113 8.1).
    assert_eq!(tunnel.reset().await, Reason::NO_ERROR);
    ended(&notes, "remote", &server, &mut connection).await;
}

#[tokio::test]
async fn c16_a_client_that_does_not_read_is_reset_after_the_write_timeout() {
    let (server, mut connection, notes) = server().await;
    let mut tunnel = connection.tunnel(handshake("/noting")).await;
    tunnel.frame(TEXT, b"flood").await;
    // RFC 8441 5: "RST exceptions are represented with the RST_STREAM frame ([RFC7540], Section 6.4) with the CANCEL error
    // code"
    assert_eq!(tunnel.reset().await, Reason::CANCEL);
    assert_eq!(server.app.stats().limited("write_timeout"), 1);
    // What it has not read takes room in the window of its connection.
    drop(tunnel);
    ended(&notes, "io", &server, &mut connection).await;
}

#[tokio::test]
async fn a_panic_ends_one_websocket() {
    let (server, mut connection, notes) = server().await;
    let mut other = connection.tunnel(handshake("/noting")).await;
    let mut tunnel = connection.tunnel(handshake("/noting")).await;
    tunnel.frame(TEXT, b"panic").await;
    assert_eq!(tunnel.read().await.unwrap().close().0, 1011);
    tunnel.end();
    notes.seen("panic").await;
    echoes(&mut other).await;
    assert_eq!(server.app.stats().open, 1);
}

#[tokio::test]
async fn all_websockets_are_lost_with_their_connection() {
    let (server, mut connection, notes) = server().await;
    let mut tunnels = Vec::new();
    for _ in 0..10 {
        let mut tunnel = connection.tunnel(handshake("/noting")).await;
        echoes(&mut tunnel).await;
        tunnels.push(tunnel);
    }
    connection.over.abort();
    until(|| notes.count("lost") == 10).await;
    assert_eq!(notes.all().len(), 10);
    until(|| server.app.stats().open == 0).await;
}

#[tokio::test]
async fn a_request_that_is_reset_before_its_answer_drops_init() {
    let (server, mut connection, notes) = server().await;
    let (response, mut sending) = connection.send(handshake("/waiting").body(()).unwrap(), false).await;
    notes.seen("init").await;
    sending.send_reset(Reason::CANCEL);
    notes.seen("init over").await;
    drop(response);
    assert_eq!(server.app.stats().opened, 0);
}

#[tokio::test]
async fn c16_a_drain_closes_every_websocket_and_then_the_connection() {
    let (server, mut connection, notes) = server().await;
    let mut tunnels = Vec::new();
    for _ in 0..10 {
        let mut tunnel = connection.tunnel(handshake("/noting")).await;
        echoes(&mut tunnel).await;
        tunnels.push(tunnel);
    }
    let app = server.app.clone();
    let drain = app.drain(ws_tests::PATIENCE);
    let leave = async {
        for tunnel in &mut tunnels {
            assert_eq!(tunnel.read().await.unwrap().close().0, 1001);
            tunnel.frame(CLOSE, &1001_u16.to_be_bytes()).await;
            assert_eq!(tunnel.read().await, None);
            tunnel.end();
        }
    };
    let (drained, ()) = futures_util::future::join(drain, leave).await;
    assert_eq!(ws_tests::drained(&drained), (10, 0, 0));
    assert_eq!(notes.count("drained"), 10);
    // GOAWAY, and an end in an orderly way.
    drop(tunnels);
    within(&mut connection.over).await.unwrap().unwrap();
    server.ended().await;
}

#[tokio::test]
async fn a_drain_closes_a_connection_without_streams() {
    let (server, mut connection, _notes) = server().await;
    assert_eq!(connection.response(handshake("/nowhere")).await.status, 404);
    let drained = within(server.app.drain(ws_tests::PATIENCE)).await;
    assert_eq!(ws_tests::drained(&drained), (0, 0, 0));
    within(&mut connection.over).await.unwrap().unwrap();
    server.ended().await;
}

/// The first bytes decide which protocol a connection speaks. A drain does not wait for them.
#[tokio::test]
async fn a_drain_closes_connections_that_have_sent_nothing() {
    let (server, mut connection, _notes) = server().await;
    let mut silent = Raw::open(server.addr).await;
    let mut begun = Raw::open(server.addr).await;
    begun.send(b"PRI * HTTP").await;
    // Accepted after the others.
    let last = Connection::open(server.addr).await;
    assert_eq!(connection.response(handshake("/nowhere")).await.status, 404);
    let app = server.app.clone();
    let drained = tokio::spawn(async move { app.drain(4 * ws_tests::PATIENCE).await });
    assert_eq!(within(tokio::io::AsyncReadExt::read(&mut silent.stream, &mut [0])).await.unwrap(), 0);
    assert_eq!(server.app.stats().limited("request_head"), 0);
    drop((begun, last));
    within(drained).await.unwrap();
    server.ended().await;
}
