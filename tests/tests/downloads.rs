//! A client that takes what it is sent, however slowly, is not idle, although it hears no ping while there is no room for
//! one, and although what it sends meanwhile is not read. One that takes nothing is.

use std::time::Duration;

use tokio::net::TcpSocket;
use ws_core::Route;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{CONTINUATION, HEADERS, PING, PONG, Raw, TEXT, frame};
use ws_tests::{Server, pass, until, within};

const MIB: usize = 1 << 20;

/// Sends much, or echoes.
struct Subject(Notes);

#[websocket]
impl Subject {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn told(&mut self, words: &str) -> Vec<Message> {
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
    pings: usize,
}

impl Setting {
    /// A client with little room for what it has not taken yet.
    async fn new(route: Route) -> Self {
        let notes = Notes::default();
        let server = Server::start(App::empty().state(notes.clone()).route(route)).await;
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(64 << 10).expect("a buffer");
        let mut client = Raw { stream: within(socket.connect(server.addr)).await.expect("somebody listens") };
        assert_eq!(client.request("GET", "/", &HEADERS).await.status, 101);
        Self { server, notes, client, pings: 0 }
    }

    /// Takes about as many bytes, and answers pings.
    async fn takes(&mut self, bytes: usize) {
        let mut taken = 0;
        while taken < bytes {
            let frame = self.client.read().await.expect("a frame");
            if frame.opcode == PING {
                self.pings += 1;
                self.client.frame(PONG, &frame.payload).await;
            }
            taken += frame.payload.len();
        }
    }

    /// For a minute and a half, each time so much that the system lets more be written.
    async fn takes_little(&mut self) {
        for _ in 0..10 {
            pass(Duration::from_secs(9)).await;
            self.takes(4 * MIB).await;
            assert_eq!(self.notes.all(), [""; 0]);
        }
    }
}

#[tokio::test]
async fn c11_a_client_that_takes_a_large_message_slowly_is_pinged_between_its_fragments() {
    let mut setting = Setting::new(Route::new::<Subject>("/")).await;
    setting.client.frame(TEXT, b"one").await;
    setting.takes_little().await;
    assert!(setting.pings > 1, "{} pings", setting.pings);
    setting.takes(8 * MIB).await;
    setting.client.frame(TEXT, b"well").await;
    assert_eq!(setting.client.read().await.expect("an echo").text(), "well");
}

#[tokio::test]
async fn c11_a_client_that_takes_much_slowly_is_not_to_blame_for_what_is_not_read_meanwhile() {
    let mut setting = Setting::new(Route::new::<Subject>("/")).await;
    // The last one is begun in time, and whole in time.
    let unread = [frame(false, TEXT, b"un"), frame(true, CONTINUATION, b"read")];
    let all = [frame(true, TEXT, b"three"), frame(true, TEXT, b"read ahead"), unread[0].clone()];
    setting.client.send(&all.concat()).await;
    setting.client.send(&unread[1]).await;
    setting.takes_little().await;
    setting.takes(8 * MIB).await;
    for words in ["read ahead", "unread"] {
        let echo = loop {
            let frame = setting.client.read().await.expect("an echo");
            if frame.opcode != PING {
                break frame;
            }
        };
        assert_eq!(echo.text(), words);
    }
}

#[tokio::test]
async fn c11_a_client_that_takes_nothing_is_idle_where_no_write_timeout_ends_it() {
    for said in [&["one"][..], &["three", "read ahead", "unread"]] {
        let mut setting = Setting::new(Route::new::<Subject>("/").write_timeout(None)).await;
        for words in said {
            setting.client.frame(TEXT, words.as_bytes()).await;
        }
        let stats = || setting.server.app.stats();
        let mut written = 0;
        // Until the system's buffers are full.
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
