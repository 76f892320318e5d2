//! A message that is not complete in the read buffer: it arrives in several reads, in fragments, or compressed.

use bytes::buf::Limit;
use bytes::{BufMut, Bytes};

use super::buffers;
use super::deflate::{Corrupt, Inflate};
use super::error::ProtocolError;
use super::header::{Header, Start, TEXT};
use super::input::Input;
use super::mask::unmask;
use super::part::{LARGEST_PART, PART, Streams};
use super::text::PartialText;
use crate::message::Incoming;
use crate::message::Text;

/// The smallest rest of a frame that is read straight into its message, in bytes.
const DIRECT: usize = 4 << 10;
/// How many bytes are inflated at a time.
const PIECE: usize = 16 << 10;
/// How many compressed bytes of a message that is delivered in parts are inflated at a time.
const COMPRESSED: usize = 4 << 10;

#[derive(Debug)]
pub(super) struct Partial {
    payload: Payload,
    compressed: bool,
    /// The message is delivered in parts, and `payload` holds the next.
    streamed: bool,
    /// The length of the parts that were taken, in bytes.
    taken: usize,
    /// The length that the frame headers announced so far, in bytes.
    announced: usize,
    fragments: usize,
    frame: Option<Frame>,
}

/// The frame that is arriving.
#[derive(Debug)]
struct Frame {
    is_final: bool,
    /// The mask, rotated so that its first byte applies to the next byte of the payload.
    mask: [u8; 4],
    /// The bytes of the payload that have not arrived.
    left: usize,
}

#[derive(Debug)]
enum Payload {
    Text(PartialText),
    Binary(Vec<u8>),
    /// The payload is not kept.
    Skipped,
}

impl Partial {
    /// Creates a message that begins with this frame. Its payload is skipped unless it is `wanted`.
    pub(super) fn new(start: Start, wanted: bool, streams: Streams) -> Self {
        let compressed = wanted && start.is_compressed();
        let streamed = wanted && if start.opcode() == TEXT { streams.text } else { streams.binary };
        let payload = match start.opcode() {
            _ if !wanted => Payload::Skipped,
            TEXT => Payload::Text(PartialText::default()),
            _ => Payload::Binary(Vec::new()),
        };
        Self { payload, compressed, streamed, taken: 0, announced: 0, fragments: 0, frame: None }
    }

    pub(super) const fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// Returns whether the message is delivered in parts.
    pub(super) const fn is_streamed(&self) -> bool {
        self.streamed
    }

    pub(super) const fn announced(&self) -> usize {
        self.announced
    }

    pub(super) const fn fragments(&self) -> usize {
        self.fragments
    }

    pub(super) const fn is_in_frame(&self) -> bool {
        self.frame.is_some()
    }

    /// Skips the rest of the message.
    pub(super) fn skip(&mut self) {
        self.payload = Payload::Skipped;
        self.compressed = false;
        self.streamed = false;
    }

    /// Begins the next frame, the header of which is checked.
    pub(super) const fn begin(&mut self, start: Start, header: Header, mask: [u8; 4]) {
        self.announced = self.announced.saturating_add(header.payload);
        self.fragments += 1;
        self.frame = Some(Frame { is_final: start.is_final(), mask, left: header.payload });
    }

    /// Consumes the bytes of the current frame in `input`. `limit` is the largest message in bytes, after inflating.
    /// Returns whether the message is complete.
    pub(super) fn receive(
        &mut self,
        input: &mut Input<'_>,
        inflate: Option<&mut Inflate>,
        limit: usize,
    ) -> Result<bool, ProtocolError> {
        let Some(frame) = &self.frame else { return Ok(false) };
        let (left, mask) = (frame.left, frame.mask);
        let piece = input.take(left.min(input.rest().len()));
        if !matches!(self.payload, Payload::Skipped) {
            unmask(piece, mask);
        }
        let Some(inflate) = inflate.filter(|_| self.compressed) else {
            self.push(piece, limit)?;
            return Ok(self.advance(piece.len()));
        };
        self.inflate(piece, inflate, limit)?;
        let whole = self.advance(piece.len());
        if whole {
            self.finish_inflating(inflate, limit)?;
        }
        Ok(whole)
    }

