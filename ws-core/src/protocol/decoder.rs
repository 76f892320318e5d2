//! The receiving half: decodes bytes into messages.

use std::sync::Arc;

use bytes::buf::Limit;

use super::close;
use super::deflate::Inflate;
use super::error::ProtocolError;
use super::header::{BINARY, CLOSE, CONTINUATION, FIN, MASKED, PING, Start, TEXT, check_first};
use super::input::Input;
use super::mask::unmask;
use super::part::{Part, Streams};
use super::partial::Partial;
use super::text;
use crate::message::Close;
use crate::message::Incoming;

/// The limits on a client's frames.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameLimits {
    /// The largest message in bytes, after inflating.
    pub(crate) message: usize,
    /// The largest payload of a frame in bytes, as sent.
    pub(crate) frame: usize,
    /// The largest number of frames in a message.
    pub(crate) fragments: usize,
}

impl Default for FrameLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl FrameLimits {
    pub(crate) const DEFAULT: Self = Self { message: 1 << 20, frame: usize::MAX, fragments: 16_384 };

    /// Returns the largest message in bytes, as sent. Incompressible data grows when it is compressed, by at most an
    /// eighth (zlib's `deflateBound`) plus the flushes of the client. The bound also holds for messages that inflate to
    /// nothing.
    const fn on_the_wire(&self, compressed: bool) -> usize {
        if compressed {
            self.message.saturating_add(self.message / 4).saturating_add(64)
        } else {
            self.message
        }
    }
}

/// The result of a control frame, of the last frame of a message, or of a part of a message that is delivered in parts.
#[derive(Debug)]
pub(super) enum Received<'b> {
    Message(Incoming<'b>),
    Close(Option<Close>),
    /// A message begins that is delivered in parts.
    Begun {
        is_text: bool,
    },
    Part(Part),
}

/// Decodes frames. It must not be used after an error.
#[derive(Debug)]
pub(super) struct Decoder {
    /// The message that is arriving, unless it is complete in the read buffer.
    partial: Option<Box<Partial>>,
    /// `None` if compression was not negotiated.
    inflate: Option<Box<Inflate>>,
    /// Shared with other connections, until they change.
    pub(super) limits: Arc<FrameLimits>,
    /// The kinds of messages that are delivered in parts, unless they are complete in the read buffer.
    pub(super) streams: Streams,
    /// Data is skipped, because only a close frame still matters.
    skipping: bool,
    /// No more input is decoded: the client sent a close frame or violated the protocol.
    pub(super) ended: bool,
}

impl Decoder {
    pub(super) fn new(limits: Arc<FrameLimits>, inflate: Option<Inflate>) -> Self {
        let inflate = inflate.map(Box::new);
        Self { partial: None, inflate, limits, streams: Streams::default(), skipping: false, ended: false }
    }

    /// Returns whether a message has begun that is not complete.
    pub(super) const fn is_mid_message(&self) -> bool {
        self.partial.is_some()
    }

