//! Z12: how connections of pages end, and the reasons that their handlers receive.

use std::sync::Arc;

use serde_json::json;
use ws_core::prelude::*;
use ws_tests::gate::Gate;
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, until};

use crate::{Page, app};

/// Keeps the reason for its end, with a page session.
struct Ends;

#[websocket]
impl Ends {
    #[init]
    fn init(_page: PageSession) -> Self {
        Self
    }

    #[text]
    fn received(&mut self, text: &str) {
        panic!("{text}");
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate, cx: &mut Context<Self>) {
        cx.state::<Notes>().add(reason.to_string());
    }
}

/// Unlike Zotonic, which reports `normal` for every close, and sends nothing after a crash.
#[tokio::test]
async fn z12_a_close_has_its_code_and_a_panic_sends_1011() {
    let notes = Notes::default();
    let server = Server::start(app().mount::<Ends>("/ends", ()).state(notes.clone())).await;
    let mut client = Raw::connect(server.addr, "/ends").await;
    client.close(4321, "enough").await;
    until(|| notes.all().len() == 1).await;
    let mut client = Raw::connect(server.addr, "/ends").await;
    client.frame(TEXT, b"a crash").await;
    assert_eq!(client.read().await.unwrap().close().0, 1011);
    until(|| notes.all().len() == 2).await;
    let notes = notes.all();
    assert!(notes[0].contains("4321 enough") && notes[1].contains("a crash"), "{notes:?}");
    for wait in [false, true] {
        let (mut page, _) = Page::attach(server.addr, "", 0).await;
        page.send(json!({"type": "panics", "data": wait})).await;
        assert_eq!(page.closed().await.0, 1011);
    }
}

#[tokio::test]
async fn the_panic_of_a_message_function_is_logged_once_with_its_place() {
    for qos in [0, 2] {
        for name in ["panics", "panics at once", "panics later"] {
            let (log, _capturing) = Log::capture();
            let server = Server::start(app()).await;
            server.app.state::<Arc<Gate>>().unwrap().open();
            let (mut page, _) = Page::attach(server.addr, "", 0).await;
            let mut event = json!({"type": name, "data": true});
            if qos > 0 {
                (event["seq"], event["qos"]) = (1.into(), qos.into());
            }
            page.send(event).await;
            assert_eq!(page.closed().await.0, 1011);
            logged(&log, name).await;
        }
    }
}

/// A function that was acknowledged is finished after the end of its connection.
#[tokio::test]
async fn a_panic_after_the_end_of_the_connection_is_logged() {
    let (log, _capturing) = Log::capture();
    let server = Server::start(app()).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    page.send(json!({"type": "panics later", "seq": 1, "qos": 2})).await;
    assert_eq!(page.receive().await["type"], "ws:ack");
    drop(page);
    until(|| server.app.stats().open == 0).await;
    server.app.state::<Arc<Gate>>().unwrap().open();
    logged(&log, "panics later").await;
}

/// Waits until the log reports the panic, and checks that it does so once, with the name of the function.
async fn logged(log: &Log, name: &str) {
    let errors = || log.lines_with(&["ERROR"]);
    until(|| !errors().is_empty()).await;
    let errors = errors();
    let line = errors[0].split("backtrace").next().unwrap();
    let words = [name, "panicked: in a function", "tests/tests/pages/messages.rs:"];
    assert!(errors.len() == 1 && words.iter().all(|word| line.contains(word)), "{errors:#?}");
}
