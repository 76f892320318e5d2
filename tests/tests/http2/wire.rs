//! A client that writes frames of HTTP/2 by hand (RFC 9113 4.1), because the crate `h2` sends none that are wrong. It does
//! not mind the windows.

use std::net::SocketAddr;

use h2::Reason;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use ws_tests::raw::{self, Raw};
use ws_tests::within;

/// Types of frames (RFC 9113 6).
pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

/// Flags.
pub(crate) const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
pub(crate) const PADDED: u8 = 8;

/// Settings (RFC 9113 6.5.2, RFC 8441 3).
pub(crate) const INITIAL_WINDOW_SIZE: u16 = 4;
pub(crate) const ENABLE_CONNECT_PROTOCOL: u16 = 8;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The head of a handshake, without its path.
pub(crate) const HANDSHAKE: [(&str, &str); 5] = [
    (":method", "CONNECT"),
    (":protocol", "websocket"),
    (":scheme", "http"),
    (":authority", "localhost"),
    ("sec-websocket-version", "13"),
];

/// A frame that was received.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Received {
    /// Returns the reason of `RST_STREAM` or `GOAWAY`.
    pub(crate) fn reason(&self) -> Reason {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        Reason::from(u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap()))
    }

    /// Returns the settings.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (u16, u32)> {
        self.payload.chunks_exact(6).map(|setting| {
            let (name, value) = setting.split_at(2);
            (u16::from_be_bytes(name.try_into().unwrap()), u32::from_be_bytes(value.try_into().unwrap()))
        })
    }

    /// Returns whether this is the head of a response with status 200, which is number 8 of HPACK's static table.
    pub(crate) fn is_success(&self) -> bool {
        self.kind == HEADERS && self.payload.first() == Some(&0x88)
    }
}

/// Encodes a frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Encodes header fields without an index (RFC 7541 6.2.2).
pub(crate) fn fields(fields: &[(&str, &str)]) -> Vec<u8> {
    fn length(text: &str) -> Vec<u8> {
        match text.len() {
            len @ ..127 => vec![u8::try_from(len).unwrap()],
            len => {
                let (mut bytes, mut rest) = (vec![127], len - 127);
                while rest >= 128 {
                    bytes.push(u8::try_from(rest % 128).unwrap() | 128);
                    rest /= 128;
                }
                bytes.push(u8::try_from(rest).unwrap());
                bytes
            }
        }
    }
    let encode = |(name, value): &(&str, &str)| {
        [&[0][..], &length(name), name.as_bytes(), &length(value), value.as_bytes()].concat()
    };
    fields.iter().flat_map(encode).collect()
}

/// A connection.
pub(crate) struct Wire<S = TcpStream> {
    pub(crate) stream: S,
    /// Answers settings and pings.
    pub(crate) is_polite: bool,
    /// The bytes of WebSocket frames that have come, by stream.
    unread: Vec<(u32, Vec<u8>)>,
}

impl Wire {
    pub(crate) async fn open(addr: SocketAddr) -> Self {
        Self::open_with(addr, &[]).await
    }

    /// Connects, and sends these settings.
    pub(crate) async fn open_with(addr: SocketAddr, settings: &[(u16, u32)]) -> Self {
        Self::over(Raw::open(addr).await.stream, settings).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Speaks HTTP/2 on `stream`.
    pub(crate) async fn over(stream: S, settings: &[(u16, u32)]) -> Self {
        let mut wire = Self { stream, is_polite: true, unread: Vec::new() };
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        wire.write(&[PREFACE, &frame(SETTINGS, 0, 0, &settings)].concat()).await;
        wire
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        within(self.stream.write_all(bytes)).await.expect("an open connection");
    }

    pub(crate) async fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        self.write(&frame(kind, flags, stream, payload)).await;
    }

    /// Sends a head in one frame.
    pub(crate) async fn head(&mut self, flags: u8, stream: u32, head: &[(&str, &str)]) {
        self.frame(HEADERS, END_HEADERS | flags, stream, &fields(head)).await;
    }

    /// Sends a GET request.
    pub(crate) async fn get(&mut self, stream: u32, path: &str) {
        let head = [(":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", path)];
        self.head(END_STREAM, stream, &head).await;
    }

    /// Sends a handshake.
    pub(crate) async fn handshake(&mut self, stream: u32, path: &str) {
        self.head(0, stream, &[&HANDSHAKE[..4], &[(":path", path)], &HANDSHAKE[4..]].concat()).await;
    }

