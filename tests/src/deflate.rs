//! A client with permessage-deflate (RFC 7692), for tests that control each frame.

use std::net::SocketAddr;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use crate::raw::{CONTINUATION, HEADERS, PING, PONG, Raw, Response, frame};
use crate::within;

const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// A received message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The opcode of the first frame.
    pub opcode: u8,
    /// Whether the message was compressed.
    pub compressed: bool,
    /// The payload length of each frame.
    pub frames: Vec<usize>,
    /// The payload, inflated if it was compressed.
    pub payload: Vec<u8>,
}

impl Message {
    /// Returns the payload as text.
    ///
    /// # Panics
    /// If the payload is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.payload).expect("text")
    }

    /// Returns the number of payload bytes on the wire, without frame headers.
    #[must_use]
    pub fn wire_len(&self) -> usize {
        self.frames.iter().sum()
    }
}

/// A connection on which both sides may compress messages.
pub struct Deflate {
    /// The underlying connection.
    pub raw: Raw,
    inflate: Decompress,
    takeover: bool,
    /// Present if the client keeps its compression context between messages.
    compress: Option<Compress>,
}

impl Deflate {
    /// Connects and sends `offer` as `Sec-WebSocket-Extensions`. Returns the connection and the response. The
    /// connection follows the negotiated context takeover, but not the negotiated window size.
    ///
    /// # Panics
    /// If nothing listens at `addr`.
    pub async fn ask(addr: SocketAddr, path: &str, offer: &str) -> (Self, Response) {
        let mut raw = Raw::open(addr).await;
        let mut headers = HEADERS.to_vec();
        headers.push(("Sec-WebSocket-Extensions", offer));
        let response = raw.request("GET", path, &headers).await;
        let takeover = |side| !response.head.contains(&format!("{side}_no_context_takeover"));
        let client = Self {
            raw,
            inflate: Decompress::new(false),
            takeover: takeover("server"),
            compress: takeover("client").then(|| Compress::new(Compression::default(), false)),
        };
        (client, response)
    }

    /// Connects and offers permessage-deflate as a browser does.
    ///
    /// # Panics
    /// If the server does not accept the offer.
    pub async fn connect(addr: SocketAddr, path: &str) -> Self {
        let (client, response) = Self::ask(addr, path, "permessage-deflate; client_max_window_bits").await;
        assert_eq!(response.status, 101, "{response:?}");
        assert!(response.header("sec-websocket-extensions").is_some(), "{response:?}");
        client
    }

    /// Sends a compressed message in frames with at most `at_most` bytes of payload.
    ///
    /// # Panics
    /// If the connection is closed.
    pub async fn send_in(&mut self, opcode: u8, payload: &[u8], at_most: usize) {
        let deflated = match &mut self.compress {
            Some(state) => deflate_with(state, payload),
            None => deflate(payload),
        };
        let count = deflated.len().div_ceil(at_most);
        for (at, piece) in deflated.chunks(at_most).enumerate() {
            let mut frame = frame(at + 1 == count, if at == 0 { opcode } else { CONTINUATION }, piece);
            frame[0] |= if at == 0 { 0x40 } else { 0 };
            self.raw.send(&frame).await;
        }
    }

    /// Sends a compressed message in one frame.
    ///
    /// # Panics
    /// If the connection is closed.
    pub async fn send(&mut self, opcode: u8, payload: &[u8]) {
        self.send_in(opcode, payload, usize::MAX).await;
    }

    /// Reads the next message or close frame. Skips pings and pongs.
    ///
    /// # Panics
    /// If no message arrives in time, or a frame is invalid.
    pub async fn read(&mut self) -> Message {
        within(self.read_now()).await
    }

    async fn read_now(&mut self) -> Message {
        let (reserved, first) = loop {
            let (reserved, frame) = self.raw.read_with_reserved().await.expect("a frame");
            if frame.opcode != PING && frame.opcode != PONG {
                break (reserved, frame);
            }
        };
        assert!(reserved == 0 || reserved == 4, "{reserved}");
        let mut message = Message {
            opcode: first.opcode,
            compressed: reserved == 4,
            frames: vec![first.payload.len()],
            payload: first.payload,
        };
        let mut fin = first.fin;
        while !fin {
            let (reserved, frame) = self.raw.read_with_reserved().await.expect("a frame");
            assert_eq!((reserved, frame.opcode), (0, CONTINUATION), "only the first frame has RSV1");
            message.frames.push(frame.payload.len());
            message.payload.extend(frame.payload);
            fin = frame.fin;
        }
        if message.compressed {
            message.payload = self.inflated(&message.payload);
        }
        message
    }

    fn inflated(&mut self, payload: &[u8]) -> Vec<u8> {
        if !self.takeover {
            self.inflate.reset(false);
        }
        let input = [payload, &TAIL].concat();
        let (mut out, begun) = (Vec::new(), self.inflate.total_in());
        loop {
            let consumed = usize::try_from(self.inflate.total_in() - begun).expect("a length");
            out.reserve(64 << 10);
            self.inflate
                .decompress_vec(&input[consumed..], &mut out, FlushDecompress::Sync)
                .expect("valid deflate data");
            if self.inflate.total_in() - begun == input.len() as u64 && out.len() < out.capacity() {
                return out;
            }
        }
    }
}

/// Compresses `payload` as a message that needs no earlier context.
///
/// # Panics
/// If zlib fails.
#[must_use]
pub fn deflate(payload: &[u8]) -> Vec<u8> {
    deflate_with(&mut Compress::new(Compression::default(), false), payload)
}

/// Like [`deflate`], with the earlier payloads of `state` as context.
///
/// # Panics
/// If zlib fails.
#[must_use]
pub fn deflate_with(state: &mut Compress, payload: &[u8]) -> Vec<u8> {
    // zlib writes nothing if it flushes again without new input.
    if payload.is_empty() {
        return vec![0];
    }
    let (mut out, begun) = (Vec::new(), state.total_in());
    loop {
        let consumed = usize::try_from(state.total_in() - begun).expect("a length");
        out.reserve(64 << 10);
        state.compress_vec(&payload[consumed..], &mut out, FlushCompress::Sync).expect("zlib works");
        if state.total_in() - begun == payload.len() as u64 && out.len() < out.capacity() {
            break;
        }
    }
    assert!(out.ends_with(&TAIL), "a flush");
    out.truncate(out.len() - TAIL.len());
    out
}
