//! sockudo-ws on a TCP listener, as in its documentation: a `send` for each message. The variant `batched` feeds all
//! messages that have arrived, and flushes once. The variant `deflate` compresses.

use std::task::Poll;

use bytes::BytesMut;
use futures_util::future::poll_fn;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use peer::Options;
use sockudo_ws::deflate::{DeflateConfig, DeflateNegotiation, negotiate_server_deflate};
use sockudo_ws::handshake::{build_response, generate_accept_key, parse_request};
use sockudo_ws::{CompressedWebSocketStream, Config, Error, Message, Result, WebSocketStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast::Sender;

fn main() {
    let options = Options::from_args();
    let (batched, deflate) = (options.is("batched"), options.is("deflate"));
    let hub = peer::hub();
    peer::run(
        options.threads,
        peer::accept(options.port, move |stream| {
            let hub = hub.clone();
            async move {
                serve(stream, batched, deflate, hub).await.ok();
            }
        }),
    );
}

async fn serve(mut stream: TcpStream, batched: bool, deflate: bool, hub: Sender<Message>) -> Result<()> {
    let config = Config { max_frame_size: peer::MAX_MESSAGE, ..Config::default() };
    let (path, negotiated) = handshake(&mut stream, deflate).await?;
    if let Some(negotiated) = negotiated {
        return echo(CompressedWebSocketStream::server(stream, config, negotiated)).await;
    }
    let socket = WebSocketStream::server(stream, config);
    match (path.as_str(), batched) {
        ("/fanout", _) => fan_out(socket, batched, hub).await,
        (_, true) => echo_batches(socket).await,
        (_, false) => echo(socket).await,
    }
}

/// Returns the path, and the compression if both sides want it.
async fn handshake(stream: &mut TcpStream, deflate: bool) -> Result<(String, Option<DeflateConfig>)> {
    let mut read = BytesMut::with_capacity(4096);
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Err(Error::ConnectionClosed);
        }
        if let Some((request, _)) = parse_request(&read)? {
            let ours = DeflateConfig { server_no_context_takeover: true, ..DeflateConfig::default() };
            let offer = request.extensions.filter(|_| deflate);
            let negotiated = offer.and_then(|offer| negotiate_server_deflate(offer, &ours));
            let extension = negotiated.as_ref().map(DeflateNegotiation::to_response_header);
            let response = build_response(&generate_accept_key(request.key), None, extension.as_deref());
            stream.write_all(&response).await?;
            return Ok((request.path.into_owned(), negotiated.map(|negotiated| negotiated.config)));
        }
    }
}

async fn echo<S>(mut socket: S) -> Result<()>
where
    S: Stream<Item = Result<Message>> + Sink<Message, Error = Error> + Unpin,
{
    while let Some(message) = socket.next().await {
        let message = message?;
        if is_data(&message) {
            socket.send(message).await?;
        }
    }
    Ok(())
}

async fn echo_batches(mut socket: WebSocketStream<TcpStream>) -> Result<()> {
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

async fn fan_out(mut socket: WebSocketStream<TcpStream>, batched: bool, hub: Sender<Message>) -> Result<()> {
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
    matches!(message, Message::Text(_) | Message::Binary(_))
}
