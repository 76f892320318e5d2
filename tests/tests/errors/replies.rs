//! Errors that become messages by themselves (`ErrorReply`).

use ws_core::prelude::*;
use ws_core::{BoxError, ErrorReply};
use ws_tests::notes::Notes;

use super::shop::{SoldOut, conversation, ended, text};

enum ShopError {
    SoldOut(u32),
    Closed,
    Broken,
}

impl IntoReply for ShopError {
    fn into_reply(self, reply: &mut Reply) {
        match self {
            Self::SoldOut(item) => Json(("sold out", item)).into_reply(reply),
            Self::Closed => reply.push(Close::new(CloseCode::from_static(4000), "closed")),
            Self::Broken => reply.fail(SoldOut(9)),
        }
    }
}

struct Shop(Notes);

fn stock(words: &str) -> Result<String, ShopError> {
    match words {
        "closed" => Err(ShopError::Closed),
        "broken" => Err(ShopError::Broken),
        words => words.parse().map_or(Ok(words.to_owned()), |item| Err(ShopError::SoldOut(item))),
    }
}

#[websocket]
impl Shop {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    async fn order(&mut self, words: &str) -> (&'static str, Result<String, ErrorReply>) {
        ("first", answer(words))
    }

    #[error]
    async fn failed(&mut self, error: BoxError) -> String {
        format!("error callback: {error}")
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(ended(reason));
    }
}

fn answer(words: &str) -> Result<String, ErrorReply> {
    Ok(stock(words)?)
}

#[tokio::test]
async fn an_error_reply_sends_its_messages_and_the_connection_goes_on() {
    let (received, end) =
        conversation::<Shop>(&[text("7"), text("fine"), text("closed"), text("fine")]).await;
    assert_eq!(received, ["first", "[\"sold out\",7]", "first", "fine", "first", "(4000, \"closed\")"]);
    assert_eq!(end, "stop");
}

#[tokio::test]
async fn an_error_reply_that_fails_passes_its_error_to_the_error_callback() {
    let (received, _) = conversation::<Shop>(&[text("broken")]).await;
    assert_eq!(received, ["first", "error callback: 9 is sold out", "(1000, \"\")"]);
}
