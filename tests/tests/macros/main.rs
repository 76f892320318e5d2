//! The input that `#[websocket]` accepts, run over a socket. The tests of ws-macros cover the input that it rejects.

mod attributes;
mod infos;
mod inits;
mod names;
mod options;
mod places;
mod signatures;

use futures_util::SinkExt;
use tokio_websockets::Message;
use ws_core::App;
use ws_tests::{Client, Server, text, within};

/// Serves the handlers that are linked in `module` and below.
async fn serve(module: &str) -> Server {
    Server::start(App::discover_in(module)).await
}

async fn send(client: &mut Client, message: Message) {
    within(client.send(message)).await.expect("an open connection");
}

/// Sends `words`, and returns the text that comes back.
async fn answer(client: &mut Client, words: &str) -> String {
    send(client, Message::text(words.to_owned())).await;
    text(client).await
}
