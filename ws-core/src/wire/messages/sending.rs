//! Sending: past the codec where a frame is small or many connections send it, through it else; what is put is written
//! in one go.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::SinkExt;
use tokio::io::AsyncWrite;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::{Messages, Unflushed};
use crate::message::Message;
use crate::terminate::Terminate;
use crate::wire::convert::{HEADER, append_frame, data, first_header, for_codec, write_failed};
use crate::wire::post::Post;

/// A larger message goes out in fragments of this size with a flush after each, so that no large buffer stays.
const FRAGMENT: usize = 64 << 10;
/// A smaller one is copied into its frame, without asking the codec.
const COPIED: usize = 4 << 10;

impl Messages {
    /// Ready when one more message may be [put](Self::put): what was put before is written as far as the buffer's
    /// bound asks.
    pub(crate) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        // A heartbeat that waits goes out with the next flush.
        if self.is_direct() {
            return Poll::Ready(Ok(()));
        }
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

    /// As [`put`](Self::put), of a message that other connections send as well.
    pub(crate) fn put_post(&mut self, post: &Post) -> Result<(), Terminate> {
        if self.put_shared(post) {
            return Ok(());
        }
        let encoding = self.deflate.as_ref().and_then(|deflate| deflate.encoding(post.message.len()));
        let (Some(encoding), Some((kind, _))) = (encoding, data(&post.message)) else {
            return self.put(post.message.clone());
        };
        match post.deflated(encoding) {
            Some(frame) => self.put_deflated(kind, frame.into_payload()),
            None => self.put_plain(post.message.clone()),
        }
    }

    /// Takes such a message past the codec, if it is no larger than a fragment and nothing is in its way.
    pub(crate) fn put_shared(&mut self, post: &Post) -> bool {
        if !self.is_direct() {
            return false;
        }
        let Some(frame) = self.shared_frame(post).filter(|frame| !frame.is_empty()) else { return false };
        frame.len() <= FRAGMENT + HEADER && self.codec.frames_mut().put_shared(frame) && self.went_direct()
    }

    /// The frame that others send as well, if that is what this connection sends.
    fn shared_frame(&self, post: &Post) -> Option<Bytes> {
        let len = post.message.len();
        if let Some(deflate) = self.deflate.as_ref().filter(|deflate| deflate.compresses(len))
            && let Some(frame) = post.deflated(deflate.encoding(len)?)
        {
            return Some(frame.into_whole());
        }
        (len <= FRAGMENT).then(|| post.plain())
    }

    fn put_plain(&mut self, message: Message) -> Result<(), Terminate> {
        if let Some((kind, payload)) = data(&message)
            && self.put_copied(kind, payload, false)
        {
            return Ok(());
        }
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
        if self.put_copied(kind, &deflated, true) {
            return Ok(());
        }
        self.traffic.messages_out += 1;
        let first = deflated.split_to(FRAGMENT.min(deflated.len()));
        let header = first_header(kind, true, deflated.is_empty());
        self.rest = Some(deflated).filter(|rest| !rest.is_empty());
        self.send(tungstenite::Message::Frame(Frame::from_payload(header, first)))
    }

    /// Takes a small message past the codec, if nothing is in its way.
    fn put_copied(&mut self, kind: Data, payload: &[u8], deflated: bool) -> bool {
        let append = |frame: &mut Vec<u8>| _ = append_frame(frame, kind, payload, deflated);
        payload.len() <= COPIED
            && self.is_direct()
            && self.codec.frames_mut().put_copied(payload.len() + HEADER, append)
            && self.went_direct()
    }

    /// Whether what is put next need not go through the codec.
    fn is_direct(&self) -> bool {
        self.rest.is_none() && self.unflushed != Unflushed::Codec
    }

    fn went_direct(&mut self) -> bool {
        self.traffic.messages_out += 1;
        self.unflushed = Unflushed::Direct;
        true
    }

    fn first_fragment(&mut self, kind: Data, mut payload: Bytes) -> tungstenite::Message {
        let first = payload.split_to(FRAGMENT);
        self.rest = Some(payload);
        tungstenite::Message::Frame(Frame::message(first, OpCode::Data(kind), false))
    }

    fn send(&mut self, message: tungstenite::Message) -> Result<(), Terminate> {
        self.unflushed = Unflushed::Codec;
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

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        match self.unflushed {
            Unflushed::Nothing => return Poll::Ready(Ok(())),
            Unflushed::Direct => {
                let written = Pin::new(self.codec.frames_mut()).poll_flush(cx);
                ready!(written).map_err(|error| write_failed(error.into()))?;
            }
            Unflushed::Codec => ready!(self.codec.awake().poll_flush_unpin(cx)).map_err(write_failed)?,
        }
        self.unflushed = Unflushed::Nothing;
        self.pongs = 0;
        Poll::Ready(Ok(()))
    }
}
