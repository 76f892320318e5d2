//! Frame headers (RFC 6455 5.2), in both directions.
#![expect(clippy::inline_always, reason = "a part of each message, which the compiler would not inline")]

use super::error::ProtocolError;

pub(super) const CONTINUATION: u8 = 0;
pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;

pub(super) const FIN: u8 = 0x80;
/// RSV1, which marks a compressed message (RFC 7692 6).
pub(super) const RSV1: u8 = 0x40;
pub(super) const MASKED: u8 = 0x80;
const RSV: u8 = 0x70;
/// The largest payload of a control frame, in bytes (RFC 6455 5.5).
pub(super) const CONTROL: usize = 125;

/// The first two bytes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    first: u8,
    second: u8,
}

/// The header of a data frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Length of the payload in bytes.
    pub(super) payload: usize,
    /// Length of the header itself in bytes, the mask included.
    pub(super) size: usize,
}

impl Start {
    pub(super) const fn new(first: u8, second: u8) -> Self {
        Self { first, second }
    }

    pub(super) const fn is_final(self) -> bool {
        self.first & FIN != 0
    }

    pub(super) const fn is_compressed(self) -> bool {
        self.first & RSV1 != 0
    }

    pub(super) const fn opcode(self) -> u8 {
        self.first & 0x0f
    }

    pub(super) const fn is_masked(self) -> bool {
        self.second & MASKED != 0
    }

    /// Returns the length in the second byte. 126 and 127 announce a longer form.
    pub(super) const fn length(self) -> usize {
        (self.second & 0x7f) as usize
    }

    /// Checks the second byte of a frame. [`check_first`] must have checked the first.
    pub(super) const fn check(self) -> Result<(), ProtocolError> {
        match self.opcode() {
            // A close frame without a mask ends the connection too, so it needs no error. Caddy before 2.6.3 sends it to
            // the server when it closes a connection, and would forward the error to the client.
            opcode if !self.is_masked() && opcode != CLOSE => Err(ProtocolError::Unmasked),
            CLOSE..=PONG if self.length() > CONTROL => Err(ProtocolError::ControlTooLong),
            CLOSE if self.length() == 1 => Err(ProtocolError::CloseTooShort),
            _ => Ok(()),
        }
    }

    /// Parses the length of a data frame. `rest` is the input after the first two bytes. Returns `None` if more input
    /// is needed.
    pub(super) fn header(self, rest: &[u8]) -> Result<Option<Header>, ProtocolError> {
        let (payload, size) = match self.length() {
            126 => match rest.first_chunk() {
                Some(len) => (minimal(u16::from_be_bytes(*len).into(), 126)?, 8),
                None => return Ok(None),
            },
            127 => match rest.first_chunk() {
                Some(len) => (minimal(u64::from_be_bytes(*len), 1 << 16)?, 14),
                None => return Ok(None),
            },
            short => (short, 6),
        };
        Ok(Some(Header { payload, size }))
    }
}

/// Checks the first byte of a frame. `in_message`: a fragmented message is not complete. `deflate`: the handshake
/// negotiated RSV1.
pub(super) fn check_first(first: u8, in_message: bool, deflate: bool) -> Result<(), ProtocolError> {
    let opcode = first & 0x0f;
    let starts_message = matches!(opcode, TEXT | BINARY);
    let reserved = first & RSV;
    // RFC 7692 6.1: "An endpoint MUST NOT set the 'Per-Message Compressed' bit of control frames and non-first
    // fragments of a data message."
    if reserved != 0 && !(reserved == RSV1 && deflate && starts_message) {
        return Err(ProtocolError::ReservedBit);
    }
    match opcode {
        CONTINUATION if !in_message => Err(ProtocolError::NothingToContinue),
        TEXT | BINARY if in_message => Err(ProtocolError::MessageNotFinished),
        CLOSE..=PONG if first & FIN == 0 => Err(ProtocolError::ControlFragmented),
        CONTINUATION..=BINARY | CLOSE..=PONG => Ok(()),
        reserved => Err(ProtocolError::ReservedOpcode(reserved)),
    }
}

