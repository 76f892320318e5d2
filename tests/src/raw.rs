//! A client that sends raw bytes: handshakes as the test writes them, and frames as RFC 6455 5.2 defines them.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::within;

/// Opcodes (RFC 6455 5.2).
pub const CONTINUATION: u8 = 0;
/// See [`CONTINUATION`].
pub const TEXT: u8 = 1;
/// See [`CONTINUATION`].
pub const BINARY: u8 = 2;
/// See [`CONTINUATION`].
pub const CLOSE: u8 = 8;
/// See [`CONTINUATION`].
pub const PING: u8 = 9;
/// See [`CONTINUATION`].
pub const PONG: u8 = 10;

/// The headers of a valid handshake.
pub const HEADERS: [(&str, &str); 5] = [
    ("Host", "localhost"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// A received frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whether this is the last frame of its message.
    pub fin: bool,
    /// The opcode.
    pub opcode: u8,
    /// The payload.
    pub payload: Vec<u8>,
}

impl Frame {
    /// Returns the payload as text.
    ///
    /// # Panics
    /// If the payload is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.payload).expect("text")
    }

    /// Returns the code and reason of a close frame.
    ///
    /// # Panics
    /// If this is not a close frame, or the close frame has no code.
    #[must_use]
    pub fn close(&self) -> (u16, &str) {
        assert_eq!(self.opcode, CLOSE, "{self:?}");
        let (code, reason) = self.payload.split_first_chunk().expect("a code");
        (u16::from_be_bytes(*code), std::str::from_utf8(reason).expect("text"))
    }
}

/// A received HTTP response.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// The body, of the length in `Content-Length`.
    pub body: String,
}

impl Response {
    /// Returns the value of the first header called `name`.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A TCP connection for raw bytes.
pub struct Raw {
    /// The underlying stream.
    pub stream: TcpStream,
}

impl Raw {
    /// Opens a TCP connection without sending anything.
    ///
    /// # Panics
    /// If nothing listens at `addr`.
    pub async fn open(addr: SocketAddr) -> Self {
        let stream = within(TcpStream::connect(addr)).await.expect("a server is listening");
        stream.set_nodelay(true).expect("a socket");
        Self { stream }
    }

    /// Like [`open`](Self::open), with small buffers, so that data which the client does not read stays in the server.
    ///
    /// # Panics
    /// If nothing listens at `addr`.
    pub async fn open_with_small_buffers(addr: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(64 << 10).expect("a smaller buffer");
        socket.set_send_buffer_size(64 << 10).expect("a smaller buffer");
        Self { stream: within(socket.connect(addr)).await.expect("a server is listening") }
    }

    /// Connects and completes a handshake at `path`.
    ///
    /// # Panics
    /// If the response is not a 101.
    pub async fn connect(addr: SocketAddr, path: &str) -> Self {
        let mut raw = Self::open(addr).await;
        let response = raw.request("GET", path, &HEADERS).await;
        assert_eq!(response.status, 101, "{response:?}");
        raw
    }

    /// Sends a request and reads the response.
    ///
    /// # Panics
    /// If nothing arrives in time.
    pub async fn request(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send(&request(method, path, headers)).await;
        self.response().await
    }

    /// Reads one response and no byte after it.
    ///
    /// # Panics
    /// If nothing arrives in time.
    pub async fn response(&mut self) -> Response {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(within(self.stream.read_u8()).await.expect("the head of a response"));
        }
        let head = String::from_utf8(head).expect("text");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let mut response = Response { status, head, body: String::new() };
        let length = response.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        within(self.stream.read_exact(&mut body)).await.expect("the body of a response");
        response.body = String::from_utf8(body).expect("text");
        response
    }

    /// Sends bytes.
    ///
    /// # Panics
    /// If the connection is closed.
    pub async fn send(&mut self, bytes: &[u8]) {
        within(self.stream.write_all(bytes)).await.expect("an open connection");
    }

    /// Sends a whole masked frame.
    ///
    /// # Panics
    /// If the connection is closed.
    pub async fn frame(&mut self, opcode: u8, payload: &[u8]) {
        self.send(&frame(true, opcode, payload)).await;
    }

    /// Sends a close frame.
    ///
    /// # Panics
    /// If the connection is closed.
    pub async fn close(&mut self, code: u16, reason: &str) {
        let payload = [&code.to_be_bytes()[..], reason.as_bytes()].concat();
        self.frame(CLOSE, &payload).await;
    }

    /// Reads the next frame. Returns `None` at the end of the stream.
    ///
    /// # Panics
    /// If no frame arrives in time, or the frame is invalid.
    pub async fn read(&mut self) -> Option<Frame> {
        within(self.read_now()).await
    }

    async fn read_now(&mut self) -> Option<Frame> {
        read_frame(&mut self.stream).await
    }

    /// Reads the next frame and its reserved bits, with RSV1 as 4. Returns `None` at the end of the stream.
    ///
    /// # Panics
    /// If the frame is invalid, apart from its reserved bits.
    pub async fn read_with_reserved(&mut self) -> Option<(u8, Frame)> {
        read_with_reserved(&mut self.stream).await
    }

    /// Returns whether neither data nor the end of the stream arrives within `duration`.
    pub async fn is_silent_for(&mut self, duration: std::time::Duration) -> bool {
        let mut byte = [0];
        tokio::time::timeout(duration, self.stream.peek(&mut byte)).await.is_err()
    }
}

/// Returns a request without a body.
#[must_use]
pub fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\n{}\r\n", headers.concat()).into_bytes()
}

/// Reads the server's next frame from `stream`. Returns `None` at the end of the stream.
///
/// # Panics
/// If the frame is invalid.
pub async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> Option<Frame> {
    let (reserved, frame) = read_with_reserved(stream).await?;
    // RFC 6455 5.2: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
    assert_eq!(reserved, 0, "reserved bits");
    Some(frame)
}

async fn read_with_reserved(stream: &mut (impl AsyncRead + Unpin)) -> Option<(u8, Frame)> {
    let first = stream.read_u8().await.ok()?;
    let second = stream.read_u8().await.expect("a header");
    // RFC 6455 5.1: "A server MUST NOT mask any frames that it sends to the client."
    assert_eq!(second & 0x80, 0, "a server must not mask");
    let length = match second {
        126 => u64::from(stream.read_u16().await.expect("a length")),
        127 => stream.read_u64().await.expect("a length"),
        short => u64::from(short),
    };
    // RFC 6455 5.2: "the minimal number of bytes MUST be used to encode the length"
    let least = [(126, 126), (127, 1 << 16)].into_iter().find(|(form, _)| *form == second);
    assert!(least.is_none_or(|(_, least)| length >= least), "{length} in the form {second}");
    let mut payload = vec![0; usize::try_from(length).expect("a length that fits")];
    stream.read_exact(&mut payload).await.expect("a payload");
    Some((first >> 4 & 7, Frame { fin: first & 0x80 != 0, opcode: first & 0x0f, payload }))
}

/// Returns a masked frame.
///
/// # Panics
/// Never: every length fits its field.
#[must_use]
pub fn frame(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
    let mut frame = vec![u8::from(fin) << 7 | opcode];
    match payload.len() {
        short @ 0..=125 => frame.push(0x80 | u8::try_from(short).expect("short")),
        medium @ 126..=0xffff => {
            frame.push(0xfe);
            frame.extend(u16::try_from(medium).expect("medium").to_be_bytes());
        }
        long => {
            frame.push(0xff);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}
