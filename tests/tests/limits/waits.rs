//! The limits of one connection, set with the attribute: each is in force and counted.

use ws_core::prelude::*;
use ws_tests::raw::{BINARY, CONTINUATION, TEXT, frame};
use ws_tests::{Server, until};

use super::shake;

#[websocket(
    "/strict",
    max_message_size = "1KiB",
    max_frame_size = "100B",
    max_fragments = 3,
    message_timeout = "300ms",
    write_timeout = "300ms",
    close_timeout = "300ms"
)]
#[derive(Default)]
struct Strict;

#[websocket]
impl Strict {
    #[text]
    fn received(&mut self, text: Text) -> Result<Text, Close> {
        if &*text == "close" { Err(Close::normal()) } else { Ok(text) }
    }

    /// More than the system's buffers hold.
    #[binary]
    fn flood(&mut self) -> Vec<Message> {
        vec![Message::from(vec![0; 1 << 20]); 64]
    }
}

async fn server() -> Server {
    Server::start(App::discover_in(module_path!())).await
}

#[tokio::test]
async fn c17_a_frame_over_its_own_limit_is_too_big() {
    let server = server().await;
    let (mut raw, _) = shake(&server, "/strict", &[]).await;
    raw.send(&frame(false, TEXT, &[b'a'; 100])).await;
    raw.frame(CONTINUATION, &[b'b'; 100]).await;
    assert_eq!(raw.read().await.expect("an echo").payload.len(), 200);
    raw.frame(TEXT, &[b'a'; 101]).await;
    assert_eq!(raw.read().await.expect("a close").close().0, 1009);
    drop(raw);
    until(|| server.app.stats().ended("bad_size") == 1).await;
}

#[tokio::test]
async fn a_message_in_too_many_fragments_is_counted() {
    let server = server().await;
    let (mut raw, _) = shake(&server, "/strict", &[]).await;
    for fin in [false, true] {
        raw.send(&frame(false, TEXT, b"a")).await;
        raw.send(&frame(false, CONTINUATION, b"b")).await;
        raw.send(&frame(fin, CONTINUATION, b"c")).await;
        if fin {
            assert_eq!(raw.read().await.expect("an echo").text(), "abc");
        } else {
            raw.send(&frame(true, CONTINUATION, b"")).await;
            assert_eq!(raw.read().await.expect("a close").close().0, 1008);
            raw = shake(&server, "/strict", &[]).await.0;
        }
    }
    until(|| server.app.stats().limited("max_fragments") == 1).await;
    assert_eq!(server.app.stats().limited("message_timeout"), 0);
}

#[tokio::test]
async fn a_message_that_is_not_whole_in_time_is_counted() {
    let server = server().await;
    let (mut raw, _) = shake(&server, "/strict", &[]).await;
    raw.send(&frame(false, TEXT, b"to be")).await;
    assert_eq!(raw.read().await.expect("a close").close().0, 1008);
    until(|| server.app.stats().limited("message_timeout") == 1).await;
    assert_eq!((server.app.stats().limited("max_fragments"), server.app.stats().ended("policy")), (0, 1));
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_and_counted() {
    let server = server().await;
    let (mut raw, _) = shake(&server, "/strict", &[]).await;
    raw.frame(BINARY, b"flood").await;
    until(|| server.app.stats().limited("write_timeout") == 1).await;
    until(|| server.app.stats().open == 0).await;
    assert_eq!((server.app.stats().ended("io"), server.app.stats().limited("close_timeout")), (1, 0));
}

#[tokio::test]
async fn a_client_that_does_not_answer_the_close_frame_is_cut_and_counted() {
    let server = server().await;
    for (answers, cut) in [(true, 0), (false, 1)] {
        let (mut raw, _) = shake(&server, "/strict", &[]).await;
        raw.frame(TEXT, b"close").await;
        assert_eq!(raw.read().await.expect("a close").close().0, 1000);
        if answers {
            raw.close(1000, "").await;
            assert_eq!(raw.read().await, None);
            drop(raw);
            until(|| server.app.stats().open == 0).await;
        } else {
            until(|| server.app.stats().open == 0).await;
            drop(raw);
        }
        assert_eq!(server.app.stats().limited("close_timeout"), cut);
    }
}
