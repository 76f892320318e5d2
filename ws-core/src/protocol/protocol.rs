//! The protocol state of a connection: both halves, and the close handshake between them (RFC 6455 5.5.1, 7).

use std::sync::Arc;

use bytes::buf::Limit;

use super::decoder::{Decoder, FrameLimits, Received};
use super::deflate::{Deflate, Inflate, Negotiated};
use super::encoder::Encoder;
use super::error::ProtocolError;
use super::input::Input;
use super::part::{Part, Streams};
use super::prepared::PreparedMessage;
use super::write_queue::WriteQueue;
use crate::message::Close;
use crate::message::Incoming;
use crate::message::Message;

/// An event from the client.
#[derive(Debug)]
pub(crate) enum Event<'b> {
    /// A message. A ping is already answered.
    Message(Incoming<'b>),
    /// A close frame, with or without a code. It is already answered, and is the last event.
    Closed(Option<Close>),
    /// A message begins that is delivered in parts. No other begins before its last part.
    Begun {
        is_text: bool,
    },
    Part(Part),
}

/// The server's side of a WebSocket connection, without its stream.
#[derive(Debug)]
pub(crate) struct Protocol {
    decoder: Decoder,
    encoder: Encoder,
}

impl Protocol {
    /// Creates the state of a connection after its handshake. `settled` is the compression that the handshake
    /// negotiated.
    pub(crate) fn new(limits: impl Into<Arc<FrameLimits>>, negotiated: Option<Negotiated>) -> Self {
        let inflate = negotiated.map(|negotiated| Inflate::new(negotiated.parameters));
        Self {
            decoder: Decoder::new(limits.into(), inflate),
            encoder: Encoder::new(negotiated.map(Deflate::new)),
        }
    }

