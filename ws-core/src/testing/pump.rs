//! The client's own task: it reads and answers pings whatever the test is doing.

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;

/// What a test tells its client.
pub(super) enum Order {
    Send(tungstenite::Message, oneshot::Sender<bool>),
    /// Reads nothing from here on, or again: the server's pings stay unanswered.
    Deaf(bool),
}

/// What a test may leave unread: a server that sends more is held back by its own bounds.
pub(super) const INBOX: usize = 4096;

/// Lives until the client is dropped, which cuts the connection without a word.
pub(super) async fn pump(
    mut socket: WebSocketStream<TokioIo<Upgraded>>,
    mut orders: mpsc::Receiver<Order>,
    inbox: mpsc::Sender<tungstenite::Message>,
) {
    let mut deaf = false;
    let mut inbox = Some(inbox);
    loop {
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Send(message, done)) => {
                    let sent = socket.send(message).await.is_ok();
                    // A test that does not wait for it does not mind.
                    let _ = done.send(sent);
                }
                Some(Order::Deaf(now)) => deaf = now,
                None => return,
            },
            message = next(&mut socket, inbox.as_ref()), if !deaf && inbox.is_some() => {
                // Dropping the inbox's sender is how the test learns of the end.
                if message.is_none() {
                    inbox = None;
                }
            }
        }
    }
}

/// Passes one message on, once there is room for it; `None` at the end of the stream.
async fn next(
    socket: &mut WebSocketStream<TokioIo<Upgraded>>,
    inbox: Option<&mpsc::Sender<tungstenite::Message>>,
) -> Option<()> {
    let room = inbox?.reserve().await.ok()?;
    let message = socket.next().await?.ok()?;
    room.send(message);
    Some(())
}