    /// Like [`receive`](Self::receive), up to the size of a part.
    pub(super) fn receive_part(
        &mut self,
        input: &mut Input<'_>,
        mut inflate: Option<&mut Inflate>,
        limit: usize,
    ) -> Result<bool, ProtocolError> {
        loop {
            let Some(frame) = &self.frame else { return Ok(false) };
            let (left, mask) = (frame.left, frame.mask);
            let count = left.min(input.rest().len());
            let inflating = inflate.as_deref_mut().filter(|_| self.compressed);
            let room = if inflating.is_some() { COMPRESSED } else { PART.saturating_sub(self.gathered()) };
            let bytes = input.front_mut(count.min(room));
            unmask(bytes, mask);
            let consumed = if let Some(inflate) = inflating {
                let consumed = self.inflated(limit, |out, at_most| inflate.inflate(bytes, out, at_most))?;
                // The rest stays in the input, as it was.
                let mut rotated = mask;
                rotated.rotate_left(consumed % 4);
                unmask(&mut bytes[consumed..], rotated);
                consumed
            } else {
                self.push(bytes, limit)?;
                bytes.len()
            };
            input.take(consumed);
            if self.advance(consumed) {
                if let Some(inflate) = inflate.filter(|_| self.compressed) {
                    self.finish_inflating(inflate, limit)?;
                }
                return Ok(true);
            }
            if self.frame.is_none() || input.rest().is_empty() || self.gathered() >= PART {
                return Ok(false);
            }
        }
    }

    /// Takes the next part if it has its full size.
    pub(super) fn take_full_part(&mut self) -> Option<Bytes> {
        if self.gathered() >= PART { self.take_part() } else { None }
    }

    /// Takes the next part, if it is not empty.
    pub(super) fn take_part(&mut self) -> Option<Bytes> {
        let part = match &mut self.payload {
            Payload::Text(text) => Bytes::from(text.take()),
            Payload::Binary(bytes) => Bytes::from(std::mem::take(bytes)),
            Payload::Skipped => Bytes::new(),
        };
        self.taken += part.len();
        (!part.is_empty()).then_some(part)
    }

    /// Takes the last part. Fails if it is text that ends within a character.
    pub(super) fn last_part(&mut self) -> Result<Bytes, ProtocolError> {
        let part = self.take_part().unwrap_or_default();
        match std::mem::replace(&mut self.payload, Payload::Skipped) {
            Payload::Text(cut) => cut.finish().map(|_| part),
            Payload::Binary(_) | Payload::Skipped => Ok(part),
        }
    }

    /// Returns how many bytes of the payload are gathered.
    fn gathered(&self) -> usize {
        match &self.payload {
            Payload::Text(text) => text.len(),
            Payload::Binary(bytes) => bytes.len(),
            Payload::Skipped => 0,
        }
    }

    /// Records that `count` bytes of the frame arrived. Returns whether the message is complete.
    fn advance(&mut self, count: usize) -> bool {
        let Some(frame) = &mut self.frame else { return false };
        frame.left -= count;
        frame.mask.rotate_left(count % 4);
        let (ended, is_final) = (frame.left == 0, frame.is_final);
        if ended {
            self.frame = None;
        }
        ended && is_final
    }

    fn push(&mut self, piece: &[u8], limit: usize) -> Result<(), ProtocolError> {
        let left = self.left(limit);
        match &mut self.payload {
            Payload::Text(text) => {
                text.make_room(piece.len(), left);
                text.push(piece)
            }
            Payload::Binary(bytes) => {
                make_room(bytes, piece.len(), left);
                bytes.extend_from_slice(piece);
                Ok(())
            }
            Payload::Skipped => Ok(()),
        }
    }

    /// Returns the bytes of the payload that are still to come. A buffer that grew only by each fragment would be copied
    /// for each, so before the last one it grows for as many as the `limit` of a message allows.
    fn left(&self, limit: usize) -> Left {
        let (announced, is_final) =
            self.frame.as_ref().map_or((0, false), |frame| (frame.left, frame.is_final));
        if self.streamed {
            let part = PART.saturating_sub(self.gathered());
            return Left { announced: announced.min(part), at_most: part };
        }
        let at_most = if is_final { announced } else { limit.saturating_sub(self.len()) };
        Left { announced, at_most }
    }

    /// Returns how many bytes of the message have arrived, after inflating.
    pub(super) fn len(&self) -> usize {
        self.taken + self.gathered()
    }

