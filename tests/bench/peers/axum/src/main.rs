//! The WebSocket support of axum, which is tokio-tungstenite behind hyper, with its default settings.

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::any;
use axum::serve::ListenerExt;
use peer::Options;
use tokio::sync::broadcast::Sender;

fn main() {
    let options = Options::from_args();
    let hub = peer::hub();
    peer::run(options.threads, async move {
        let echo = any(async |upgrade: WebSocketUpgrade| limited(upgrade).on_upgrade(echo));
        let fan_out = any(async move |upgrade: WebSocketUpgrade| {
            limited(upgrade).on_upgrade(move |socket| fan_out(socket, hub))
        });
        let router = Router::new().route("/echo", echo).route("/fanout", fan_out);
        let listener = peer::listen(options.port).tap_io(|stream| {
            stream.set_nodelay(true).ok();
        });
        axum::serve(listener, router).await.expect("it serves forever");
    });
}

fn limited(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.max_frame_size(peer::MAX_MESSAGE)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if is_data(&message) && socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn fan_out(mut socket: WebSocket, hub: Sender<Message>) {
    let mut published = hub.subscribe();
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(message)) if is_data(&message) => drop(hub.send(message)),
                Some(Ok(_)) => {}
                _ => return,
            },
            Ok(message) = published.recv() => if socket.send(message).await.is_err() {
                return;
            },
        }
    }
}

fn is_data(message: &Message) -> bool {
    matches!(message, Message::Text(_) | Message::Binary(_))
}
