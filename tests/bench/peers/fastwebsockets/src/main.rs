//! fastwebsockets on hyper, as in its documentation.

use std::future::ready;

use bytes::Bytes;
use fastwebsockets::upgrade::{UpgradeFut, upgrade};
use fastwebsockets::{FragmentCollector, FragmentCollectorRead, Frame, OpCode, Payload, WebSocketError};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use peer::Options;
use tokio::net::TcpStream;
use tokio::sync::{broadcast, mpsc};

#[derive(Clone, Debug)]
struct Message(OpCode, Bytes);

fn main() {
    let options = Options::from_args();
    let hub = peer::hub();
    peer::run(options.threads, peer::accept(options.port, move |stream| serve(stream, hub.clone())));
}

async fn serve(stream: TcpStream, hub: broadcast::Sender<Message>) {
    let service = service_fn(move |request| ready(accept(request, hub.clone())));
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await.ok();
}

fn accept(
    mut request: Request<Incoming>,
    hub: broadcast::Sender<Message>,
) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let fans_out = request.uri().path() == "/fanout";
    let (response, upgraded) = upgrade(&mut request)?;
    tokio::spawn(async move {
        if fans_out {
            fan_out(upgraded, hub).await.ok();
        } else {
            echo(upgraded).await.ok();
        }
    });
    Ok(response)
}

async fn echo(upgraded: UpgradeFut) -> Result<(), WebSocketError> {
    let mut socket = upgraded.await?;
    socket.set_max_message_size(peer::MAX_MESSAGE);
    let mut socket = FragmentCollector::new(socket);
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            _ => {}
        }
    }
}

/// Reads and writes in two tasks, because reading a frame is not cancel-safe.
async fn fan_out(upgraded: UpgradeFut, hub: broadcast::Sender<Message>) -> Result<(), WebSocketError> {
    let (read, mut write) = upgraded.await?.split(tokio::io::split);
    let mut read = FragmentCollectorRead::new(read);
    let mut published = hub.subscribe();
    let (answers, mut answered) = mpsc::channel::<Message>(8);
    tokio::spawn(async move {
        loop {
            let Message(opcode, payload) = tokio::select! {
                Ok(message) = published.recv() => message,
                answer = answered.recv() => match answer {
                    Some(answer) => answer,
                    None => return,
                },
            };
            let written =
                write.write_frame(Frame::new(true, opcode, None, Payload::Borrowed(&payload))).await;
            if written.is_err() || opcode == OpCode::Close {
                return;
            }
        }
    });
    loop {
        let frame = read
            .read_frame::<_, WebSocketError>(&mut |frame: Frame<'_>| {
                let answer = Message(frame.opcode, Bytes::copy_from_slice(&frame.payload));
                let answers = answers.clone();
                async move {
                    answers.send(answer).await.ok();
                    Ok(())
                }
            })
            .await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => {
                hub.send(Message(frame.opcode, Bytes::copy_from_slice(&frame.payload))).ok();
            }
            _ => {}
        }
    }
}
