//! Payloads of a user's own types, and those in JSON, MessagePack and CBOR, in handlers and in services.

mod codecs;
mod handlers;
mod python;
mod services;
mod types;

use futures_util::SinkExt;
use tokio_websockets::Message as Sent;
use ws_core::App;
use ws_tests::{Server, next};

/// Sends `message` to a route of `app`, and returns the answer: a text, bytes, or the code and reason of a close.
async fn answer(app: App, message: Sent) -> String {
    let server = Server::start(app).await;
    let mut client = server.connect("/").await;
    client.send(message).await.unwrap();
    let answer = next(&mut client).await;
    match answer.as_close() {
        Some((code, reason)) => format!("{}: {reason}", u16::from(code)),
        None if answer.is_text() => answer.as_text().unwrap().to_owned(),
        None => format!("{:02x?}", &answer.into_payload()[..]),
    }
}
