//! Attacks, each under load over real sockets: the bound that holds, and what the same attack does where that bound is
//! lifted, so that what holds is known to be the bound.

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
    fn said(&mut self, text: Text) -> Text {
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

/// One thread for server and clients: allocations are counted by thread.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// How many bytes were held at most while `attack` ran, beyond those at its beginning; server and clients together.
fn held(runtime: &Runtime, attack: impl Future<Output = ()>) -> u64 {
    allocation_counter::measure(|| runtime.block_on(attack)).bytes_max
}
