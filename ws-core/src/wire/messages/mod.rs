//! Messages over a [`Codec`]: nothing here waits, everything is polled by the one task that owns the connection. What is
//! said goes out by [`sending`], how it ends is in [`closing`].

mod closing;
mod sending;

use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio::time::Instant;

use crate::limits::Limits;
use crate::message::Message;
use crate::protocol::deflate::{Deflate, Inflate, Settled};
use crate::terminate::Terminate;
use crate::wire::codec::Codec;
use crate::wire::convert::{close_frame, read_failed, received};
use crate::wire::frames::{Bounds, Frames};
use crate::wire::transport::Transport;

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

/// Where something may be that is not written yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unflushed {
    Nothing,
    /// In what goes out past the codec, and nothing in the codec.
    Direct,
    /// In the codec, perhaps behind what goes out past it.
    Codec,
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
    unflushed: Unflushed,
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
            unflushed: Unflushed::Nothing,
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
        // With nothing to read, the codec has nothing to say that it has not said.
        if self.input == Input::Empty {
            ready!(self.codec.frames().poll_readable(cx));
        }
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
        self.unflushed = Unflushed::Codec;
        self.pongs += 1;
        match self.poll_write(cx) {
            Poll::Ready(written) => written,
            Poll::Pending => Ok(()),
        }
    }
}
