//! A server that sends exactly the bytes that a test provides.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use ws_core::client::{Client, Error, Request};
use ws_tests::raw::{CLOSE, Frame};
use ws_tests::within;

/// A key and its accept value (RFC 6455 section 1.3).
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub(crate) const UPGRADE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                                  Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

pub(crate) struct Listener(TcpListener);

impl Listener {
    pub(crate) async fn bind() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.0.local_addr().expect("an address")
    }

    /// A request with the key that [`UPGRADE`] answers.
    pub(crate) fn request(&self) -> Request {
        ws_core::client::request(&format!("ws://{}/", self.addr())).header("sec-websocket-key", KEY)
    }

    /// Accepts a connection, and returns it with the head of its request.
    pub(crate) async fn accept(&self) -> (Peer, String) {
        let (mut stream, _) = within(self.0.accept()).await.expect("a connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(within(stream.read_u8()).await.expect("a request"));
        }
        (Peer(stream), String::from_utf8(head).expect("text"))
    }
}

/// The server's end of a connection.
pub(crate) struct Peer(pub(crate) TcpStream);

impl Peer {
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        within(self.0.write_all(bytes)).await.expect("an open connection");
    }

    /// Reads the client's next frame; `None` at the end of the stream.
    pub(crate) async fn read(&mut self) -> Option<Frame> {
        let stream = &mut self.0;
        let reading = async {
            let first = stream.read_u8().await?;
            let second = stream.read_u8().await?;
            assert!(second & 0x80 != 0, "a client masks its frames");
            let length = match second & 0x7f {
                126 => stream.read_u16().await?.into(),
                127 => stream.read_u64().await?,
                length => length.into(),
            };
            let mut mask = [0; 4];
            stream.read_exact(&mut mask).await?;
            let mut payload = vec![0; usize::try_from(length).expect("a length")];
            stream.read_exact(&mut payload).await?;
            for (byte, mask) in payload.iter_mut().zip(mask.into_iter().cycle()) {
                *byte ^= mask;
            }
            std::io::Result::Ok(Frame { fin: first & 0x80 != 0, opcode: first & 0x0f, payload })
        };
        within(reading).await.ok()
    }

    /// Reads the client's close frame, which must come next.
    pub(crate) async fn read_close(&mut self) -> (u16, String) {
        let frame = self.read().await.expect("a close frame");
        let (code, reason) = frame.close();
        (code, reason.to_owned())
    }
}

/// An unmasked frame, as a server sends it.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        short @ ..126 => frame.push(u8::try_from(short).expect("below 126")),
        long => {
            frame.push(127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

pub(crate) fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// Returns a connected pair.
pub(crate) async fn pair() -> (Client, Peer) {
    pair_by(|request| request).await
}

pub(crate) async fn pair_by(change: impl FnOnce(Request) -> Request) -> (Client, Peer) {
    let listener = Listener::bind().await;
    let serve = async {
        let (mut peer, _) = listener.accept().await;
        peer.send(format!("{UPGRADE}\r\n").as_bytes()).await;
        peer
    };
    let (client, peer) = tokio::join!(within(change(listener.request()).connect()), serve);
    (client.expect("a connection"), peer)
}

/// Returns the error of a handshake to which the server responds with `response`.
pub(crate) async fn refused(response: &str) -> Error {
    let listener = Listener::bind().await;
    let serve = async {
        let (mut peer, _) = listener.accept().await;
        peer.send(response.as_bytes()).await;
        peer
    };
    let (client, _peer) = tokio::join!(within(listener.request().connect()), serve);
    client.expect_err("an error")
}