    /// Begins a WebSocket.
    pub(crate) async fn connect(&mut self, stream: u32, path: &str) {
        self.handshake(stream, path).await;
        let response = self.until(HEADERS, stream).await;
        assert!(response.is_success(), "{response:?}");
    }

    /// Sends a WebSocket frame in a frame of its own.
    pub(crate) async fn message(&mut self, stream: u32, opcode: u8, payload: &[u8]) {
        self.frame(DATA, 0, stream, &raw::frame(true, opcode, payload)).await;
    }

    /// Resets a stream.
    pub(crate) async fn reset(&mut self, stream: u32) {
        self.frame(RST_STREAM, 0, stream, &u32::from(Reason::CANCEL).to_be_bytes()).await;
    }

    /// Reads a frame. Returns `None` at the end, however it comes.
    pub(crate) async fn read(&mut self) -> Option<Received> {
        let mut head = [0; 9];
        within(self.stream.read_exact(&mut head)).await.ok()?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]).try_into().unwrap()];
        within(self.stream.read_exact(&mut payload)).await.ok()?;
        let stream = u32::from_be_bytes(head[5..].try_into().unwrap());
        let received = Received { kind: head[3], flags: head[4], stream, payload };
        if self.is_polite && received.flags & ACK == 0 {
            match received.kind {
                SETTINGS => self.acknowledge(SETTINGS, &[]).await,
                PING => self.acknowledge(PING, &received.payload).await,
                _ => {}
            }
        }
        if received.kind == DATA {
            self.unread(stream).extend(&received.payload);
        }
        Some(received)
    }

    /// The server may be gone already.
    async fn acknowledge(&mut self, kind: u8, payload: &[u8]) {
        let _ = within(self.stream.write_all(&frame(kind, ACK, 0, payload))).await;
    }

    fn unread(&mut self, stream: u32) -> &mut Vec<u8> {
        let at = self.unread.iter().position(|(known, _)| *known == stream).unwrap_or_else(|| {
            self.unread.push((stream, Vec::new()));
            self.unread.len() - 1
        });
        &mut self.unread[at].1
    }

    /// Skips frames until one of this kind comes on `stream`.
    pub(crate) async fn until(&mut self, kind: u8, stream: u32) -> Received {
        loop {
            let received =
                self.read().await.unwrap_or_else(|| panic!("type {kind} on stream {stream}, not the end"));
            assert!(received.kind != GOAWAY || kind == GOAWAY, "{received:?}");
            if (received.kind, received.stream) == (kind, stream) {
                return received;
            }
        }
    }

    /// Reads to the end of the connection. Returns the reason of its last `GOAWAY`.
    pub(crate) async fn end(&mut self) -> Option<Reason> {
        let mut reason = None;
        while let Some(received) = self.read().await {
            if received.kind == GOAWAY {
                reason = Some(received.reason());
            }
        }
        reason
    }

    /// Returns the next WebSocket frame that comes on `stream`.
    pub(crate) async fn next(&mut self, stream: u32) -> raw::Frame {
        loop {
            let mut unread = &self.unread(stream)[..];
            if let Some(frame) = complete(&mut unread).await {
                let rest = unread.to_vec();
                *self.unread(stream) = rest;
                return frame;
            }
            self.until(DATA, stream).await;
        }
    }

    /// Checks that the echo on `stream` works.
    pub(crate) async fn echoes(&mut self, stream: u32) {
        self.message(stream, raw::TEXT, b"hello").await;
        assert_eq!(self.next(stream).await.text(), "hello");
    }

    /// Checks that the connection works: the server answers a ping.
    pub(crate) async fn is_alive(&mut self) {
        self.frame(PING, 0, 0, b"is alive").await;
        while self.until(PING, 0).await.payload != b"is alive" {}
    }
}

/// Takes a frame off `unread` if all of it is there.
async fn complete(unread: &mut &[u8]) -> Option<raw::Frame> {
    let length = match *unread {
        [_, short @ ..=125, ..] => 2 + usize::from(*short),
        [_, 126, high, low, ..] => 4 + usize::from(u16::from_be_bytes([*high, *low])),
        [_, 127, length @ ..] => {
            10 + usize::try_from(u64::from_be_bytes(*length.first_chunk::<8>()?)).unwrap()
        }
        _ => return None,
    };
    if unread.len() < length { None } else { raw::read_frame(unread).await }
}
