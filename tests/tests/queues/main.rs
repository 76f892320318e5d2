//! Queues that hold what others send: a client that reads is never closed because of a burst, a greeting, its own
//! handler's work or a crowd.

mod bursts;
mod crowds;
mod greetings;
mod results;
mod warnings;
mod weights;

use std::sync::Arc;

use tokio::sync::Semaphore;
use ws_tests::raw::{Raw, TEXT};

/// Holds callbacks back. Each permit lets one of them continue.
#[derive(Clone)]
struct Gate(Arc<Semaphore>);

impl Gate {
    fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    fn open(&self) {
        self.0.add_permits(1);
    }

    async fn passed(&self) {
        self.0.acquire().await.expect("an open semaphore").forget();
    }
}

/// Reads the next message, which has to be this text.
async fn expect_text(client: &mut Raw, expected: &str) {
    let frame = client.read().await.expect("a message");
    assert_eq!((frame.opcode, frame.text()), (TEXT, expected), "{frame:?}");
}