    /// Appends the bytes that `run` inflates: at most [`PIECE`] bytes at a time, and never more than `limit` in all.
    fn inflated<T>(
        &mut self,
        limit: usize,
        run: impl FnOnce(&mut Vec<u8>, usize) -> Result<T, Corrupt>,
    ) -> Result<T, ProtocolError> {
        // Room for one byte over the limit, which shows that it is exceeded.
        let room = limit.saturating_sub(self.len());
        let at_most = PIECE.min(room.saturating_add(1));
        let mut piece = buffers::take_scratch();
        let outcome = run(&mut piece, at_most);
        // The limit may have been lowered below the length of the bytes inflated before.
        let is_too_big = self.len() + piece.len() > limit;
        // The text before a fault is validated first, so that the error does not depend on how the message was split.
        let fits = &piece[..piece.len().min(room)];
        let at_most =
            if self.streamed { room.min(LARGEST_PART.saturating_sub(self.gathered())) } else { room };
        let left = Left { announced: fits.len(), at_most };
        let pushed = match &mut self.payload {
            Payload::Text(text) => {
                text.make_room(fits.len(), left);
                text.push(fits)
            }
            Payload::Binary(bytes) => {
                make_room(bytes, fits.len(), left);
                bytes.extend_from_slice(fits);
                Ok(())
            }
            Payload::Skipped => Ok(()),
        };
        buffers::give_scratch(piece);
        pushed?;
        if is_too_big {
            return Err(ProtocolError::TooBig(limit));
        }
        Ok(outcome?)
    }

    fn inflate(
        &mut self,
        mut input: &[u8],
        inflate: &mut Inflate,
        limit: usize,
    ) -> Result<(), ProtocolError> {
        while !input.is_empty() {
            let consumed = self.inflated(limit, |out, at_most| inflate.inflate(input, out, at_most))?;
            input = &input[consumed..];
        }
        Ok(())
    }

    fn finish_inflating(&mut self, inflate: &mut Inflate, limit: usize) -> Result<(), ProtocolError> {
        while !self.inflated(limit, |out, at_most| inflate.finish(out, at_most))? {}
        Ok(())
    }

    /// Returns the buffer to read the rest of a large binary frame into, once a part of the message has arrived. Text
    /// is not read like this: it is validated piece by piece as it moves from the read buffer, and needs no second
    /// pass.
    pub(super) fn message_buffer(&mut self, limit: usize) -> Option<Limit<&mut Vec<u8>>> {
        let left = self.left(limit);
        match &mut self.payload {
            Payload::Binary(bytes)
                if left.announced >= DIRECT && !self.compressed && !self.streamed && !bytes.is_empty() =>
            {
                make_room(bytes, DIRECT, left);
                let room = bytes.capacity() - bytes.len();
                Some(bytes.limit(left.announced.min(room)))
            }
            _ => None,
        }
    }

    /// Records that `count` bytes were read into [`message_buffer`](Self::message_buffer). Returns whether the message
    /// is complete.
    pub(super) fn received_into_message(&mut self, count: usize) -> bool {
        if let (Payload::Binary(bytes), Some(frame)) = (&mut self.payload, &self.frame) {
            let before = bytes.len() - count;
            unmask(&mut bytes[before..], frame.mask);
        }
        self.advance(count)
    }

    /// Returns the complete message, or `None` if it was skipped.
    pub(super) fn finish(self) -> Result<Option<Incoming<'static>>, ProtocolError> {
        Ok(match self.payload {
            Payload::Text(text) => Some(Incoming::Text(Text::from(text.finish()?).into())),
            Payload::Binary(bytes) => Some(Incoming::Binary(bytes::Bytes::from(bytes).into())),
            Payload::Skipped => None,
        })
    }
}

/// The bytes of a payload that are still to come, including the piece that has arrived.
#[derive(Clone, Copy)]
pub(super) struct Left {
    /// The bytes that the current frame announced, or that are inflated.
    pub(super) announced: usize,
    /// The most bytes that can follow.
    pub(super) at_most: usize,
}

/// Makes room for `piece` more bytes of a payload. The buffer doubles as bytes arrive, but never grows beyond the
/// message. Once much has arrived, a pooled buffer with room for all that is announced can replace it.
fn make_room(bytes: &mut Vec<u8>, piece: usize, left: Left) {
    let len = bytes.len();
    if bytes.capacity() - len >= piece {
        return;
    }
    match buffers::take_payload(len + piece, len.saturating_add(left.announced)) {
        Some(mut larger) => {
            larger.extend_from_slice(bytes);
            *bytes = larger;
        }
        None => bytes.reserve_exact(left.at_most.min(len).max(piece)),
    }
}