/// Checks that `len` is valid and written in the fewest bytes. `least` is the smallest length that needs this form.
fn minimal(len: u64, least: u64) -> Result<usize, ProtocolError> {
    if len < least {
        return Err(ProtocolError::LengthNotMinimal);
    }
    // RFC 6455 5.2: "If 127, the following 8 bytes interpreted as a 64-bit unsigned integer (the most significant bit MUST
    // be 0) are the payload length."
    if len >> 63 == 1 {
        return Err(ProtocolError::LengthTopBit);
    }
    // A length beyond the address space exceeds every limit.
    Ok(usize::try_from(len).unwrap_or(usize::MAX))
}

/// Appends the header of a frame with this first byte and `len` bytes of payload, without a mask.
#[inline(always)]
pub(super) fn append(out: &mut Vec<u8>, first: u8, len: usize) {
    // RFC 6455 5.1: "A server MUST NOT mask any frames that it sends to the client."
    if let Ok(len @ 0..=125) = u8::try_from(len) {
        out.extend_from_slice(&[first, len]);
    } else if let Ok(len) = u16::try_from(len) {
        let [high, low] = len.to_be_bytes();
        out.extend_from_slice(&[first, 126, high, low]);
    } else {
        out.extend_from_slice(&[first, 127]);
        out.extend_from_slice(&(len as u64).to_be_bytes());
    }
}

/// Returns the length of a header that [`append`] wrote, and the length of its payload.
pub(super) fn lengths(frame: &[u8]) -> Option<(usize, usize)> {
    Some(match *frame {
        [_, 126, high, low, ..] => (4, u16::from_be_bytes([high, low]).into()),
        [_, 127, ref rest @ ..] => (10, usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?),
        [_, len, ..] => (2, len.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks all 65,536 pairs of bytes in each state against the rules of the RFC.
    #[test]
    fn every_first_two_bytes_are_judged_as_the_rfc_requires() {
        for (in_message, deflate) in [(false, false), (false, true), (true, false), (true, true)] {
            for first in 0..=u8::MAX {
                for second in 0..=u8::MAX {
                    let (opcode, fin, len) = (first & 0x0f, first >> 7 == 1, second & 0x7f);
                    let (control, data) = ((8..=10).contains(&opcode), opcode == 1 || opcode == 2);
                    let rsv_allowed = first & 0x30 == 0 && (first & 0x40 == 0 || deflate && data);
                    let valid = rsv_allowed
                        && (second >> 7 == 1 || opcode == 8)
                        && (control && fin && len <= 125 && !(opcode == 8 && len == 1)
                            || data && !in_message
                            || opcode == 0 && in_message);
                    let checked = check_first(first, in_message, deflate)
                        .and_then(|()| Start::new(first, second).check());
                    assert_eq!(
                        checked.is_ok(),
                        valid,
                        "{first:#x} {second:#x} {in_message} {deflate}: {checked:?}"
                    );
                }
            }
        }
    }

    /// A length is written in its shortest form, and no other form is accepted.
    #[test]
    fn a_length_has_one_form() {
        for len in (0..=70_000).chain([1 << 20, 1 << 32, usize::MAX >> 1]) {
            let mut bytes = Vec::new();
            append(&mut bytes, FIN | BINARY, len);
            assert!(bytes.len() <= 10 && bytes[1] & MASKED == 0);
            assert_eq!(lengths(&bytes), Some((bytes.len(), len)));
            let start = Start::new(bytes[0], bytes[1] | MASKED);
            let size = bytes.len() + 4;
            assert_eq!(start.header(&bytes[2..]), Ok(Some(Header { payload: len, size })));
            for cut in 2..bytes.len() {
                assert_eq!(start.header(&bytes[2..cut]), Ok(None));
            }
        }
        let long = Start::new(FIN | BINARY, MASKED | 0x7f);
        for len in [0, 125, 126, 65_535_u64] {
            assert_eq!(long.header(&len.to_be_bytes()), Err(ProtocolError::LengthNotMinimal), "{len}");
        }
        for len in [1 << 63, u64::MAX] {
            assert_eq!(long.header(&len.to_be_bytes()), Err(ProtocolError::LengthTopBit), "{len}");
        }
        let medium = Start::new(FIN | BINARY, MASKED | 0x7e);
        for len in 0..126_u16 {
            assert_eq!(medium.header(&len.to_be_bytes()), Err(ProtocolError::LengthNotMinimal), "{len}");
        }
    }
}
