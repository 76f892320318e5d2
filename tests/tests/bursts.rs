//! Bursts of messages: everything received before the end is handled, one connection does not starve another, and no
//! message is forgotten.

use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::{CloseCode, Delivery, Overflow};
use ws_tests::notes::Notes;
use ws_tests::raw::{CLOSE, HEADERS, Raw, TEXT, frame, request};
use ws_tests::{PATIENCE, Server, until, within};

struct Number(u32);
struct Again;

struct Echo(Notes);

#[websocket]
impl Echo {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn received(&mut self, words: &str) -> String {
        if words == "note" {
            self.0.add("noted");
        }
        words.to_owned()
    }

    #[info]
    fn number(&mut self, Number(number): Number) -> String {
        number.to_string()
    }

    /// Sends itself another info each time.
    #[info]
    fn again(&mut self, _: Again, cx: &mut Context<Self>) {
        cx.socket().info(Again);
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(reason.kind());
    }
}

async fn connected(app: App) -> (Server, Notes, Raw) {
    let notes = Notes::default();
    let server = Server::start(app.mount::<Echo>("/", ()).state(notes.clone())).await;
    let client = Raw::connect(server.addr, "/").await;
    (server, notes, client)
}

/// Encodes `messages` small messages followed by `end`, to be sent in one write.
fn burst(messages: u32, end: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..messages).flat_map(|number| frame(true, TEXT, number.to_string().as_bytes())).collect();
    bytes.extend(end);
    bytes
}

#[tokio::test]
async fn messages_before_the_clients_close_are_answered_before_it() {
    let (_server, notes, mut client) = connected(App::new()).await;
    client.send(&burst(500, &frame(true, CLOSE, b"\x03\xe8"))).await;
    for number in 0..500 {
        assert_eq!(client.read().await.expect("an answer").text(), number.to_string());
    }
    assert_eq!(client.read().await.expect("a close").close().0, 1000);
    assert_eq!(client.read().await, None);
    notes.seen("remote").await;
}

#[tokio::test]
async fn messages_before_the_end_of_the_stream_are_handled_before_it() {
    let (_server, notes, mut client) = connected(App::new()).await;
    let notes_left = 100;
    let bytes = frame(true, TEXT, b"note").repeat(notes_left);
    client.send(&bytes).await;
    tokio::io::AsyncWriteExt::shutdown(&mut client.stream).await.expect("a socket");
    notes.seen("lost").await;
    assert_eq!(notes.count("noted"), notes_left);
}

#[tokio::test]
async fn messages_before_a_bad_frame_are_answered_before_it() {
    let (_server, notes, mut client) = connected(App::new()).await;
    client.send(&burst(100, b"\x83\x80\0\0\0\0")).await;
    for number in 0..100 {
        assert_eq!(client.read().await.expect("an answer").text(), number.to_string());
    }
    assert_eq!(client.read().await.expect("a close").close().0, 1002);
    notes.seen("bad_frame").await;
}

#[tokio::test]
async fn c17_a_message_over_the_limit_that_came_with_the_handshake_is_1009() {
    let server =
        Server::start(App::new().max_message_size(16).mount::<Echo>("/", ()).state(Notes::default())).await;
    let mut client = Raw::open(server.addr).await;
    let early = burst(2, &frame(true, TEXT, &[b'x'; 17]));
    client.send(&[request("GET", "/", &HEADERS), early].concat()).await;
    assert_eq!(client.response().await.status, 101);
    for words in ["0", "1"] {
        assert_eq!(client.read().await.expect("an answer").text(), words);
    }
    assert_eq!(client.read().await.expect("a close").close().0, 1009);
}

#[tokio::test]
async fn a_frame_that_came_half_with_the_handshake_is_whole() {
    let server = Server::start(App::new().mount::<Echo>("/", ()).state(Notes::default())).await;
    let mut client = Raw::open(server.addr).await;
    let bytes = frame(true, TEXT, b"in two pieces");
    client.send(&[&request("GET", "/", &HEADERS), &bytes[..5]].concat()).await;
    assert_eq!(client.response().await.status, 101);
    client.send(&bytes[5..]).await;
    assert_eq!(client.read().await.expect("an answer").text(), "in two pieces");
}

