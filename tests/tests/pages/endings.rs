//! How connections of pages end, and the reasons that their handlers receive.

use ws_core::prelude::*;
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
        page.send(serde_json::json!({"type": "panics", "data": wait})).await;
        assert_eq!(page.closed().await.0, 1011);
    }
}
