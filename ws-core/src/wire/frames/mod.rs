//! The thin stream that always lies beneath tungstenite. It reads through a [`scratch`] buffer that its thread shares,
//! and sees each [`header`]. Whole frames go on untouched; a data frame that is not whole goes on in pieces, as
//! fragments of what has come, so that tungstenite checks text as it arrives and never reserves what a header announces;
//! compressed messages go on [`inflating`]; a [`refusal`] or a close frame ends it. It counts bytes, and knows since when
//! something is under way.

mod direct;
mod header;
mod inflating;
pub(crate) mod refusal;
mod scratch;
#[cfg(all(test, feature = "compression"))]
pub(crate) mod tests;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use self::direct::Direct;
pub(crate) use self::header::Bounds;
use self::header::{Headers, Next, cut};
use self::inflating::Inflating;
use self::refusal::{End, Refusal};
use self::scratch::Scratch;
use super::transport::Transport;
use crate::protocol::deflate::Inflate;

pub(crate) struct Frames {
    transport: Transport,
    headers: Headers,
    pub(crate) bounds: Bounds,
    /// Where compressed messages were agreed on.
    inflating: Option<Box<Inflating>>,
    /// A part of a frame that cannot go on yet: a header, or a control frame.
    held: Vec<u8>,
    /// Frames that go out past the codec, before what is in it.
    direct: Option<Box<Direct>>,
    /// What was read and did not fit into the codec's buffer; the thread has another meanwhile.
    scratch: Option<Box<Scratch>>,
    /// Nothing comes after what was read so far.
    end: Option<io::Error>,
    /// Bytes read since the counters were last taken.
    pub(crate) read: u64,
    /// Bytes written since the counters were last taken.
    pub(crate) written: u64,
    /// When bytes last arrived: the clock is read once a system call, so once a burst.
    pub(crate) last_read: Instant,
    /// Since when a message, or a part of a frame, waits for its rest.
    pub(crate) begun: Option<Instant>,
    /// Since when the transport has taken nothing of what is to be written.
    pub(crate) stalled: Option<Instant>,
}

impl Frames {
    /// Frames over `transport`, whose first bytes came `early`, with the handshake.
    pub(crate) fn new(
        transport: Transport,
        early: &[u8],
        mut bounds: Bounds,
        inflate: Option<Inflate>,
    ) -> Self {
        bounds.deflate = inflate.is_some();
        let mut frames = Self {
            transport,
            headers: Headers::default(),
            bounds,
            inflating: inflate.map(|inflate| Box::new(Inflating::new(inflate))),
            held: Vec::new(),
            direct: None,
            scratch: None,
            end: None,
            read: early.len() as u64,
            written: 0,
            last_read: Instant::now(),
            begun: None,
            stalled: None,
        };
        if !early.is_empty() {
            let mut scratch = Scratch::of(early);
            frames.follow(&mut scratch);
            frames.scratch = Some(scratch);
        }
        frames
    }

    /// Whether the codec, once it has taken all that may be passed on, holds nothing.
    pub(crate) const fn at_rest(&self) -> bool {
        self.headers.at_rest() && self.scratch.is_none() && self.end.is_none()
    }

    /// Leaves an empty shell behind, for a codec that is about to be dropped.
    pub(crate) fn take(&mut self) -> Self {
        let shell = Self::new(Transport::Gone, &[], self.bounds, None);
        std::mem::replace(self, shell)
    }

    /// The stream itself, for what comes after the last frame.
    pub(crate) const fn transport(&mut self) -> &mut Transport {
        &mut self.transport
    }

