//! A client that compresses (RFC 7692), frame by frame as a test writes it.

use std::net::SocketAddr;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use crate::raw::{CONTINUATION, HEADERS, PING, PONG, Raw, Response, frame};
use crate::within;

const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What its first frame is.
    pub opcode: u8,
    /// Whether it came compressed.
    pub compressed: bool,
    /// The length of each frame.
    pub frames: Vec<usize>,
    /// What is in it, inflated.
    pub payload: Vec<u8>,
}

impl Message {
    /// The payload as text.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.payload).expect("text")
    }

    /// How many bytes it took on the wire, headers aside.
    #[must_use]
    pub fn wire_len(&self) -> usize {
        self.frames.iter().sum()
    }
}

/// A connection on which both sides may compress.
pub struct Deflate {
    /// The stream beneath.
    pub raw: Raw,
    inflate: Decompress,
    takeover: bool,
    /// Where its context is taken over.
    compress: Option<Compress>,
}

impl Deflate {
    /// Connects, and offers what `offer` says; the connection and the answer. It keeps to what is answered, but for the
    /// size of its window.
    ///
    /// # Panics
    /// If nobody listens.
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

    /// Connects, and offers permessage-deflate as a browser does.
    ///
    /// # Panics
    /// If it is not accepted.
    pub async fn connect(addr: SocketAddr, path: &str) -> Self {
        let (client, response) = Self::ask(addr, path, "permessage-deflate; client_max_window_bits").await;
        assert_eq!(response.status, 101, "{response:?}");
        assert!(response.header("sec-websocket-extensions").is_some(), "{response:?}");
        client
    }

    /// Sends a message compressed, in frames of at most `at_most` bytes.
    ///
    /// # Panics
    /// If the connection is gone.
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

    /// Sends a message compressed, in one frame.
    ///
    /// # Panics
    /// If the connection is gone.
    pub async fn send(&mut self, opcode: u8, payload: &[u8]) {
        self.send_in(opcode, payload, usize::MAX).await;
    }

    /// The next message or close frame; pings and pongs are passed over.
    ///
    /// # Panics
    /// If none comes in time, or one that a server may not send.
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
            assert_eq!((reserved, frame.opcode), (0, CONTINUATION), "only the first frame says compressed");
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
                .expect("a message that inflates");
            if self.inflate.total_in() - begun == input.len() as u64 && out.len() < out.capacity() {
                return out;
            }
        }
    }
}

/// The payload of a compressed message that stands by itself.
///
/// # Panics
/// If zlib fails.
#[must_use]
pub fn deflate(payload: &[u8]) -> Vec<u8> {
    deflate_with(&mut Compress::new(Compression::default(), false), payload)
}

/// As [`deflate`], with what `state` has compressed before as its context.
///
/// # Panics
/// If zlib fails.
#[must_use]
pub fn deflate_with(state: &mut Compress, payload: &[u8]) -> Vec<u8> {
    // zlib flushes nothing twice.
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
