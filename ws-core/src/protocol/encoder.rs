//! The sending half: encodes messages into bytes.
#![expect(clippy::inline_always, reason = "a part of each message, which the compiler would not inline")]

use std::num::NonZeroU32;

use bytes::Bytes;

use super::deflate::Deflate;
use super::header::{BINARY, CONTINUATION, FIN, PING, PONG, RSV1, TEXT};
use super::prepared::PreparedMessage;
use super::write_queue::{COPIED, WriteQueue};
use crate::message::Close;
use crate::message::Message;

#[derive(Debug)]
pub(super) struct Encoder {
    /// The frames that wait to be written, or `None` if there are none.
    pub(super) queue: Option<Box<WriteQueue>>,
    /// `None` if compression was not negotiated.
    deflate: Option<Box<Deflate>>,
    /// A close frame was added. It is the last frame.
    pub(super) closed: bool,
    /// A ping of the server's may still wait to be written.
    ping_waits: bool,
    /// The largest payload of a data frame, if it is limited. A larger message is sent in several frames.
    fragment_size: Option<NonZeroU32>,
}

impl Encoder {
    pub(super) fn new(deflate: Option<Deflate>) -> Self {
        Self {
            queue: None,
            deflate: deflate.map(Box::new),
            closed: false,
            ping_waits: false,
            fragment_size: None,
        }
    }

    /// Returns the number of bytes that wait to be written.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.len())
    }

    /// Returns whether messages may bypass [`send`](Self::send), as frames: each is one frame and is not compressed.
    pub(super) const fn takes_frames(&self) -> bool {
        self.deflate.is_none() && self.fragment_size.is_none()
    }

    /// Limits the payload of a data frame. `usize::MAX` is no limit, and others are at most 4 GiB.
    pub(super) fn set_fragment_size(&mut self, bytes: usize) {
        let size = NonZeroU32::try_from(u32::try_from(bytes).unwrap_or(u32::MAX)).ok();
        self.fragment_size = size.filter(|_| bytes < usize::MAX);
    }

    /// Returns whether large messages are sent in several frames.
    pub(super) const fn fragments(&self) -> bool {
        self.fragment_size.is_some()
    }

    fn fragment_size(&self) -> usize {
        self.fragment_size.map_or(usize::MAX, |size| size.get() as usize)
    }

    pub(super) fn deflate_mut(&mut self) -> Option<&mut Deflate> {
        self.deflate.as_deref_mut()
    }

    /// Returns the queue, or `None` after a close frame.
    #[inline]
    fn open(&mut self) -> Option<&mut WriteQueue> {
        // RFC 6455 5.5.1: "The application MUST NOT send any more data frames after sending a Close frame."
        if self.closed { None } else { Some(self.queue.get_or_insert_with(WriteQueue::take)) }
    }

    pub(super) fn send(&mut self, message: Message) {
        if let Message::Close(close) = message {
            return self.close(Some(&close));
        }
        if let Some(deflate) = &mut self.deflate
            && !self.closed
            && let Some((opcode, payload)) = data(&message)
            && let Some(compressed) = deflate.deflate(payload)
        {
            return self.send_compressed(opcode, compressed);
        }
        self.send_plain(message);
    }

    /// Adds a message that is not compressed.
    fn send_plain(&mut self, message: Message) {
        let fragment_size = self.fragment_size();
        let Some(queue) = self.open() else { return };
        match message {
            Message::Text(text) if text.len() > fragment_size => {
                push_fragments(queue, TEXT, &text.into_bytes(), fragment_size);
            }
            Message::Binary(bytes) if bytes.len() > fragment_size => {
                push_fragments(queue, BINARY, &bytes, fragment_size);
            }
            message => queue.push_message(message),
        }
    }

    /// Adds a message that other connections send too.
    #[inline(always)]
    pub(super) fn send_prepared(&mut self, prepared: &PreparedMessage) {
        if self.takes_frames()
            && !self.closed
            && let Some((opcode, payload)) = data(&prepared.message)
            && payload.len() <= COPIED
        {
            let queue = match &mut self.queue {
                Some(queue) => queue,
                none => none.insert(WriteQueue::take()),
            };
            queue.count_message();
            return queue.push(FIN | opcode, payload);
        }
        self.send_prepared_otherwise(prepared);
    }

    /// The general case of [`send_prepared`](Self::send_prepared).
    fn send_prepared_otherwise(&mut self, prepared: &PreparedMessage) {
        let message = &prepared.message;
        let encoding = self.deflate.as_ref().and_then(|deflate| deflate.encoding(message.len()));
        if let Some(encoding) = encoding
            && let Some((opcode, _)) = data(message)
        {
            match prepared.compressed(encoding) {
                Some(compressed) => self.send_compressed(opcode, compressed),
                None => self.send_shared(message),
            }
        } else if self.deflate.is_some() {
            self.send(message.clone());
        } else {
            self.send_shared(message);
        }
    }

    fn send_compressed(&mut self, opcode: u8, compressed: Bytes) {
        let fragment_size = self.fragment_size();
        let Some(queue) = self.open() else { return };
        // RSV1 of the first frame marks a compressed message (RFC 7692 6).
        if compressed.len() > fragment_size {
            return push_fragments(queue, RSV1 | opcode, &compressed, fragment_size);
        }
        queue.count_message();
        queue.push_bytes(FIN | RSV1 | opcode, compressed);
    }

    fn send_shared(&mut self, message: &Message) {
        if message.len() > self.fragment_size() {
            return self.send_plain(message.clone());
        }
        if let Some(queue) = self.open() {
            queue.push_shared(message);
        }
    }

    /// Adds the answer to a ping.
    pub(super) fn pong(&mut self, payload: &[u8]) {
        // RFC 6455 5.5.3: "A Pong frame sent in response to a Ping frame must have identical 'Application data' as found in
        // the message body of the Ping frame being replied to."
        if let Some(queue) = self.open() {
            queue.push(FIN | PONG, payload);
        }
    }

    /// Adds a ping, unless an earlier one still waits to be written.
    pub(super) fn ping(&mut self) {
        if self.len() == 0 {
            self.ping_waits = false;
        }
        if !self.ping_waits
            && let Some(queue) = self.open()
        {
            queue.push(FIN | PING, &[]);
            self.ping_waits = true;
        }
    }

    /// Adds a close frame, which is the last frame.
    pub(super) fn close(&mut self, close: Option<&Close>) {
        if let Some(queue) = self.open() {
            queue.push_close(close);
            self.closed = true;
        }
    }
}

/// Adds a message in frames of at most `size` bytes. `first` is the first byte of the first frame, without FIN.
/// The first frame has the opcode, the others have opcode 0, and the last one has FIN (RFC 6455 5.4).
// RFC 6455 5.4: "A sender MAY create fragments of any size for non-control messages."
fn push_fragments(queue: &mut WriteQueue, first: u8, payload: &Bytes, size: usize) {
    queue.count_message();
    let (mut opcode, mut at) = (first, 0);
    while payload.len() - at > size {
        queue.push_bytes(opcode, payload.slice(at..at + size));
        (opcode, at) = (CONTINUATION, at + size);
    }
    queue.push_bytes(FIN | opcode, payload.slice(at..));
}

/// Returns the opcode and the payload of a message that can be compressed.
#[inline]
fn data(message: &Message) -> Option<(u8, &[u8])> {
    match message {
        Message::Text(text) => Some((TEXT, text.as_bytes())),
        Message::Binary(bytes) => Some((BINARY, bytes)),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
    }
}