    /// Ready when a read may bring something, or fail.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        // An error is read like all else.
        self.transport.poll_readable(cx).map(drop)
    }

    /// Reads, follows, and passes on what may be. Zero bytes would read as the end of the stream: where nothing can be
    /// passed on yet, it reads on.
    fn poll_pass(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if scratch.pass(buf) {
                return Poll::Ready(Ok(()));
            }
            if self.end.is_none() && (!scratch.unfollowed().is_empty() || self.is_inflating()) {
                self.follow(scratch);
                continue;
            }
            if let Some(end) = self.end.take() {
                return Poll::Ready(Err(end));
            }
            let read = ready!(scratch.poll_read(cx, &mut self.transport, &self.held))?;
            if read == 0 {
                // As an error: at the end of its input the codec would write nothing more, and the client may still
                // take something.
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            self.held = Vec::new();
            self.read += read as u64;
            self.last_read = Instant::now();
            self.follow(scratch);
        }
    }

    /// Follows what was read to its end, or to where something has to be passed on first.
    fn follow(&mut self, scratch: &mut Scratch) {
        if let Err(end) = self.follow_frames(scratch) {
            scratch.forget();
            self.end = Some(io::Error::other(end));
        }
    }

    fn follow_frames(&mut self, scratch: &mut Scratch) -> Result<(), End> {
        loop {
            let under_way = self.headers.frame.left > 0 || self.is_inflating();
            if (under_way || self.inflating.is_some()) && !scratch.is_passed() {
                return Ok(());
            }
            if under_way && (self.is_inflating() || !scratch.unfollowed().is_empty()) {
                self.go_on(scratch)?;
                continue;
            }
            match self.headers.next(scratch.unfollowed(), &self.bounds)? {
                Next::Whole(count) => {
                    scratch.follow(count);
                    self.followed();
                }
                Next::Begun(header) => {
                    let payload = scratch.unfollowed().len() - header;
                    cut(scratch.unfollowed_mut(), payload);
                    scratch.follow(header + payload);
                    self.headers.frame.advance(payload);
                    self.followed();
                }
                Next::Deflated(header) => {
                    scratch.skip(header);
                    if let Some(inflating) = &mut self.inflating {
                        inflating.begin(&self.headers.frame);
                    }
                    self.followed();
                }
                Next::Closed(close) => return Err(End::Closed(close)),
                Next::Part => break,
            }
        }
        let part = scratch.unfollowed();
        if !part.is_empty() {
            self.held.extend_from_slice(part);
            scratch.forget();
            self.begun.get_or_insert(self.last_read);
        }
        Ok(())
    }

    /// The frame under way goes on, as far as it has come.
    fn go_on(&mut self, scratch: &mut Scratch) -> Result<(), Refusal> {
        let frame = &mut self.headers.frame;
        match &mut self.inflating {
            Some(inflating) if frame.deflated => inflating.step(frame, scratch, self.bounds.message)?,
            _ => {
                let come = frame.left.min(scratch.unfollowed().len());
                let piece = u16::try_from(come).unwrap_or(u16::MAX);
                let mask = frame.mask;
                frame.advance(piece.into());
                scratch.follow_piece(frame.fin && frame.left == 0, mask, piece);
            }
        }
        self.followed();
        Ok(())
    }

    /// Something more may be passed on: either all that has begun is whole with it, or the rest is waited for.
    fn followed(&mut self) {
        if self.headers.at_rest() && !self.is_inflating() {
            self.begun = None;
        } else {
            self.begun.get_or_insert(self.last_read);
        }
    }

    /// Whether more of a compressed message can be passed on without reading.
    fn is_inflating(&self) -> bool {
        self.inflating.as_ref().is_some_and(|inflating| inflating.is_busy())
    }
}

impl AsyncRead for Frames {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Borrowed from the thread for this poll, unless the codec's buffer is full and something stays.
        let mut scratch = self.scratch.take().unwrap_or_else(Scratch::take);
        let passed = self.poll_pass(cx, &mut scratch, buf);
        if scratch.is_empty() {
            scratch.give();
        } else {
            self.scratch = Some(scratch);
        }
        passed
    }
}

impl AsyncWrite for Frames {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_direct(cx))?;
        let written = Pin::new(&mut self.transport).poll_write(cx, buf);
        self.wrote(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_direct(cx))?;
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }
}