    /// Returns how many bytes of the incomplete message have arrived, after inflating. 0 if it is delivered in parts.
    pub(super) fn arrived(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| if partial.is_streamed() { 0 } else { partial.len() })
    }

    /// Skips data from now on, including the rest of a message that has begun. Nothing is inflated or kept.
    pub(super) fn skip_data(&mut self) {
        self.skipping = true;
        if let Some(partial) = &mut self.partial {
            partial.skip();
        }
    }

    /// Decodes the next message or close frame in `input`. Returns `None` if more input is needed. `input` then holds
    /// the start of a header or of a control frame.
    #[inline]
    pub(super) fn receive<'b>(
        &mut self,
        input: &mut Input<'b>,
    ) -> Result<Option<Received<'b>>, ProtocolError> {
        match self.receive_whole(input)? {
            Some(message) => Ok(Some(Received::Message(message))),
            None => self.receive_any(input),
        }
    }

    /// Decodes the next message if it is one uncompressed frame that is complete in `input`, as most messages are. It is
    /// checked and decoded in one step. Otherwise returns `None`, and leaves `input` to [`receive`](Self::receive).
    #[inline]
    pub(super) fn receive_whole<'b>(
        &mut self,
        input: &mut Input<'b>,
    ) -> Result<Option<Incoming<'b>>, ProtocolError> {
        const MASKED_126: u8 = MASKED | 0x7e;
        let bytes = input.rest();
        let (first, len, header) = match *bytes {
            [first, second @ MASKED..MASKED_126, ..] => (first, usize::from(second & !MASKED), 6),
            [first, MASKED_126, high, low, ..] => (first, usize::from(u16::from_be_bytes([high, low])), 8),
            _ => return Ok(None),
        };
        let is_data = matches!(first, FIN_TEXT | FIN_BINARY);
        let fits = len <= self.limits.message && len <= self.limits.frame && (header == 6 || len > 125);
        if !is_data || !fits || bytes.len() < header + len || self.partial.is_some() || self.skipping {
            return Ok(None);
        }
        let (head, payload) = input.take(header + len).split_at_mut(header);
        if let [.., a, b, c, d] = *head {
            unmask(payload, [a, b, c, d]);
        }
        let payload = &*payload;
        Ok(Some(if first == FIN_TEXT {
            Incoming::Text(text::check(payload)?.into())
        } else {
            Incoming::Binary(payload.into())
        }))
    }

    /// Decodes any frame, or a part of one.
    fn receive_any<'b>(&mut self, input: &mut Input<'b>) -> Result<Option<Received<'b>>, ProtocolError> {
        let received = self.receive_frames(input)?;
        if received.is_none()
            && let Some(partial) = &mut self.partial
            && partial.is_streamed()
        {
            return Ok(partial.take_part().map(|payload| Received::Part(Part { payload, is_last: false })));
        }
        Ok(received)
    }

    fn receive_frames<'b>(&mut self, input: &mut Input<'b>) -> Result<Option<Received<'b>>, ProtocolError> {
        loop {
            if self.partial.as_ref().is_some_and(|partial| partial.is_in_frame()) {
                match self.receive_payload(input)? {
                    Some(received) => return Ok(Some(received)),
                    // The frame is incomplete, and all input is consumed.
                    None if input.rest().is_empty() => return Ok(None),
                    None => continue,
                }
            }
            let &[first, ref rest @ ..] = input.rest() else { return Ok(None) };
            check_first(first, self.partial.is_some(), self.inflate.is_some())?;
            let &[second, ref rest @ ..] = rest else { return Ok(None) };
            let start = Start::new(first, second);
            start.check()?;
            if start.opcode() >= CLOSE {
                return receive_control(start, input);
            }
            let Some(header) = start.header(rest)? else { return Ok(None) };
            self.check_limits(start, header.payload)?;
            let Some((_, mask)) = input.rest().get(..header.size).and_then(<[u8]>::split_last_chunk) else {
                return Ok(None);
            };
            let mask = *mask;
            input.take(header.size);
            let begun = self.partial.is_none();
            let (wanted, streams) = (!self.skipping, self.streams);
            let partial = self.partial.get_or_insert_with(|| Box::new(Partial::new(start, wanted, streams)));
            partial.begin(start, header, mask);
            if begun && partial.is_streamed() {
                return Ok(Some(Received::Begun { is_text: start.opcode() == TEXT }));
            }
        }
    }

    /// Checks the length in a header before memory is reserved for it.
    fn check_limits(&self, start: Start, payload: usize) -> Result<(), ProtocolError> {
        if self.skipping {
            return Ok(());
        }
        let (before, fragments, compressed) = match &self.partial {
            Some(partial) => (partial.announced(), partial.fragments(), partial.is_compressed()),
            None => (0, 0, start.is_compressed()),
        };
        debug_assert!(self.partial.is_some() == (start.opcode() == CONTINUATION), "the start was checked");
        if payload > self.limits.frame {
            return Err(ProtocolError::TooBig(self.limits.frame));
        }
        if before.saturating_add(payload) > self.limits.on_the_wire(compressed) {
            return Err(ProtocolError::TooBig(self.limits.message));
        }
        if fragments >= self.limits.fragments {
            return Err(ProtocolError::TooManyFragments(self.limits.fragments));
        }
        Ok(())
    }

    /// Consumes payload of the frame that is arriving. Returns its message once that is complete, unless it is skipped.
    /// Of a message that is delivered in parts, returns the next part once that is complete.
    fn receive_payload(&mut self, input: &mut Input<'_>) -> Result<Option<Received<'static>>, ProtocolError> {
        let Some(partial) = &mut self.partial else { return Ok(None) };
        let (inflate, limit) = (self.inflate.as_deref_mut(), self.limits.message);
        if partial.is_streamed() {
            let is_last = partial.receive_part(input, inflate, limit)?;
            let payload = if is_last { Some(partial.last_part()?) } else { partial.take_full_part() };
            self.partial.take_if(|_| is_last);
            return Ok(payload.map(|payload| Received::Part(Part { payload, is_last })));
        }
        let whole = partial.receive(input, inflate, limit)?;
        Ok(self.finish_if(whole)?.map(Received::Message))
    }

    fn finish_if(&mut self, whole: bool) -> Result<Option<Incoming<'static>>, ProtocolError> {
        match self.partial.take_if(|_| whole) {
            Some(partial) => partial.finish(),
            None => Ok(None),
        }
    }

    /// Returns the buffer to read the rest of a large frame into, past the read buffer. The bytes in the read buffer
    /// must all be [received](Self::receive).
    pub(super) fn message_buffer(&mut self) -> Option<Limit<&mut Vec<u8>>> {
        self.partial.as_mut()?.message_buffer(self.limits.message)
    }

    /// Records that `count` bytes were read into [`message_buffer`](Self::message_buffer). Returns the message once it
    /// is complete.
    pub(super) fn received_into_message(
        &mut self,
        count: usize,
    ) -> Result<Option<Incoming<'static>>, ProtocolError> {
        let whole = self.partial.as_mut().is_some_and(|partial| partial.received_into_message(count));
        self.finish_if(whole)
    }
}

const FIN_TEXT: u8 = FIN | TEXT;
const FIN_BINARY: u8 = FIN | BINARY;

/// Decodes a control frame once all of it has arrived: it is small and never fragmented.
fn receive_control<'b>(start: Start, input: &mut Input<'b>) -> Result<Option<Received<'b>>, ProtocolError> {
    let header = if start.is_masked() { 6 } else { 2 };
    let size = header + start.length();
    if input.rest().len() < size {
        return Ok(None);
    }
    let (head, payload) = input.take(size).split_at_mut(header);
    if let [_, _, a, b, c, d] = *head {
        unmask(payload, [a, b, c, d]);
    }
    let payload = &*payload;
    Ok(Some(match start.opcode() {
        CLOSE => Received::Close(close::read(payload)?),
        PING => Received::Message(Incoming::Ping(payload.into())),
        _ => Received::Message(Incoming::Pong(payload.into())),
    }))
}
