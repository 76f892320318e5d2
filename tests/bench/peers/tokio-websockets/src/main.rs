//! tokio-websockets on a TCP listener, with its default settings and a `send` for each message.

use futures_util::{SinkExt, StreamExt};
use peer::Options;
use tokio::net::TcpStream;
use tokio::sync::broadcast::Sender;
use tokio_websockets::{Error, Message, ServerBuilder, WebSocketStream};

type Socket = WebSocketStream<TcpStream>;

fn main() {
    let options = Options::from_args();
    let hub = peer::hub();
    peer::run(
        options.threads,
        peer::accept(options.port, move |stream| {
            let hub = hub.clone();
            async move {
                serve(stream, hub).await.ok();
            }
        }),
    );
}

async fn serve(stream: TcpStream, hub: Sender<Message>) -> Result<(), Error> {
    let (request, socket) = ServerBuilder::new().accept(stream).await?;
    if request.uri().path() == "/fanout" { fan_out(socket, hub).await } else { echo(socket).await }
}

async fn echo(mut socket: Socket) -> Result<(), Error> {
    while let Some(message) = socket.next().await {
        let message = message?;
        if is_data(&message) {
            socket.send(message).await?;
        }
    }
    Ok(())
}

async fn fan_out(mut socket: Socket, hub: Sender<Message>) -> Result<(), Error> {
    let mut published = hub.subscribe();
    loop {
        tokio::select! {
            message = socket.next() => match message.transpose()? {
                Some(message) if is_data(&message) => drop(hub.send(message)),
                Some(_) => {}
                None => return Ok(()),
            },
            Ok(message) = published.recv() => socket.send(message).await?,
        }
    }
}

fn is_data(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}
