//! Log lines that clients cause are limited.

use std::time::Duration;

use ws_core::prelude::*;
use ws_tests::log::Log;
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, pass, until};

/// Fails as its client requests.
#[derive(Default)]
struct Frail;

#[websocket]
impl Frail {
    #[text]
    fn asked(&mut self, text: &str, cx: &mut Context<Self>) -> Result<(), String> {
        match text {
            "flood" => while cx.socket().send(vec![7; 1 << 20]).is_queued() {},
            "panic" => panic!("as the client wants"),
            "topic" => assert!(!cx.subscribe(&"x".repeat(1_000))),
            _ => return Err("as the client wants".to_owned()),
        }
        Ok(())
    }
}

async fn fail(server: &Server, words: &str, times: usize) {
    for _ in 0..times {
        let mut client = Raw::connect(server.addr, "/").await;
        client.frame(TEXT, words.as_bytes()).await;
        while client.read().await.is_some_and(|frame| frame.opcode < 8) {}
    }
    until(|| server.app.stats().open == 0).await;
}

#[tokio::test]
async fn clients_that_fail_in_the_same_way_are_logged_once() {
    let (log, _guard) = Log::capture();
    let server = Server::start(App::new().mount::<Frail>("/", ())).await;
    for (words, line) in [
        ("flood", "connection closed: "),
        ("topic", "a connection can join at most"),
        ("panic", "callback panicked: as the client wants"),
        ("error", "callback returned an error: as the client wants"),
    ] {
        fail(&server, words, 20).await;
        assert_eq!(log.lines_with(&[line]).len(), 1, "{}", log.text());
    }
    assert_eq!(server.app.stats().ended("overflow"), 40);
    pass(Duration::from_secs(10)).await;
    fail(&server, "panic", 1).await;
    assert_eq!(log.lines_with(&["callback panicked: ", "suppressed=19"]).len(), 1, "{}", log.text());
}
