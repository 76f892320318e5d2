//! `Handler::error`, without the macro.

use axum::response::Response;
use http::request::Parts;
use ws_core::{App, BoxError, Context, Handler, Incoming, Reply, Terminate, Upgrade};
use ws_tests::Server;
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};

use super::shop::{SoldOut, ended};

struct ByHand(Notes);

impl Handler for ByHand {
    type Info = std::convert::Infallible;

    const ERRORS: bool = true;

    async fn init(_: &mut Parts, upgrade: &mut Upgrade<Self>) -> Result<Self, Response> {
        Ok(Self(upgrade.state::<Notes>().expect("notes").clone()))
    }

    async fn message(&mut self, message: Incoming<'_>, _: &mut Context<Self>, reply: &mut Reply) {
        tokio::task::yield_now().await;
        match message {
            Incoming::Text(text) if &*text == "fine" => reply.text("fine"),
            Incoming::Text(text) => reply.fail(text.to_string()),
            _ => reply.fail(SoldOut(1)),
        }
    }

    async fn error(&mut self, error: BoxError, _: &mut Context<Self>, reply: &mut Reply) {
        tokio::task::yield_now().await;
        if error.to_string() == "worse" { reply.fail(error) } else { reply.text(&error.to_string()) }
    }

    async fn terminate(&mut self, reason: &Terminate, _: &mut Context<Self>) {
        self.0.add(ended(reason));
    }
}

#[tokio::test]
async fn a_handler_by_hand_receives_the_error_of_its_callback() {
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<ByHand>("/", ()).state(notes.clone())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    for words in ["bad", "fine", "worse again", "fine"] {
        client.frame(TEXT, words.as_bytes()).await;
        assert_eq!(client.read().await.expect("an answer").text(), words);
    }
    client.frame(TEXT, b"worse").await;
    assert_eq!(client.read().await.expect("a close").close(), (1011, ""));
    notes.seen("failed: callback `message` failed: worse").await;
}
