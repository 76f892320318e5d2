//! Both halves of a connection, and the close handshake between them (RFC 6455 5.5.1, 7).

use bytes::buf::Limit;

use super::decoder::{Decoder, FrameLimits, Received};
use super::deflate::{Deflate, Inflate, Settled};
use super::encoder::Encoder;
use super::error::ProtocolError;
use super::input::Input;
use super::prepared::PreparedMessage;
use super::write_queue::WriteQueue;
use crate::close::Close;
use crate::incoming::Incoming;
use crate::message::Message;

/// Something that the client did.
#[derive(Debug)]
pub(crate) enum Event<'b> {
    /// A message. Pings were answered.
    Message(Incoming<'b>),
    /// A close frame, with a code or without one. It was answered, and is the last event.
    Closed(Option<Close>),
}

/// One WebSocket connection, the server's side, without its stream.
#[derive(Debug)]
pub(crate) struct Protocol {
    decoder: Decoder,
    encoder: Encoder,
    /// Nothing more is decoded: the client closed, or broke the protocol.
    ended: bool,
}

impl Protocol {
    /// A connection after its handshake, which `settled` how messages may be compressed.
    pub(crate) fn new(limits: FrameLimits, settled: Option<Settled>) -> Self {
        let inflate = settled.map(|settled| Inflate::new(settled.agreed));
        Self {
            decoder: Decoder::new(limits, inflate),
            encoder: Encoder::new(settled.map(Deflate::new)),
            ended: false,
        }
    }

    /// Decodes the next event. `None`: more has to be received first, and the rest of `input` must be given again with it;
    /// or the client has closed.
    ///
    /// # Errors
    /// The client broke the protocol or exceeded a limit. Nothing more is decoded then.
    #[inline]
    pub(crate) fn receive<'b>(&mut self, input: &mut Input<'b>) -> Result<Option<Event<'b>>, ProtocolError> {
        if self.ended {
            // Data behind a close frame or a broken frame is discarded (RFC 6455 1.4, 7.1.7).
            input.clear();
            return Ok(None);
        }
        match self.decoder.receive(input) {
            Ok(Some(Received::Message(message))) => {
                // RFC 6455 5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it
                // already received a Close frame."
                if let Incoming::Ping(payload) = &message {
                    self.encoder.pong(payload);
                }
                Ok(Some(Event::Message(message)))
            }
            Ok(None) => Ok(None),
            Ok(Some(Received::Close(close))) => {
                self.ended = true;
                // RFC 6455 5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, the
                // endpoint MUST send a Close frame in response."
                self.encoder.close(close.as_ref());
                Ok(Some(Event::Closed(close)))
            }
            Err(error) => {
                self.ended = true;
                Err(error)
            }
        }
    }

    /// Where the rest of a large message can be read to, once all that was read before is decoded.
    pub(crate) fn direct(&mut self) -> Option<Limit<&mut Vec<u8>>> {
        if self.ended { None } else { self.decoder.direct() }
    }

    /// Notes that `count` bytes were read to [`direct`](Self::direct). Returns the message, if it is whole.
    ///
    /// # Errors
    /// As [`receive`](Self::receive).
    pub(crate) fn received_directly(
        &mut self,
        count: usize,
    ) -> Result<Option<Incoming<'static>>, ProtocolError> {
        self.decoder.received_directly(count)
    }

    /// Whether a message has begun that is not whole.
    pub(crate) const fn is_mid_message(&self) -> bool {
        self.decoder.is_mid_message()
    }

    /// Whether the client has closed, or broke the protocol: nothing more is decoded.
    pub(crate) const fn is_ended(&self) -> bool {
        self.ended
    }

    /// The largest message that the client may send, from the next frame header on.
    pub(crate) const fn set_max_message_size(&mut self, bytes: usize) {
        self.decoder.limits.message = bytes;
    }

    /// Whether messages that are sent from now on are compressed, where that was negotiated.
    pub(crate) fn set_compression(&mut self, on: bool) {
        if let Some(deflate) = self.encoder.deflate_mut() {
            deflate.turn(on);
        }
    }

    /// Whether replies may encode their messages themselves: none is compressed here.
    pub(crate) const fn sends_encoded(&self) -> bool {
        !self.encoder.may_compress()
    }

    /// Drops state that can be rebuilt: the state of a compression whose context is taken over.
    pub(crate) fn hibernate(&mut self) {
        if let Some(deflate) = self.encoder.deflate_mut() {
            deflate.rest();
        }
    }

    /// Queues a message. After a close frame it is dropped.
    pub(crate) fn send(&mut self, message: Message) {
        self.encoder.send(message);
    }

    /// Queues a message that other connections send as well.
    pub(crate) fn send_prepared(&mut self, message: &PreparedMessage) {
        self.encoder.send_prepared(message);
    }

    /// Queues the frames of a reply that encoded its messages itself. It has none then.
    #[inline]
    pub(crate) fn send_encoded(&mut self, frames: &mut Option<Box<WriteQueue>>) {
        let Some(encoded) = frames else { return };
        if self.encoder.closed {
            return drop(frames.take());
        }
        match &mut self.encoder.queue {
            Some(queue) => queue.append(encoded),
            queue => std::mem::swap(queue, frames),
        }
    }

    /// Queues a ping without a payload, unless one still waits to be written.
    pub(crate) fn ping(&mut self) {
        self.encoder.ping();
    }

    /// Queues a close frame, unless one was queued before. Data that the client sends from now on is skipped, up to
    /// its own close frame.
    pub(crate) fn close(&mut self, close: Option<&Close>) {
        self.encoder.close(close);
        self.decoder.skip_data();
    }

    /// Drops the frames that reach beyond the next `limit` bytes to write, but not one that is being written.
    pub(crate) fn drop_queued(&mut self, limit: usize) {
        if let Some(queue) = &mut self.encoder.queue {
            queue.truncate(limit);
        }
    }

    /// Bytes that wait to be written.
    #[inline]
    pub(crate) fn queued(&self) -> usize {
        self.encoder.len()
    }

    /// The frames that wait to be written. Take the queue out once it is empty.
    #[inline]
    pub(crate) const fn write_queue(&mut self) -> &mut Option<Box<WriteQueue>> {
        &mut self.encoder.queue
    }
}
