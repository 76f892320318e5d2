//! One WebSocket does not hold up the others of its connection.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use h2::client::Builder;
use tokio::time::timeout;
use tokio_websockets::Message as Frame;
use ws_core::Http2;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{self, TEXT};
use ws_tests::{Server, until, within};

use super::support::{Connection, Tunnel, handshake, serve};

#[websocket("/echo")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

/// Stops to read when the client asks.
#[websocket("/pausing", idle_timeout = "never", max_message_size = "64MiB", message_timeout = "never")]
struct Pausing {
    notes: Notes,
}

#[websocket]
impl Pausing {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self { notes }
    }

    #[text]
    fn text(&mut self, text: &str, cx: &mut Context<Self>) {
        self.notes.add(text.get(..8).unwrap_or(text));
        if text == "pause" {
            cx.pause();
        }
    }

    #[info]
    fn resume(&mut self, _: Resume, cx: &mut Context<Self>) {
        cx.resume();
    }
}

struct Resume;

/// Sends more than the client reads.
#[websocket("/flood", write_timeout = "never", idle_timeout = "never", mailbox(bytes = "64MiB"))]
#[derive(Default)]
struct Flood;

#[websocket]
impl Flood {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        for _ in 0..64 {
            let _ = cx.send(vec![0; 64 << 10]);
        }
    }
}

async fn server(options: Http2) -> (Server, Notes) {
    let notes = Notes::default();
    let app = App::discover_in(module_path!()).state(notes.clone());
    (Server::start(app.http2(options.prior_knowledge(true))).await, notes)
}

async fn echoes(tunnel: &mut Tunnel) {
    tunnel.frame(TEXT, b"hello").await;
    assert_eq!(tunnel.read().await.unwrap().text(), "hello");
}

/// Sends on the stream until its window is full. Returns the number of bytes.
async fn fill(tunnel: &mut Tunnel) -> usize {
    let payload = vec![b'x'; 2 << 20];
    let mut frame = Bytes::from(raw::frame(true, TEXT, &payload));
    let whole = frame.len();
    tunnel.sending.reserve_capacity(frame.len());
    loop {
        let capacity = tunnel.sending.capacity();
        if capacity > 0 {
            tunnel.sending.send_data(frame.split_to(capacity.min(frame.len())), false).unwrap();
            tunnel.sending.reserve_capacity(frame.len());
            continue;
        }
        // The window is full if no room comes in this time. If that is wrong, the test only proves less.
        let more = std::future::poll_fn(|cx| tunnel.sending.poll_capacity(cx));
        if timeout(Duration::from_millis(200), more).await.is_err() {
            return whole - frame.len();
        }
    }
}

#[tokio::test]
async fn c16_websockets_that_do_not_read_do_not_starve_their_neighbours() {
    let (server, notes) = server(Http2::new().max_streams(20)).await;
    let mut connection = Connection::open(server.addr).await;
    let mut echo = connection.tunnel(handshake("/echo")).await;
    let mut paused = Vec::new();
    // All the streams that the connection may have.
    for _ in 0..19 {
        let mut tunnel = connection.tunnel(handshake("/pausing")).await;
        tunnel.frame(TEXT, b"pause").await;
        paused.push(tunnel);
    }
    until(|| notes.count("pause") == 19).await;
    for tunnel in &mut paused {
        let sent = fill(tunnel).await;
        assert!(sent >= 65_535 - 100, "{sent}");
        assert!(sent < 1 << 20, "the server takes no more than the window: {sent}");
        echoes(&mut echo).await;
    }
    assert_eq!(server.app.stats().open, 20);
}

#[tokio::test]
async fn c16_a_pause_on_one_stream_leaves_the_others_alone() {
    let (server, notes) = server(Http2::new()).await;
    let mut connection = Connection::open(server.addr).await;
    let mut echo = connection.tunnel(handshake("/echo")).await;
    let mut paused = connection.tunnel(handshake("/pausing")).await;
    paused.frame(TEXT, b"pause").await;
    notes.seen("pause").await;
    let sent = fill(&mut paused).await;
    assert!(sent < 1 << 20, "nothing is read during a pause: {sent}");
    for _ in 0..100 {
        echoes(&mut echo).await;
    }
    // It reads again after the pause.
    let socket = server.app.sockets::<Pausing>().into_iter().next().unwrap();
    let _ = socket.info(Resume);
    assert!(fill(&mut paused).await > 1 << 20);
}

/// Here the client does not read, and the server sends: each stream has a window of the client's.
#[tokio::test]
async fn c16_a_client_that_does_not_read_one_stream_gets_the_others() {
    let (server, ..) = server(Http2::new()).await;
    let mut builder = Builder::new();
    builder.initial_window_size(65_535).initial_connection_window_size(1 << 20);
    let mut connection = Connection::with(&builder, server.addr).await;
    let mut echo = connection.tunnel(handshake("/echo")).await;
    let mut unread = Vec::new();
    for _ in 0..8 {
        unread.push(connection.tunnel(handshake("/flood")).await);
    }
    for _ in 0..100 {
        echoes(&mut echo).await;
    }
    // The rest comes as soon as the client reads.
    for _ in 0..64 {
        assert_eq!(unread[3].read().await.unwrap().payload.len(), 64 << 10);
    }
}

#[tokio::test]
async fn c16_a_larger_window_takes_more() {
    let (server, ..) = server(Http2::new().window(1 << 20)).await;
    let mut connection = Connection::open(server.addr).await;
    let mut tunnel = connection.tunnel(handshake("/pausing")).await;
    tunnel.frame(TEXT, b"pause").await;
    until(|| server.app.stats().messages_in == 1).await;
    let sent = fill(&mut tunnel).await;
    assert!((1 << 20..2 << 20).contains(&(sent + 100)), "{sent}");
}

#[tokio::test]
async fn c16_a_burst_keeps_its_order() {
    let server = serve(App::discover_in(module_path!()).state(Notes::default())).await;
    let mut connection = Connection::open(server.addr).await;
    let (mut sending, mut receiving) = connection.connect("/echo").await.split();
    let send = async {
        for number in 0..5_000 {
            sending.send(Frame::text(number.to_string())).await.unwrap();
        }
    };
    let receive = async {
        for number in 0..5_000 {
            let echo = receiving.next().await.unwrap().unwrap();
            assert_eq!(echo.as_text(), Some(&*number.to_string()));
        }
    };
    within(futures_util::future::join(send, receive)).await;
}
