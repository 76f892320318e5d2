//! A client that reads what it is sent, however slowly, is not idle. This holds although a ping waits behind everything
//! that is already queued, and although the server does not read from the client meanwhile. A client that reads nothing
//! is idle.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use ws_core::Route;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{CONTINUATION, Frame, HEADERS, PING, PONG, Raw, TEXT, frame};
use ws_tests::{Server, pass, until, within};

const MIB: usize = 1 << 20;
/// The size of a large message's header, in bytes.
const LONG_HEADER: usize = 10;

/// Sends large messages, or echoes.
struct Subject(Notes);

#[websocket]
impl Subject {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn received(&mut self, words: &str) -> Vec<Message> {
        match words {
            "one" => vec![vec![1; 48 * MIB].into()],
            "three" => [1, 2, 3].map(|n| vec![n; 16 * MIB].into()).into(),
            words => vec![words.into()],
        }
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(format!("{}: {reason}", reason.kind()));
    }
}

struct Setting {
    server: Server,
    notes: Notes,
    client: Raw,
}

impl Setting {
    /// Connects a client with a small receive buffer.
    async fn new(route: Route) -> Self {
        let notes = Notes::default();
        let server = Server::start(App::new().state(notes.clone()).route(route)).await;
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(64 << 10).expect("a buffer");
        let mut client = Raw { stream: within(socket.connect(server.addr)).await.expect("a connection") };
        assert_eq!(client.request("GET", "/", &HEADERS).await.status, 101);
        Self { server, notes, client }
    }

    /// Reads `bytes` bytes.
    async fn takes(&mut self, bytes: usize) {
        let mut taken = vec![0; bytes];
        within(self.client.stream.read_exact(&mut taken)).await.expect("more bytes");
    }

    /// Reads for a minute and a half, each time enough for the server to write more.
    async fn takes_little(&mut self) {
        for _ in 0..10 {
            pass(Duration::from_secs(9)).await;
            self.takes(4 * MIB).await;
            assert_eq!(self.notes.all(), [""; 0]);
        }
    }
}

/// Reads the next frame that is not a ping, and answers the pings before it. Also returns the number of pings.
async fn next(client: &mut Raw) -> (Frame, usize) {
    let mut pings = 0;
    loop {
        let frame = client.read().await.expect("a frame");
        if frame.opcode != PING {
            return (frame, pings);
        }
        pings += 1;
        client.frame(PONG, &frame.payload).await;
    }
}

#[tokio::test]
async fn c11_a_client_that_takes_a_large_message_slowly_is_not_idle() {
    let mut setting = Setting::new(Route::new::<Subject>("/")).await;
    setting.client.frame(TEXT, b"one").await;
    setting.takes_little().await;
    setting.takes(8 * MIB + LONG_HEADER).await;
    setting.client.frame(TEXT, b"well").await;
    let (echo, pings) = next(&mut setting.client).await;
    // One ping was queued behind the message, although several were due. Another may have become due since.
    assert!(echo.text() == "well" && (1..=2).contains(&pings), "{pings} pings");
    // Once the server has read its pong, the client is idle if it sends nothing.
    tokio::time::sleep(Duration::from_millis(50)).await;
    pass(Duration::from_secs(59)).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(setting.notes.all(), [""; 0]);
    pass(Duration::from_secs(2)).await;
    until(|| setting.server.app.stats().ended("timeout") == 1).await;
}

#[tokio::test]
async fn c11_a_client_that_takes_much_slowly_is_not_closed_for_messages_left_unread_meanwhile() {
    let mut setting = Setting::new(Route::new::<Subject>("/")).await;
    // The last message begins in time, and is complete in time.
    let unread = [frame(false, TEXT, b"un"), frame(true, CONTINUATION, b"read")];
    let all = [frame(true, TEXT, b"three"), frame(true, TEXT, b"read ahead"), unread[0].clone()];
    setting.client.send(&all.concat()).await;
    setting.client.send(&unread[1]).await;
    setting.takes_little().await;
    setting.takes(8 * MIB + 3 * LONG_HEADER).await;
    for words in ["read ahead", "unread"] {
        assert_eq!(next(&mut setting.client).await.0.text(), words);
    }
}

#[tokio::test]
async fn c11_a_client_that_takes_nothing_is_idle_where_no_write_timeout_ends_it() {
    for texts in [&["one"][..], &["three", "read ahead", "unread"]] {
        let mut setting = Setting::new(Route::new::<Subject>("/").write_timeout(None)).await;
        for words in texts {
            setting.client.frame(TEXT, words.as_bytes()).await;
        }
        let stats = || setting.server.app.stats();
        let mut written = 0;
        // Wait until the system's buffers are full.
        while std::mem::replace(&mut written, stats().bytes_out) != stats().bytes_out || written == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        pass(Duration::from_secs(59)).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(setting.notes.all(), [""; 0]);
        pass(Duration::from_secs(2)).await;
        until(|| stats().ended("timeout") == 1).await;
    }
}

/// The client has ended its half of the stream. Reading that end again and again is no sign of life.
#[tokio::test]
async fn c11_a_half_closed_client_that_takes_nothing_is_idle() {
    let route = Route::new::<Subject>("/")
        .write_timeout(None)
        .heartbeat(Duration::from_millis(100))
        .idle_timeout(Duration::from_millis(400));
    let mut setting = Setting::new(route).await;
    setting.client.frame(TEXT, b"one").await;
    until(|| setting.server.app.stats().messages_out == 1).await;
    setting.client.stream.shutdown().await.expect("an open half");
    until(|| setting.server.app.stats().ended("timeout") == 1).await;
}