#[tokio::test]
async fn a_connection_with_much_to_do_does_not_starve_another() {
    let (server, _, mut busy) = connected(App::new()).await;
    let mut other = Raw::connect(server.addr, "/").await;
    let total = 50_000;
    let busy = tokio::spawn(async move {
        let (mut reading, mut writing) = busy.stream.split();
        let sending = async {
            let bytes = burst(total, b"");
            tokio::io::AsyncWriteExt::write_all(&mut writing, &bytes).await.expect("a connection");
        };
        // The client reads everything as it arrives, so that only the server is busy.
        let mut nowhere = tokio::io::sink();
        let reading = tokio::io::copy(&mut reading, &mut nowhere);
        let _ = tokio::time::timeout(PATIENCE, async { tokio::join!(sending, reading) }).await;
    });
    until(|| server.app.stats().messages_in > 500).await;
    other.frame(TEXT, b"me too").await;
    assert_eq!(other.read().await.expect("an answer").text(), "me too");
    let handled = server.app.stats().messages_in;
    assert!(handled < u64::from(total), "{handled} messages were handled first");
    busy.abort();
}

#[tokio::test]
async fn a_handler_that_talks_to_itself_without_end_starves_nobody() {
    let (started, starting) = oneshot::channel();
    // The server has a thread of its own: if it starves, this test still times out.
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let app = App::new().mount::<Echo>("/", ()).state(Notes::default());
            let server = app.bind("127.0.0.1:0").await.expect("the app starts");
            started
                .send((server.local_addr().expect("an address"), server.handle()))
                .expect("the test waits");
            server.serve_until(std::future::pending()).await;
        });
    });
    let (addr, app) = within(starting).await.expect("a server");
    let mut clients = [Raw::connect(addr, "/").await, Raw::connect(addr, "/").await];
    for socket in app.sockets::<Echo>() {
        assert!(socket.info(Again).is_queued());
    }
    for client in &mut clients {
        client.frame(TEXT, b"my turn").await;
        assert_eq!(client.read().await.expect("an answer").text(), "my turn");
    }
    let drained = within(app.drain(PATIENCE));
    let closed = async {
        for mut client in clients {
            assert_eq!(client.read().await.expect("a close").close().0, 1001);
        }
    };
    assert_eq!(tokio::join!(drained, closed).0.ended, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b6_nothing_that_threads_send_is_left_lying_and_each_keeps_its_order() {
    const THREADS: u32 = 4;
    const EACH: u32 = 2000;
    let (server, _, mut client) =
        connected(App::new().mailbox_messages(16).mailbox_overflow(Overflow::DropNewest)).await;
    let socket = server.app.sockets::<Echo>().pop().expect("a connection");
    let threads: Vec<_> = (0..THREADS)
        .map(|which| {
            let socket = socket.clone();
            thread::spawn(move || {
                let begun = Instant::now();
                for number in 0..EACH {
                    while socket.info(Number(which * EACH + number)) != Delivery::Queued {
                        assert!(begun.elapsed() < PATIENCE, "the mailbox never emptied");
                        thread::sleep(Duration::from_micros(50));
                    }
                }
            })
        })
        .collect();
    let mut next: Vec<u32> = (0..THREADS).map(|which| which * EACH).collect();
    for _ in 0..THREADS * EACH {
        let number: u32 = client.read().await.expect("a number").text().parse().expect("a number");
        let which = usize::try_from(number / EACH).expect("a small number");
        assert_eq!(number, next[which], "each thread's numbers are in order");
        next[which] += 1;
    }
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert!(socket.close(CloseCode::NORMAL, "").is_queued());
    assert_eq!(client.read().await.expect("a close").close().0, 1000);
}
