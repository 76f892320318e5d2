//! The fuzz targets' connection: the app's router behind hyper, over memory, in one thread. Bytes go in and bytes come
//! out, so a target reaches only code that a client can reach.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Extension;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::{Builder, Runtime};
use ws_core::App;

/// The time limit for a connection. One that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// The client address of every connection.
pub const FROM: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4711);

/// All bytes that the server sent until it closed its side.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status line and headers, in lower case.
    pub head: String,
    /// The bytes after the headers.
    pub rest: Vec<u8>,
}

impl Answer {
    /// Returns the status code.
    pub fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    /// Returns the value of a header, with all its lines joined by commas.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self
            .head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(named, _)| *named == name)
            .map(|(_, value)| value)
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// An app that serves one connection after another.
pub struct Peer {
    runtime: Runtime,
    service: TowerToHyperService<axum::Router>,
}

impl Peer {
    /// Builds the app's router and a runtime.
    ///
    /// # Panics
    /// If the app does not start.
    pub fn new(app: App) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let router = app.into_router().layer(Extension(ConnectInfo(FROM)));
        Self { runtime, service: TowerToHyperService::new(router) }
    }

    /// Sends `parts` one by one, each after the server has handled the one before, then ends the client's side. Returns
    /// the server's answer.
    ///
    /// # Panics
    /// If the connection does not end in time.
    pub fn talk<'a>(&self, parts: impl Iterator<Item = &'a [u8]>) -> Answer {
        let conversation = async {
            let (ours, theirs) = tokio::io::duplex(1 << 20);
            let serving = http1::Builder::new().serve_connection(TokioIo::new(theirs), self.service.clone());
            let server = tokio::spawn(serving.with_upgrades());
            let (mut reader, mut writer) = tokio::io::split(ours);
            for part in parts {
                // The server may have closed already; then the rest is dropped.
                if !part.is_empty() && writer.write_all(part).await.is_ok() {
                    settle().await;
                }
            }
            let _ = writer.shutdown().await;
            let answer = read_all(&mut reader).await;
            // For a request that cannot be parsed, hyper returns an error.
            let _ = server.await.expect("the server does not panic");
            answer
        };
        let in_time = async { tokio::time::timeout(PATIENCE, conversation).await };
        let answer = self.runtime.block_on(in_time).expect("a connection that ends");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
        Answer {
            head: String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase(),
            rest: answer[end..].to_vec(),
        }
    }
}

/// Lets the server's tasks run until they are idle.
async fn settle() {
    for _ in 0..4 {
        tokio::task::yield_now().await;
    }
}

async fn read_all(reader: &mut tokio::io::ReadHalf<DuplexStream>) -> Vec<u8> {
    let mut answer = Vec::new();
    // An unclean end of the stream is fine.
    let _ = reader.read_to_end(&mut answer).await;
    answer
}

/// Returns a valid handshake request for `path`, with `headers` added.
pub fn handshake(path: &str, headers: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
    .into_bytes()
}

/// Splits the fuzzer's data into the lengths of pieces and the bytes to cut. The data is the number of lengths, the
/// lengths, and the bytes. Returns `None` if it is too short.
pub fn pieces(data: &[u8]) -> Option<(Vec<usize>, &[u8])> {
    let (count, rest) = data.split_first()?;
    let (lengths, bytes) = rest.split_at_checked(usize::from(count % 16))?;
    Some((lengths.iter().map(|&length| usize::from(length)).collect(), bytes))
}

/// Cuts `bytes` into pieces of these lengths. The last piece is the rest.
pub fn cut<'a>(lengths: &[usize], mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
    let mut cut = Vec::new();
    for &length in lengths {
        let (piece, rest) = bytes.split_at(length.min(bytes.len()));
        cut.push(piece);
        bytes = rest;
    }
    cut.push(bytes);
    cut
}

/// A data message or a close frame that the server sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    /// Opcode and payload of a message, with its fragments joined.
    Message(u8, Vec<u8>),
    /// The payload of the close frame, which is the last frame.
    Close(Vec<u8>),
}

/// Parses the frames of a server, without pings and pongs.
///
/// # Panics
/// If the bytes are not frames, or are frames that a server must not send.
pub fn frames(mut bytes: &[u8]) -> Vec<Sent> {
    let (mut sent, mut open): (_, Option<(u8, Vec<u8>)>) = (Vec::new(), None);
    while let [first, second, rest @ ..] = bytes {
        assert!(!sent.iter().any(|sent| matches!(sent, Sent::Close(_))), "frames after the close frame");
        assert_eq!(second & 0x80, 0, "a masked frame");
        assert_eq!(first & 0x70, 0, "reserved bits");
        let (length, rest) = match second & 0x7f {
            126 => (usize::from(u16::from_be_bytes(*rest.first_chunk().expect("a length"))), &rest[2..]),
            127 => {
                let length = u64::from_be_bytes(*rest.first_chunk().expect("a length"));
                (usize::try_from(length).expect("a length"), &rest[8..])
            }
            length => (usize::from(length), rest),
        };
        // The server ended the connection within this frame.
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        bytes = rest;
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
        match opcode {
            0 => {
                let (kind, mut message) = open.take().expect("a message that has begun");
                message.extend_from_slice(payload);
                open = Some((kind, message));
            }
            1 | 2 => {
                assert!(open.is_none(), "a message within a message");
                open = Some((opcode, payload.to_vec()));
            }
            8 => {
                assert!(payload.len() != 1 && payload.len() < 126, "a close frame of {}", payload.len());
                sent.push(Sent::Close(payload.to_vec()));
            }
            9 | 10 => assert!(fin && payload.len() < 126, "a control frame"),
            _ => panic!("opcode {opcode}"),
        }
        if fin && opcode < 3 {
            let (kind, message) = open.take().expect("a message");
            assert!(kind != 1 || std::str::from_utf8(&message).is_ok(), "a text that is none");
            sent.push(Sent::Message(kind, message));
        }
    }
    sent
}
