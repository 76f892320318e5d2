//! The sending half: encodes messages into bytes.

use bytes::Bytes;

use super::deflate::Deflate;
use super::header::{BINARY, FIN, PING, PONG, RSV1, TEXT};
use super::prepared::PreparedMessage;
use super::write_queue::WriteQueue;
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
}

impl Encoder {
    pub(super) fn new(deflate: Option<Deflate>) -> Self {
        Self { queue: None, deflate: deflate.map(Box::new), closed: false, ping_waits: false }
    }

    /// Returns the number of bytes that wait to be written.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.len())
    }

    /// Returns whether this encoder may compress messages, which must then pass through it in order.
    pub(super) const fn may_compress(&self) -> bool {
        self.deflate.is_some()
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
        if let Some(queue) = self.open() {
            queue.push_message(message);
        }
    }

    /// Adds a message that other connections send too.
    pub(super) fn send_prepared(&mut self, prepared: &PreparedMessage) {
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
        if let Some(queue) = self.open() {
            queue.count_message();
            // RSV1 of the first frame marks a compressed message (RFC 7692 6).
            queue.push_bytes(FIN | RSV1 | opcode, compressed);
        }
    }

    fn send_shared(&mut self, message: &Message) {
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

/// Returns the opcode and the payload of a message that can be compressed.
fn data(message: &Message) -> Option<(u8, &[u8])> {
    match message {
        Message::Text(text) => Some((TEXT, text.as_bytes())),
        Message::Binary(bytes) => Some((BINARY, bytes)),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
    }
}
