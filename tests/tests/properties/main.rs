//! A connection behaves the same, however its bytes are split.

mod conversation;
mod handshake;

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::prelude::*;
use ws_tests::raw::Raw;
use ws_tests::{Server, within};

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

/// Runs `property` against a server of `app`.
fn check<S: Strategy>(
    app: App,
    cases: u32,
    strategy: &S,
    property: &impl AsyncFn(&Server, S::Value) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = runtime.block_on(Server::start(app));
    // A failing case may hang, so the search for a smaller one has a time limit.
    let config = Config { cases, failure_persistence: None, max_shrink_time: 20_000, ..Config::default() };
    let tried = TestRunner::new(config).run(strategy, |value| runtime.block_on(property(&server, value)));
    tried.unwrap_or_else(|error| panic!("{error}"));
}

/// Returns the lengths of pieces, which repeat.
fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        1 => Just(vec![1]),
        1 => prop::collection::vec(1_usize..12, 1..20),
        4 => prop::collection::vec(1_usize..20_000, 1..5),
    ]
}

/// Writes `bytes` in pieces of these lengths. Pauses after the first pieces, so that the server reads each by itself.
/// Later pieces may arrive together.
async fn write(stream: &mut (impl AsyncWriteExt + Unpin), mut bytes: &[u8], lengths: &[usize]) {
    const APART: usize = 32;
    const MOST: usize = 2000;

    for (number, length) in lengths.iter().cycle().enumerate().take(MOST) {
        let (piece, rest) = bytes.split_at((*length).min(bytes.len()));
        stream.write_all(piece).await.expect("an open connection");
        bytes = rest;
        if bytes.is_empty() {
            return;
        }
        if number < APART {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    stream.write_all(bytes).await.expect("an open connection");
}

/// Writes `bytes` in pieces of these lengths. Returns everything that the server sends until it closes the connection.
async fn answer(server: &Server, bytes: &[u8], lengths: &[usize]) -> Vec<u8> {
    let Raw { stream } = &mut Raw::open(server.addr).await;
    let (mut reading, mut writing) = stream.split();
    let mut answer = Vec::new();
    let read = async { reading.read_to_end(&mut answer).await.expect("the end of the stream, not a reset") };
    within(async { tokio::join!(write(&mut writing, bytes, lengths), read) }).await;
    answer
}
