//! Queues that hold what others send: a client that reads is never closed because of a burst, a greeting, its own
//! handler's work or a crowd.

mod bursts;
mod crowds;
mod greetings;
mod results;
mod warnings;
mod weights;

use ws_tests::gate::Gate;
use ws_tests::raw::{Raw, TEXT};

/// Reads the next message, which has to be this text.
async fn expect_text(client: &mut Raw, expected: &str) {
    let frame = client.read().await.expect("a message");
    assert_eq!((frame.opcode, frame.text()), (TEXT, expected), "{frame:?}");
}
