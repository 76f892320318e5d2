//! Attacks under load over real sockets. Each test repeats the attack with the limit lifted, to show that it is the
//! limit that stops the attack.

mod bombs;
mod deaf;
mod drips;
mod floods;
mod heads;
mod noise;
mod silent;

use tokio::runtime::Runtime;
use ws_core::prelude::*;
use ws_tests::raw::{Raw, TEXT};

/// Echoes.
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn received(&mut self, text: Text) -> Text {
        text
    }

    #[binary]
    fn sent(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

async fn echoes(client: &mut Raw) {
    client.frame(TEXT, b"still here").await;
    assert_eq!(client.read().await.expect("an echo").text(), "still here");
}

/// Returns a single-threaded runtime for server and clients, because allocations are counted per thread.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Returns the peak of bytes that server and clients allocate while `attack` runs.
fn held(runtime: &Runtime, attack: impl Future<Output = ()>) -> u64 {
    allocation_counter::measure(|| runtime.block_on(attack)).bytes_max
}
