//! yawc on hyper, as in its documentation: a `send` for each message. The variant `batched` has the settings of yawc's own
//! benchmark: a read buffer of 128 KiB, and up to 32 messages for each flush. The variant `deflate` compresses.

use std::future::ready;
use std::task::Poll;

use bytes::Bytes;
use futures_util::future::poll_fn;
use futures_util::{SinkExt, StreamExt};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use peer::Options as Arguments;
use tokio::net::TcpStream;
use tokio::sync::broadcast::Sender;
use yawc::{CompressionLevel, Frame, HttpWebSocket, OpCode, Options, UpgradeFut, WebSocket};

/// The largest number of messages that are written at once.
const BATCH: usize = 32;

fn main() {
    let arguments = Arguments::from_args();
    let batched = arguments.is("batched");
    let mut options = Options::default().with_utf8().with_limits(peer::MAX_MESSAGE, 2 * peer::MAX_MESSAGE);
    if batched {
        options = options.with_read_buffer_capacity(128 << 10).with_backpressure_boundary(64 << 10);
    }
    if arguments.is("deflate") {
        options = options.with_compression_level(CompressionLevel::new(6)).server_no_context_takeover();
    }
    let hub = peer::hub();
    peer::run(
        arguments.threads,
        peer::accept(arguments.port, move |stream| serve(stream, batched, options.clone(), hub.clone())),
    );
}

async fn serve(stream: TcpStream, batched: bool, options: Options, hub: Sender<Frame>) {
    let service = service_fn(move |request| ready(upgrade(request, batched, options.clone(), hub.clone())));
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await.ok();
}

fn upgrade(
    mut request: Request<Incoming>,
    batched: bool,
    options: Options,
    hub: Sender<Frame>,
) -> yawc::Result<Response<Empty<Bytes>>> {
    let fans_out = request.uri().path() == "/fanout";
    let (response, upgraded) = WebSocket::upgrade_with_options(&mut request, options)?;
    tokio::spawn(async move {
        if fans_out {
            fan_out(upgraded, hub).await.ok();
        } else if batched {
            echo_batches(upgraded).await.ok();
        } else {
            echo(upgraded).await.ok();
        }
    });
    Ok(response)
}

async fn echo(upgraded: UpgradeFut) -> yawc::Result<()> {
    let mut socket: HttpWebSocket = upgraded.await?;
    while let Some(frame) = socket.next().await {
        if is_data(&frame) {
            socket.send(frame).await?;
        }
    }
    Ok(())
}

async fn echo_batches(upgraded: UpgradeFut) -> yawc::Result<()> {
    let mut socket: HttpWebSocket = upgraded.await?;
    while let Some(mut frame) = socket.next().await {
        for _ in 0..BATCH {
            if is_data(&frame) {
                socket.feed(frame).await?;
            }
            match poll_fn(|cx| Poll::Ready(socket.poll_next_unpin(cx))).await {
                Poll::Ready(Some(next)) => frame = next,
                Poll::Ready(None) => return Ok(()),
                Poll::Pending => break,
            }
        }
        socket.flush().await?;
    }
    Ok(())
}

async fn fan_out(upgraded: UpgradeFut, hub: Sender<Frame>) -> yawc::Result<()> {
    let mut socket: HttpWebSocket = upgraded.await?;
    let mut published = hub.subscribe();
    loop {
        tokio::select! {
            frame = socket.next() => match frame {
                Some(frame) if is_data(&frame) => drop(hub.send(frame)),
                Some(_) => {}
                None => return Ok(()),
            },
            Ok(frame) = published.recv() => socket.send(frame).await?,
        }
    }
}

fn is_data(frame: &Frame) -> bool {
    matches!(frame.opcode(), OpCode::Text | OpCode::Binary)
}
