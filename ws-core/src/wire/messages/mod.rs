//! Messages over a [`Codec`]: nothing here waits, everything is polled by the one task that owns the connection. How it
//! ends is in [`closing`].

mod closing;

use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};

use crate::limits::Limits;
use crate::message::Message;
use crate::terminate::Terminate;
use crate::wire::codec::Codec;
use crate::wire::convert::{close_frame, for_codec, read_failed, received, write_failed};
use crate::wire::deflate::{Deflate, Encoding, Inflate, Settled};
use crate::wire::frames::{Bounds, Frames};
use crate::wire::transport::Transport;

/// A larger message goes out in fragments of this size with a flush after each, so that no large buffer stays.
const FRAGMENT: usize = 64 << 10;
/// How many pings of a client that takes nothing are answered into the buffer before TCP holds it back.
const PONGS: u32 = 64;

/// What passed since it was last taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) messages_in: u64,
    pub(crate) messages_out: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

/// How reading and writing get on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// When bytes last came.
    pub(crate) last_read: Instant,
    /// Since when a message, or a part of a frame, waits for its rest.
    pub(crate) begun: Option<Instant>,
    /// Since when the client takes nothing of what is to be written.
    pub(crate) stalled: Option<Instant>,
}

/// What the codec has of what came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    /// Perhaps something.
    Unknown,
    /// Nothing, when it was last asked.
    Empty,
    /// A close frame, something refused or the end of the stream was read: nothing more comes out of it.
    Ended,
}

pub(crate) struct Messages {
    codec: Codec,
    /// What is left of a large message.
    rest: Option<Bytes>,
    /// Where compression was agreed on.
    deflate: Option<Deflate>,
    unflushed: bool,
    /// A heartbeat waits for room.
    ping_waits: bool,
    /// Pings read since the client last took all that was written.
    pongs: u32,
    input: Input,
    /// The stream is cut, with no more said.
    cut: bool,
    /// How long the client may take to answer our close frame and to close its side.
    close_timeout: Duration,
    traffic: Traffic,
}

impl Messages {
    /// Messages over `transport`, whose first bytes came `early`, with the handshake.
    /// Compressed ones may pass either way where that was `settled`.
    pub(crate) fn new(transport: Transport, early: &[u8], limits: &Limits, settled: Option<Settled>) -> Self {
        let inflate = settled.map(|settled| Inflate::new(settled.agreed));
        let frames = Frames::new(transport, early, Bounds::new(limits), inflate);
        Self {
            codec: Codec::new(frames),
            rest: None,
            deflate: settled.map(Deflate::new),
            unflushed: false,
            ping_waits: false,
            pongs: 0,
            input: Input::Unknown,
            cut: false,
            close_timeout: limits.close_timeout,
            traffic: Traffic::default(),
        }
    }

    /// The largest message that the client may send, from the next frame header on.
    pub(crate) fn set_max_message_size(&mut self, bytes: usize) {
        self.codec.frames_mut().bounds.message = bytes;
    }

    /// Whether messages that are put from now on are compressed, where that was agreed on.
    pub(crate) fn set_compression(&mut self, on: bool) {
        if let Some(deflate) = &mut self.deflate {
            deflate.turn(on);
        }
    }

    /// Lets go of the codec's buffers, if it holds nothing. Call it when neither reading nor writing could go on.
    pub(crate) fn hibernate(&mut self, cx: &mut Context<'_>) {
        if let Some(deflate) = &mut self.deflate {
            deflate.rest();
        }
        // Also for the pongs that the codec sends by itself.
        let written = matches!(self.codec.awake().poll_flush_unpin(cx), Poll::Ready(Ok(())));
        if written && self.input == Input::Empty && self.rest.is_none() {
            self.codec.rest();
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        let frames = self.codec.frames();
        Progress { last_read: frames.last_read, begun: frames.begun, stalled: frames.stalled }
    }

    /// The counters since the last call.
    pub(crate) fn take_traffic(&mut self) -> Traffic {
        let frames = self.codec.frames_mut();
        self.traffic.bytes_in = std::mem::take(&mut frames.read);
        self.traffic.bytes_out = std::mem::take(&mut frames.written);
        std::mem::take(&mut self.traffic)
    }

    /// The next message, or why there will be none.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, Terminate>> {
        self.input = Input::Unknown;
        if self.pongs >= PONGS {
            ready!(self.poll_write(cx))?;
        }
        let Poll::Ready(next) = self.codec.poll_next(cx) else {
            self.input = Input::Empty;
            return Poll::Pending;
        };
        let end = match next {
            Some(Ok(message)) => match received(message) {
                Ok(message) => {
                    if matches!(message, Message::Ping(_)) {
                        self.pong(cx)?;
                    }
                    self.traffic.messages_in += 1;
                    return Poll::Ready(Ok(message));
                }
                Err(end) => end,
            },
            Some(Err(error)) => read_failed(error),
            None => Terminate::Lost,
        };
        self.input = Input::Ended;
        if let Terminate::Remote(close) = &end {
            // Echoed (RFC 6455 5.5.1); whether it goes out is seen when the stream is closed.
            let _ = self.codec.awake().start_send_unpin(close_frame(close.as_ref()));
        }
        Poll::Ready(Err(end))
    }

