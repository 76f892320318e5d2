//! Attacks by hostile clients, mistakes of handlers, and bad luck, and the guarantees that still hold. Most of these
//! tests failed once.

mod drains;
mod durations;
mod edges;
mod frames;
mod greed;
mod last_words;
mod panics;
mod process;

use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};

/// Echoes, and notes how it ended.
struct Echo(Notes);

#[websocket]
impl Echo {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn received(&mut self, text: Text) -> Text {
        text
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(reason.kind());
    }
}

/// Sends `words` to an [`Echo`], or a handler like it, and reads the same text.
async fn echoes(client: &mut Raw, words: &str) {
    client.frame(TEXT, words.as_bytes()).await;
    let answer = client.read().await.expect("an echo");
    assert_eq!((answer.opcode, answer.text()), (TEXT, words));
}
