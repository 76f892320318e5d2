//! The server of `scripts/memory`. Its handler keeps each message for as long as its connection lasts.

use ws_core::prelude::*;

/// Keeps messages.
#[websocket("/")]
#[derive(Default)]
struct Keeps {
    messages: Vec<Bytes>,
}

#[websocket]
impl Keeps {
    #[binary]
    fn keep(&mut self, message: Bytes) {
        self.messages.push(message);
    }

    #[text]
    fn kept(&mut self, _: &str) -> String {
        self.messages.len().to_string()
    }
}

fn main() -> Result<(), ws_core::Error> {
    App::discover().run("127.0.0.1:8093")
}
