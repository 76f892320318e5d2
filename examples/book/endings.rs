//! Chapter "Errors and termination".

use ws_core::prelude::*;
use ws_core::{BoxError, Failed};

// ANCHOR: terminate
/// Doubles numbers, and fails on any other text.
#[websocket("/double")]
#[derive(Default)]
struct Double;

#[websocket]
impl Double {
    #[text]
    fn number(&mut self, text: &str) -> Result<String, BoxError> {
        let number: i64 = text.parse()?;
        Ok((number * 2).to_string())
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        match reason {
            Terminate::Remote(_) | Terminate::Lost => println!("double: the client left"),
            Terminate::Failed(failed) => println!("double: {}", explain(failed)),
            other => println!("double: {} ({other})", other.kind()),
        }
    }
}

fn explain(failed: &Failed) -> String {
    match failed.downcast_ref::<std::num::ParseIntError>() {
        Some(error) => format!("not a number: {error}"),
        None => failed.to_string(),
    }
}
// ANCHOR_END: terminate

// ANCHOR: close
const NO_MORE: CloseCode = CloseCode::from_static(4001);

/// Allows three guesses.
#[websocket("/guess")]
#[derive(Default)]
struct Guess {
    guesses: u32,
}

#[websocket]
impl Guess {
    #[text]
    fn guess(&mut self, text: &str) -> Result<&'static str, Close> {
        self.guesses += 1;
        match (text, self.guesses) {
            ("42", _) => Err(Close::normal()),
            (_, ..3) => Ok("no"),
            _ => Err(Close::new(NO_MORE, "three guesses are enough")),
        }
    }
}
// ANCHOR_END: close