    /// Writes the pong that the codec has queued: it goes out before the handler sees the ping, and whatever that does
    /// (C3).
    fn pong(&mut self, cx: &mut Context<'_>) -> Result<(), Terminate> {
        self.unflushed = true;
        self.pongs += 1;
        match self.poll_write(cx) {
            Poll::Ready(written) => written,
            Poll::Pending => Ok(()),
        }
    }

    /// Ready when one more message may be [put](Self::put): what was put before is written as far as the buffer's
    /// bound asks.
    pub(crate) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        loop {
            ready!(self.codec.awake().poll_ready_unpin(cx)).map_err(write_failed)?;
            self.send_ping()?;
            let Some(rest) = &mut self.rest else { return Poll::Ready(Ok(())) };
            let piece = rest.split_to(FRAGMENT.min(rest.len()));
            let last = rest.is_empty();
            if last {
                self.rest = None;
            }
            self.send(tungstenite::Message::Frame(Frame::message(
                piece,
                OpCode::Data(Data::Continue),
                last,
            )))?;
            ready!(self.poll_write(cx))?;
        }
    }

    /// Takes one message; [`poll_room`](Self::poll_room) was ready.
    pub(crate) fn put(&mut self, message: Message) -> Result<(), Terminate> {
        if let (Some(deflate), Some((kind, payload))) = (&mut self.deflate, data(&message))
            && let Some(deflated) = deflate.deflate(payload)
        {
            return self.put_deflated(kind, deflated);
        }
        self.put_plain(message)
    }

    /// As [`put`](Self::put), of a message that other connections send as well: `deflated` has its payload in their
    /// common encoding, and `None` if that is not smaller.
    pub(crate) fn put_shared(
        &mut self,
        message: &Message,
        deflated: impl FnOnce(Encoding, &[u8]) -> Option<Bytes>,
    ) -> Result<(), Terminate> {
        let encoding = self.deflate.as_ref().and_then(|deflate| deflate.encoding(message.len()));
        let (Some(encoding), Some((kind, payload))) = (encoding, data(message)) else {
            return self.put(message.clone());
        };
        match deflated(encoding, payload) {
            Some(deflated) => self.put_deflated(kind, deflated),
            None => self.put_plain(message.clone()),
        }
    }

    fn put_plain(&mut self, message: Message) -> Result<(), Terminate> {
        self.traffic.messages_out += 1;
        let message = match message {
            Message::Text(text) if text.len() > FRAGMENT => {
                self.first_fragment(Data::Text, text.into_bytes())
            }
            Message::Binary(bytes) if bytes.len() > FRAGMENT => self.first_fragment(Data::Binary, bytes),
            message => for_codec(message),
        };
        self.send(message)
    }

    /// The first frame of what was compressed; the rest of it is set aside.
    fn put_deflated(&mut self, kind: Data, mut deflated: Bytes) -> Result<(), Terminate> {
        self.traffic.messages_out += 1;
        let first = deflated.split_to(FRAGMENT.min(deflated.len()));
        // RSV1 says compressed, of the whole message, in its first frame (RFC 7692 6).
        let header = FrameHeader {
            is_final: deflated.is_empty(),
            rsv1: true,
            opcode: OpCode::Data(kind),
            ..FrameHeader::default()
        };
        self.rest = Some(deflated).filter(|rest| !rest.is_empty());
        self.send(tungstenite::Message::Frame(Frame::from_payload(header, first)))
    }

    fn first_fragment(&mut self, kind: Data, mut payload: Bytes) -> tungstenite::Message {
        let first = payload.split_to(FRAGMENT);
        self.rest = Some(payload);
        tungstenite::Message::Frame(Frame::message(first, OpCode::Data(kind), false))
    }

    fn send(&mut self, message: tungstenite::Message) -> Result<(), Terminate> {
        self.unflushed = true;
        self.codec.awake().start_send_unpin(message).map_err(write_failed)
    }

    /// Pings as soon as there is room, between the fragments of a message if need be: a client that takes long for what
    /// it is sent shows by its answers that it is there.
    pub(crate) fn ping(&mut self, cx: &mut Context<'_>) -> Result<(), Terminate> {
        self.ping_waits = true;
        match self.codec.awake().poll_ready_unpin(cx) {
            Poll::Ready(Ok(())) => self.send_ping(),
            Poll::Ready(Err(error)) => Err(write_failed(error)),
            Poll::Pending => Ok(()),
        }
    }

    fn send_ping(&mut self) -> Result<(), Terminate> {
        if std::mem::take(&mut self.ping_waits) {
            self.send(tungstenite::Message::Ping(Bytes::new()))?;
        }
        Ok(())
    }

    /// Writes all that was put; costs nothing where there is nothing to write.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        if self.rest.is_some() {
            ready!(self.poll_room(cx))?;
        }
        ready!(self.poll_write(cx))?;
        self.send_ping()?;
        self.poll_write(cx)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        if self.unflushed {
            ready!(self.codec.awake().poll_flush_unpin(cx)).map_err(write_failed)?;
            self.unflushed = false;
            self.pongs = 0;
        }
        Poll::Ready(Ok(()))
    }
}

/// What of a message can be compressed.
fn data(message: &Message) -> Option<(Data, &[u8])> {
    match message {
        Message::Text(text) => Some((Data::Text, text.as_bytes())),
        Message::Binary(bytes) => Some((Data::Binary, bytes)),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
    }
}
