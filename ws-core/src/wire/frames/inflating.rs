//! Compressed messages (RFC 7692) go on as uncompressed ones, in pieces as they are inflated.

use super::header::{Frame, unmask};
use super::refusal::Refusal;
use super::scratch::Scratch;
use crate::protocol::deflate::{Corrupt, Inflate};

/// Inflated at a time, in bytes: memory is taken as bytes come out.
const PIECE: usize = 16 << 10;

pub(super) struct Inflating {
    inflate: Inflate,
    /// Of the message's next piece.
    opcode: u8,
    /// Bytes of the message so far.
    size: usize,
    /// Bytes at the front whose mask is off and that wait to be inflated.
    plain: usize,
    /// All of the message's payload was taken, and more may come out of it.
    finishing: bool,
}

impl From<Corrupt> for Refusal {
    fn from(_: Corrupt) -> Self {
        Self::Corrupt
    }
}

impl Inflating {
    pub(super) const fn new(inflate: Inflate) -> Self {
        Self { inflate, opcode: 0, size: 0, plain: 0, finishing: false }
    }

    /// Whether there is something to do without further input.
    pub(super) const fn is_busy(&self) -> bool {
        self.plain > 0 || self.finishing
    }

    /// A frame of a compressed message begins.
    pub(super) const fn begin(&mut self, frame: &Frame) {
        if frame.opcode != 0 {
            self.opcode = frame.opcode;
            self.size = 0;
        }
        self.finishing = frame.fin && frame.left == 0;
    }

    /// Takes what is there of the frame under way, and makes a piece of it, if anything comes out. All that was followed
    /// before has been passed on.
    pub(super) fn step(
        &mut self,
        frame: &mut Frame,
        scratch: &mut Scratch,
        limit: usize,
    ) -> Result<(), Refusal> {
        if self.plain == 0 && frame.left > 0 {
            let bytes = scratch.unfollowed_mut();
            let count = bytes.len().min(frame.left);
            unmask(&mut bytes[..count], frame.mask);
            frame.advance(count);
            self.plain = count;
            self.finishing = frame.fin && frame.left == 0;
        }
        // One byte over the limit shows that it is.
        let at_most = PIECE.min(limit.saturating_sub(self.size).saturating_add(1));
        scratch.begin_inflated();
        let mut fin = false;
        if self.plain > 0 {
            let (input, out) = scratch.inflating(self.plain);
            let consumed = self.inflate.inflate(input, out, at_most)?;
            self.plain -= consumed;
            scratch.skip(consumed);
        } else if self.finishing {
            fin = self.inflate.finish(&mut scratch.inflated, at_most)?;
            self.finishing = !fin;
        }
        self.size += scratch.inflated_len();
        if self.size > limit {
            return Err(Refusal::TooBig(limit));
        }
        if scratch.end_inflated(fin, self.opcode) {
            self.opcode = 0;
        }
        Ok(())
    }
}
