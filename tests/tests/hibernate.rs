//! `Reply::hibernate` frees every buffer that the connection can rebuild, and nothing else (C5).

use std::time::Duration;

use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::{BINARY, CONTINUATION, PING, PONG, Raw, TEXT, frame};

struct Resume;

#[derive(Default)]
struct Sleepy;

#[websocket]
impl Sleepy {
    #[open]
    fn open(&mut self) -> Reply {
        Reply::new().hibernate()
    }

    #[text]
    fn received(&mut self, words: &str, cx: &mut Context<Self>) -> Reply {
        if words == "pause" {
            cx.pause();
        }
        Reply::new().with(words.to_owned()).hibernate()
    }

    #[binary]
    fn sent(&mut self) -> Reply {
        Reply::new().with(vec![7; 1 << 20]).hibernate()
    }

    #[info]
    fn resume(&mut self, _: Resume, cx: &mut Context<Self>) {
        cx.resume();
    }

    #[ping]
    fn pinged(&mut self) -> Reply {
        Reply::new().hibernate()
    }
}

async fn expect_text(client: &mut Raw, words: &str) {
    let frame = client.read().await.expect("a message");
    assert_eq!((frame.opcode, frame.text()), (TEXT, words));
}

#[tokio::test]
async fn c5_a_connection_that_hibernates_goes_on_working() {
    let server = Server::start(App::new().mount::<Sleepy>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    for round in 0..3 {
        let words = format!("round {round}");
        client.frame(TEXT, words.as_bytes()).await;
        expect_text(&mut client, &words).await;
        client.send(&[frame(true, TEXT, b"two"), frame(true, TEXT, b"at once")].concat()).await;
        expect_text(&mut client, "two").await;
        expect_text(&mut client, "at once").await;
        let socket = server.app.sockets::<Sleepy>().pop().expect("a connection");
        assert!(socket.send("from elsewhere").is_queued());
        expect_text(&mut client, "from elsewhere").await;
    }
    client.close(1000, "").await;
    assert_eq!(client.read().await.expect("a close").close().0, 1000);
}

#[tokio::test]
async fn c5_it_may_hibernate_in_the_middle_of_the_clients_message() {
    let server = Server::start(App::new().mount::<Sleepy>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    let half = frame(true, CONTINUATION, b" end");
    client.send(&frame(false, TEXT, b"beginning,")).await;
    // The connection hibernates between two fragments, then within a frame.
    for sent in [&frame(true, PING, b"x")[..], &frame(false, CONTINUATION, b" middle,"), &half[..5]] {
        client.send(sent).await;
        client.is_silent_for(Duration::from_millis(20)).await;
    }
    client.send(&half[5..]).await;
    assert_eq!(client.read().await.expect("a pong").opcode, PONG);
    expect_text(&mut client, "beginning, middle, end").await;
}

#[tokio::test]
async fn c5_queued_messages_are_sent_first() {
    let server = Server::start(App::new().mount::<Sleepy>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(BINARY, b"more than the stream takes at once").await;
    let mut left = 1 << 20;
    while left > 0 {
        left -= client.read().await.expect("a fragment").payload.len();
    }
    client.frame(TEXT, b"awake").await;
    expect_text(&mut client, "awake").await;
}

#[tokio::test]
async fn c5_frames_before_a_pause_are_kept() {
    let server = Server::start(App::new().mount::<Sleepy>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    let together = [frame(true, TEXT, b"pause"), frame(true, TEXT, b"one"), frame(true, TEXT, b"two")];
    client.send(&together.concat()).await;
    expect_text(&mut client, "pause").await;
    // This is long enough for the connection to hibernate.
    assert!(client.is_silent_for(Duration::from_millis(50)).await);
    assert!(server.app.sockets::<Sleepy>()[0].info(Resume).is_queued());
    expect_text(&mut client, "one").await;
    expect_text(&mut client, "two").await;
}
