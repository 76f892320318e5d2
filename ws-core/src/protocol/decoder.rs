//! The receiving half: from bytes to messages.

use bytes::buf::Limit;

use super::close;
use super::deflate::Inflate;
use super::error::ProtocolError;
use super::header::{BINARY, CLOSE, CONTINUATION, FIN, MASKED, PING, Start, TEXT, check_first};
use super::input::Input;
use super::mask::unmask;
use super::partial::Partial;
use super::text;
use crate::close::Close;
use crate::incoming::Incoming;
use crate::limits::Limits;

/// The limits on the frames of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameLimits {
    /// The largest message in bytes, of a compressed one after inflating.
    pub(crate) message: usize,
    /// The largest frame in bytes, as it is on the wire.
    frame: usize,
    /// The largest number of frames of one message.
    fragments: usize,
}

impl FrameLimits {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self {
            message: limits.max_message_size,
            frame: limits.max_frame_size,
            fragments: limits.max_fragments,
        }
    }

    /// The largest message in bytes, as it is on the wire. Data that does not get smaller by compressing gets larger, by an
    /// eighth at most (zlib's `deflateBound`) and by what a client flushes in between; it may inflate to nothing at all.
    const fn on_the_wire(&self, compressed: bool) -> usize {
        if compressed {
            self.message.saturating_add(self.message / 4).saturating_add(64)
        } else {
            self.message
        }
    }
}

/// The result of a control frame, or of the last frame of a message.
#[derive(Debug)]
pub(super) enum Received<'b> {
    Message(Incoming<'b>),
    Close(Option<Close>),
}

/// After an error nothing more may be decoded.
#[derive(Debug)]
pub(super) struct Decoder {
    /// The message that is arriving, unless it lies whole in the read buffer.
    partial: Option<Box<Partial>>,
    /// Where compression was negotiated.
    inflate: Option<Box<Inflate>>,
    pub(super) limits: FrameLimits,
    /// Data is skipped: only a close frame is still of interest.
    skipping: bool,
}

impl Decoder {
    pub(super) fn new(limits: FrameLimits, inflate: Option<Inflate>) -> Self {
        Self { partial: None, inflate: inflate.map(Box::new), limits, skipping: false }
    }

    /// Whether a message has begun that is not whole.
    pub(super) const fn is_mid_message(&self) -> bool {
        self.partial.is_some()
    }

    /// Skips data from now on, also that of a message that has begun: nothing is inflated or kept.
    pub(super) fn skip_data(&mut self) {
        self.skipping = true;
        if let Some(partial) = &mut self.partial {
            partial.skip();
        }
    }

    /// The next message or close frame in `input`. `None`: more has to be received first. `input` then holds the
    /// beginning of a header or of a control frame.
    ///
    /// Most messages lie whole in the read buffer, in one frame that is not compressed: everything is checked here at
    /// once.
    #[inline]
    pub(super) fn receive<'b>(
        &mut self,
        input: &mut Input<'b>,
    ) -> Result<Option<Received<'b>>, ProtocolError> {
        const MASKED_126: u8 = MASKED | 0x7e;
        let bytes = input.rest();
        let (first, len, header) = match *bytes {
            [first, second @ MASKED..MASKED_126, ..] => (first, usize::from(second & !MASKED), 6),
            [first, MASKED_126, high, low, ..] => (first, usize::from(u16::from_be_bytes([high, low])), 8),
            _ => return self.receive_any(input),
        };
        let is_data = matches!(first, FIN_TEXT | FIN_BINARY);
        let fits = len <= self.limits.message && len <= self.limits.frame && (header == 6 || len > 125);
        if !is_data || !fits || bytes.len() < header + len || self.partial.is_some() || self.skipping {
            return self.receive_any(input);
        }
        let (head, payload) = input.take(header + len).split_at_mut(header);
        if let [.., a, b, c, d] = *head {
            unmask(payload, [a, b, c, d]);
        }
        let payload = &*payload;
        Ok(Some(Received::Message(if first == FIN_TEXT {
            Incoming::Text(text::check(payload)?.into())
        } else {
            Incoming::Binary(payload.into())
        })))
    }

    /// Any other frame, or a part of one.
    fn receive_any<'b>(&mut self, input: &mut Input<'b>) -> Result<Option<Received<'b>>, ProtocolError> {
        loop {
            if self.partial.as_ref().is_some_and(|partial| partial.is_in_frame()) {
                match self.receive_payload(input)? {
                    Some(message) => return Ok(Some(Received::Message(message))),
                    // The frame is not whole, and neither is anything behind it.
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
            let wanted = !self.skipping;
            self.partial
                .get_or_insert_with(|| Box::new(Partial::new(start, wanted)))
                .begin(start, header, mask);
        }
    }

    /// Checks the length that a header announces, before anything is reserved for it.
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

    /// Takes payload of the frame that is arriving. Returns its message, if that is whole and wanted.
    fn receive_payload(&mut self, input: &mut Input<'_>) -> Result<Option<Incoming<'static>>, ProtocolError> {
        let Some(partial) = &mut self.partial else { return Ok(None) };
        let whole = partial.receive(input, self.inflate.as_deref_mut(), self.limits.message)?;
        self.finish_if(whole)
    }

    fn finish_if(&mut self, whole: bool) -> Result<Option<Incoming<'static>>, ProtocolError> {
        match self.partial.take_if(|_| whole) {
            Some(partial) => partial.finish(),
            None => Ok(None),
        }
    }

    /// Where the rest of a large frame can be read to, past the read buffer. The bytes in the read buffer must have
    /// been [received](Self::receive).
    pub(super) fn direct(&mut self) -> Option<Limit<&mut Vec<u8>>> {
        self.partial.as_mut()?.direct()
    }

    /// Notes that `count` bytes were read to [`direct`](Self::direct). Returns the message, if that is whole.
    pub(super) fn received_directly(
        &mut self,
        count: usize,
    ) -> Result<Option<Incoming<'static>>, ProtocolError> {
        let whole = self.partial.as_mut().is_some_and(|partial| partial.received_directly(count));
        self.finish_if(whole)
    }
}

const FIN_TEXT: u8 = FIN | TEXT;
const FIN_BINARY: u8 = FIN | BINARY;

/// A control frame, which is never fragmented and small enough to wait for the whole of it.
fn receive_control<'b>(start: Start, input: &mut Input<'b>) -> Result<Option<Received<'b>>, ProtocolError> {
    let size = 6 + start.length();
    if input.rest().len() < size {
        return Ok(None);
    }
    let (head, payload) = input.take(size).split_at_mut(6);
    let [_, _, a, b, c, d] = *head else { return Ok(None) };
    unmask(payload, [a, b, c, d]);
    let payload = &*payload;
    Ok(Some(match start.opcode() {
        CLOSE => Received::Close(close::read(payload)?),
        PING => Received::Message(Incoming::Ping(payload.into())),
        _ => Received::Message(Incoming::Pong(payload.into())),
    }))
}
