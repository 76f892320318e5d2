//! `#[message]`: typed events with an envelope, their answers and their errors.

mod allocations;
mod described;
mod failures;
mod handlers;
mod services;
mod subscriptions;

use ws_tests::raw::{CLOSE, Raw, TEXT};

/// Sends `text`, and returns the next text that the client receives, or the code of the close.
async fn ask(client: &mut Raw, text: &str) -> String {
    client.frame(TEXT, text.as_bytes()).await;
    next(client).await
}

async fn next(client: &mut Raw) -> String {
    let frame = client.read().await.expect("an answer");
    if frame.opcode == CLOSE { format!("closed: {}", frame.close().0) } else { frame.text().to_owned() }
}