    /// Decodes the next event. Returns `None` if more input is needed: call again with the rest of `input` and the
    /// bytes that follow. Also returns `None` after the client's close frame and after an error.
    ///
    /// # Errors
    /// The client violated the protocol or exceeded a limit. No more input is decoded.
    #[inline]
    pub(crate) fn receive<'b>(&mut self, input: &mut Input<'b>) -> Result<Option<Event<'b>>, ProtocolError> {
        if self.decoder.ended {
            // Data after a close frame or an invalid frame is discarded (RFC 6455 1.4, 7.1.7).
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
            Ok(Some(Received::Begun { is_text })) => Ok(Some(Event::Begun { is_text })),
            Ok(Some(Received::Part(part))) => Ok(Some(Event::Part(part))),
            Ok(Some(Received::Close(close))) => {
                self.decoder.ended = true;
                // RFC 6455 5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, the
                // endpoint MUST send a Close frame in response."
                self.encoder.close(close.as_ref());
                Ok(Some(Event::Closed(close)))
            }
            Err(error) => {
                self.decoder.ended = true;
                Err(error)
            }
        }
    }

    /// Decodes the next message if it is one uncompressed frame that is complete in `input`. Otherwise returns `None` and
    /// leaves `input` as it is.
    ///
    /// # Errors
    /// The same as for [`receive`](Self::receive).
    #[inline]
    pub(crate) fn receive_whole<'b>(
        &mut self,
        input: &mut Input<'b>,
    ) -> Result<Option<Incoming<'b>>, ProtocolError> {
        if self.decoder.ended {
            return Ok(None);
        }
        let received = self.decoder.receive_whole(input);
        self.decoder.ended = received.is_err();
        received
    }

    /// Returns the buffer to read the rest of a large message into. The bytes that were read before must all be
    /// decoded.
    pub(crate) fn message_buffer(&mut self) -> Option<Limit<&mut Vec<u8>>> {
        if self.decoder.ended { None } else { self.decoder.message_buffer() }
    }

    /// Records that `count` bytes were read into [`message_buffer`](Self::message_buffer). Returns the message once it
    /// is complete.
    ///
    /// # Errors
    /// The same as for [`receive`](Self::receive).
    pub(crate) fn received_into_message(
        &mut self,
        count: usize,
    ) -> Result<Option<Incoming<'static>>, ProtocolError> {
        self.decoder.received_into_message(count)
    }

    /// Returns whether a message has begun that is not complete.
    pub(crate) const fn is_mid_message(&self) -> bool {
        self.decoder.is_mid_message()
    }

    /// Returns how many bytes of the incomplete message have arrived, after inflating. 0 without one.
    pub(crate) fn arrived(&self) -> usize {
        self.decoder.arrived()
    }

    /// Returns whether the client has sent a close frame or violated the protocol. No more input is decoded then.
    pub(crate) const fn is_ended(&self) -> bool {
        self.decoder.ended
    }

    /// Sets the largest message that the client may send, in bytes. The limit applies from the next frame header on,
    /// and to a message that is being inflated at once.
    pub(crate) fn set_max_message_size(&mut self, bytes: usize) {
        Arc::make_mut(&mut self.decoder.limits).message = bytes;
    }

    /// Delivers messages of these kinds in parts from now on, unless a message is one uncompressed frame that is complete
    /// in the input.
    pub(crate) const fn set_streams(&mut self, streams: Streams) {
        self.decoder.streams = streams;
    }

    /// Turns the compression of later messages on or off, if compression was negotiated.
    pub(crate) fn set_compression(&mut self, on: bool) {
        if let Some(deflate) = self.encoder.deflate_mut() {
            deflate.turn(on);
        }
    }

    /// Sets the largest payload of a data frame. Larger messages are sent in several frames.
    pub(crate) fn set_fragment_size(&mut self, bytes: usize) {
        self.encoder.set_fragment_size(bytes);
    }

    /// Returns whether replies may encode their messages themselves, which is so if the connection neither compresses
    /// nor fragments messages.
    pub(crate) const fn sends_encoded(&self) -> bool {
        self.encoder.takes_frames()
    }

    /// Returns whether large messages are sent in several frames.
    pub(crate) const fn fragments(&self) -> bool {
        self.encoder.fragments()
    }

    /// Drops the state that can be rebuilt: that of a compressor with context takeover.
    pub(crate) fn hibernate(&mut self) {
        if let Some(deflate) = self.encoder.deflate_mut() {
            deflate.rest();
        }
    }

    /// Queues a message. Messages after a close frame are dropped.
    pub(crate) fn send(&mut self, message: Message) {
        self.encoder.send(message);
    }

    /// Queues a message that other connections send too.
    #[inline]
    pub(crate) fn send_prepared(&mut self, message: &PreparedMessage) {
        self.encoder.send_prepared(message);
    }

    /// Queues the frames of a reply that encoded its messages itself, and leaves `frames` without any.
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

    /// Queues a ping without a payload, unless an earlier one is still queued.
    pub(crate) fn ping(&mut self) {
        self.encoder.ping();
    }

    /// Queues a close frame, unless one was queued before. From now on, the client's data is skipped, up to its close
    /// frame.
    pub(crate) fn close(&mut self, close: Option<&Close>) {
        self.encoder.close(close);
        self.decoder.skip_data();
    }

    /// Drops the frames that extend beyond the next `limit` bytes to write, except one that is partly written.
    pub(crate) fn drop_queued(&mut self, limit: usize) {
        // A close frame that is queued already is the last frame, and stays.
        if !self.encoder.closed
            && let Some(queue) = &mut self.encoder.queue
        {
            queue.truncate(limit);
        }
    }

    /// Returns the number of bytes that wait to be written.
    #[inline]
    pub(crate) fn queued(&self) -> usize {
        self.encoder.len()
    }

    /// Returns the queue of frames to write. Take it out once it is empty.
    #[inline]
    pub(crate) const fn write_queue(&mut self) -> &mut Option<Box<WriteQueue>> {
        &mut self.encoder.queue
    }
}
