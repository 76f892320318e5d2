//! tokio-tungstenite on a TCP listener. By default with its default settings and a `send` for each message, as most
//! programs use it. The variant `batched` is the best that it offers by hand: a read buffer of 4 KiB, and one flush for
//! all messages that have arrived.

use std::task::Poll;

use futures_util::future::poll_fn;
use futures_util::{SinkExt, StreamExt};
use peer::Options;
use tokio::net::TcpStream;
use tokio::sync::broadcast::Sender;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

type Socket = WebSocketStream<TcpStream>;

fn main() {
    let options = Options::from_args();
    let batched = options.is("batched");
    let hub = peer::hub();
    peer::run(
        options.threads,
        peer::accept(options.port, move |stream| {
            let hub = hub.clone();
            async move {
                serve(stream, batched, hub).await.ok();
            }
        }),
    );
}

async fn serve(stream: TcpStream, batched: bool, hub: Sender<Message>) -> Result<(), Error> {
    let mut path = String::new();
    let read_path = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        request.uri().path().clone_into(&mut path);
        Ok(response)
    };
    let mut config = WebSocketConfig::default().max_frame_size(Some(peer::MAX_MESSAGE));
    if batched {
        config = config.read_buffer_size(4 << 10);
    }
    let socket = accept_hdr_async_with_config(stream, read_path, Some(config)).await?;
    match (path.as_str(), batched) {
        ("/fanout", _) => fan_out(socket, batched, hub).await,
        (_, true) => echo_batches(socket).await,
        (_, false) => echo(socket).await,
    }
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

async fn echo_batches(mut socket: Socket) -> Result<(), Error> {
    while let Some(first) = socket.next().await {
        let mut message = first?;
        loop {
            if is_data(&message) {
                socket.feed(message).await?;
            }
            match poll_fn(|cx| Poll::Ready(socket.poll_next_unpin(cx))).await {
                Poll::Ready(Some(next)) => message = next?,
                Poll::Ready(None) => return Ok(()),
                Poll::Pending => break,
            }
        }
        socket.flush().await?;
    }
    Ok(())
}

async fn fan_out(mut socket: Socket, batched: bool, hub: Sender<Message>) -> Result<(), Error> {
    let mut published = hub.subscribe();
    loop {
        tokio::select! {
            message = socket.next() => match message.transpose()? {
                Some(message) if is_data(&message) => drop(hub.send(message)),
                Some(_) => {}
                None => return Ok(()),
            },
            Ok(message) = published.recv() => {
                socket.feed(message).await?;
                while batched && let Ok(message) = published.try_recv() {
                    socket.feed(message).await?;
                }
                socket.flush().await?;
            }
        }
    }
}

fn is_data(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}
