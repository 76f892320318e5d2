//! The validation of text (RFC 6455 8.1), of a whole message or piece by piece.

use super::buffers;
use super::error::ProtocolError;
use super::partial::Left;

/// Validates text that is complete in one buffer.
#[inline]
pub(super) fn check(bytes: &[u8]) -> Result<&str, ProtocolError> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| ProtocolError::InvalidUtf8)
}

/// Text that arrives in pieces. Each byte is validated once, on arrival, so invalid text fails before its message is
/// complete.
#[derive(Debug, Default)]
pub(super) struct PartialText {
    text: String,
    /// The start of a character that is cut off at the end of the last piece.
    cut: [u8; 4],
    cut_len: usize,
}

impl PartialText {
    /// Returns the number of bytes received so far.
    pub(super) const fn len(&self) -> usize {
        self.text.len() + self.cut_len
    }

    /// Makes room for `piece` more bytes of a payload, like `partial::make_room`.
    pub(super) fn make_room(&mut self, piece: usize, left: Left) {
        let len = self.text.len();
        if self.text.capacity() - len >= piece {
            return;
        }
        match buffers::take_payload(len + piece, len.saturating_add(left.announced)) {
            Some(larger) => {
                let mut larger = String::from_utf8(larger).unwrap_or_default();
                larger.push_str(&self.text);
                self.text = larger;
            }
            None => self.text.reserve_exact(left.at_most.min(len).max(piece)),
        }
    }

    /// Appends the next piece.
    pub(super) fn push(&mut self, mut piece: &[u8]) -> Result<(), ProtocolError> {
        while self.cut_len > 0
            && let Some((byte, rest)) = piece.split_first()
        {
            self.cut[self.cut_len] = *byte;
            self.cut_len += 1;
            piece = rest;
            match str::from_utf8(&self.cut[..self.cut_len]) {
                Ok(character) => {
                    self.text.push_str(character);
                    self.cut_len = 0;
                }
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(ProtocolError::InvalidUtf8),
            }
        }
        let (whole, cut) = piece.split_at(piece.len() - cut_at_end(piece));
        self.text.push_str(check(whole)?);
        if !cut.is_empty() {
            // These bytes may already be no valid start of a character.
            if str::from_utf8(cut).is_err_and(|error| error.error_len().is_some()) {
                return Err(ProtocolError::InvalidUtf8);
            }
            self.cut[..cut.len()].copy_from_slice(cut);
            self.cut_len = cut.len();
        }
        Ok(())
    }

    /// Takes the characters that are complete. The start of a cut one stays.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// Returns the text. Fails if it ends within a character.
    pub(super) fn finish(self) -> Result<String, ProtocolError> {
        if self.cut_len > 0 { Err(ProtocolError::InvalidUtf8) } else { Ok(self.text) }
    }
}

/// Returns the length of an incomplete character at the end: 0 to 3 bytes.
fn cut_at_end(bytes: &[u8]) -> usize {
    for (behind, byte) in bytes.iter().rev().take(3).enumerate() {
        let len = match byte {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xff => 4,
            // A continuation byte: the character begins before it.
            0x80..=0xbf => continue,
            0x00..=0x7f => return 0,
        };
        return if len > behind + 1 { behind + 1 } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(pieces: &[&[u8]]) -> Result<String, ProtocolError> {
        let mut text = PartialText::default();
        for piece in pieces {
            text.push(piece)?;
        }
        text.finish()
    }

    /// Cuts text with characters of each length into three pieces, in every possible way.
    #[test]
    fn text_may_be_cut_anywhere() {
        let text = "aß€😀z\u{10ffff}\u{7ff}";
        let bytes = text.as_bytes();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(pushed(&pieces).as_deref(), Ok(text), "{first} {second}");
            }
        }
    }

    /// Pushes every sequence of up to four significant bytes, one by one and at once. Results are the same as those of
    /// `std`, and errors occur at the same byte.
    #[test]
    fn text_that_std_refuses_is_refused_at_the_same_byte() {
        const BYTES: [u8; 19] = [
            0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0,
            0xf4, 0xf5, 0xff,
        ];
        let total = BYTES.len().pow(4);
        for number in 0..total {
            let mut rest = number;
            let sequence: [u8; 4] = std::array::from_fn(|_| {
                let byte = BYTES[rest % BYTES.len()];
                rest /= BYTES.len();
                byte
            });
            let mut text = PartialText::default();
            let failed = sequence.iter().position(|byte| text.push(&[*byte]).is_err());
            let known = (1..=4).find(|end| {
                str::from_utf8(&sequence[..*end]).is_err_and(|error| error.error_len().is_some())
            });
            assert_eq!(failed.map(|at| at + 1), known, "{sequence:x?}");
            assert_eq!(pushed(&[&sequence]).ok(), String::from_utf8(sequence.to_vec()).ok(), "{sequence:x?}");
        }
    }
}
