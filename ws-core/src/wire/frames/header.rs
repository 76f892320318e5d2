//! Frame headers (RFC 6455 5.2) as they come, held to the protocol and to the limits before anything is reserved.

use super::refusal::{End, Refusal};
use crate::close::{Close, CloseCode, Reason};
use crate::limits::Limits;

/// What a client may send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The largest message, in bytes; of a compressed one that is what comes out.
    pub(crate) message: usize,
    /// The largest frame, in bytes as it comes.
    frame: usize,
    /// The most frames of one message.
    fragments: usize,
    /// Compressed messages were agreed on.
    pub(super) deflate: bool,
}

impl Bounds {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self {
            message: limits.max_message_size,
            frame: limits.max_frame_size,
            fragments: limits.max_fragments,
            deflate: false,
        }
    }

    /// The largest message, in bytes as it comes. What does not get smaller by compressing gets larger, by an eighth
    /// at the most (zlib's `deflateBound`) and by what a client flushes between; nothing at all may come out of it.
    const fn coming(&self, deflated: bool) -> usize {
        if deflated { self.message.saturating_add(self.message / 4).saturating_add(64) } else { self.message }
    }
}

/// What stands at the front of the bytes.
#[derive(Debug)]
pub(super) enum Next {
    /// Too little of a frame to go on with.
    Part,
    /// A frame that is whole and goes on as it is, of so many bytes.
    Whole(usize),
    /// A data frame whose payload has begun and is not whole; its header has so many bytes.
    Begun(usize),
    /// A frame of a compressed message, whole or not; its header has so many bytes.
    Deflated(usize),
    /// A close frame.
    Closed(Option<Close>),
}

/// Where the frames so far have led to.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// A message waits for its final frame.
    open: bool,
    /// That message is compressed.
    deflated: bool,
    /// Its payload as announced so far, in bytes.
    size: usize,
    /// Its frames so far.
    fragments: usize,
    /// The frame under way.
    pub(super) frame: Frame,
}

/// A data frame that goes on in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    pub(super) opcode: u8,
    pub(super) fin: bool,
    /// Its message is compressed.
    pub(super) deflated: bool,
    /// Of the payload byte that comes next.
    pub(super) mask: [u8; 4],
    /// How much of its payload is still to come.
    pub(super) left: usize,
}

impl Frame {
    /// So much of the payload was taken.
    pub(super) fn advance(&mut self, taken: usize) {
        self.left -= taken;
        self.mask.rotate_left(taken % 4);
    }
}

const FIN: u8 = 0x80;
const RSV: u8 = 0x70;
const RSV1: u8 = 0x40;
const MASKED: u8 = 0x80;
/// The length is in the next two bytes.
const LEN_16: u8 = 126;
const CLOSE: u8 = 8;

impl Headers {
    /// Whether no frame and no message is under way.
    pub(super) const fn at_rest(&self) -> bool {
        !self.open && self.frame.left == 0
    }

    /// What the next frame is, as far as `bytes` hold it; the one before was [taken](Frame::advance) whole. Counts what
    /// it says, unless it is only a part.
    pub(super) fn next(&mut self, bytes: &[u8], bounds: &Bounds) -> Result<Next, End> {
        let &[first, second, ref rest @ ..] = bytes else { return Ok(Next::Part) };
        let opcode = first & 0x0f;
        self.check(first, second, bounds.deflate)?;
        if opcode >= 8 {
            return control(opcode, usize::from(second & 0x7f), rest);
        }
        let (len, header) = match second & 0x7f {
            126 => match rest.first_chunk() {
                Some(len) => (long(u16::from_be_bytes(*len).into(), 126)?, 8),
                None => return Ok(Next::Part),
            },
            127 => match rest.first_chunk() {
                Some(len) => (long(u64::from_be_bytes(*len), 1 << 16)?, 14),
                None => return Ok(Next::Part),
            },
            short => (usize::from(short), 6),
        };
        let (size, fragments) =
            if opcode == 0 { (self.size.saturating_add(len), self.fragments + 1) } else { (len, 1) };
        if len > bounds.frame {
            return Err(Refusal::TooBig(bounds.frame).into());
        }
        let deflated = if opcode == 0 { self.deflated } else { first & RSV1 != 0 };
        if size > bounds.coming(deflated) {
            return Err(Refusal::TooBig(bounds.message).into());
        }
        if fragments > bounds.fragments {
            return Err(Refusal::Fragments(bounds.fragments).into());
        }
        // With none of its payload there is nothing to pass on yet.
        let Some(have) = bytes.len().checked_sub(header).filter(|have| *have > 0 || len == 0) else {
            return Ok(Next::Part);
        };
        let fin = first & FIN != 0;
        self.size = size;
        self.fragments = fragments;
        self.open = !fin;
        self.deflated = deflated;
        if !self.deflated && have >= len {
            return Ok(Next::Whole(header + len));
        }
        // There are as many bytes as the header has.
        let mask = *bytes[..header].last_chunk().expect("a mask");
        self.frame = Frame { opcode, fin, deflated: self.deflated, mask, left: len };
        Ok(if self.deflated { Next::Deflated(header) } else { Next::Begun(header) })
    }

    /// What the first two bytes of a header show.
    fn check(&self, first: u8, second: u8, deflate: bool) -> Result<(), Refusal> {
        let opcode = first & 0x0f;
        let starts = matches!(opcode, 1 | 2);
        let reserved = first & RSV;
        if reserved != 0 && !(reserved == RSV1 && deflate && starts) {
            return Err(Refusal::ReservedBit);
        }
        if second & MASKED == 0 {
            return Err(Refusal::Unmasked);
        }
        match opcode {
            0 if !self.open => Err(Refusal::NothingToContinue),
            1 | 2 if self.open => Err(Refusal::NotContinued),
            8..=10 if first & FIN == 0 => Err(Refusal::FragmentedControl),
            8..=10 if second & 0x7f > 125 => Err(Refusal::LongControl),
            0..=2 | 8..=10 => Ok(()),
            reserved => Err(Refusal::Opcode(reserved)),
        }
    }
}

/// A length that was not written as a shorter one could have been.
fn long(len: u64, least: u64) -> Result<usize, Refusal> {
    if len < least || len >> 63 == 1 {
        return Err(Refusal::Length);
    }
    // Over every limit where it does not fit.
    Ok(usize::try_from(len).unwrap_or(usize::MAX))
}

/// A control frame of `len` bytes, whose mask and payload are at the front of `rest`.
fn control(opcode: u8, len: usize, rest: &[u8]) -> Result<Next, End> {
    let Some((mask, payload)) = rest.split_first_chunk::<4>() else { return Ok(Next::Part) };
    let Some(payload) = payload.get(..len) else { return Ok(Next::Part) };
    if opcode != CLOSE {
        return Ok(Next::Whole(6 + len));
    }
    let mut plain = [0; 125];
    let plain = &mut plain[..len];
    plain.copy_from_slice(payload);
    unmask(plain, *mask);
    Ok(Next::Closed(match plain {
        [] => None,
        [_] => return Err(Refusal::ShortClose.into()),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            let code = CloseCode::new(code).map_err(|_| Refusal::CloseCode(code))?;
            let reason = str::from_utf8(reason).map_err(|_| Refusal::CloseReason)?;
            Some(Close::new(code, Reason::truncated(reason)))
        }
    }))
}

/// Takes the mask off, which begins with the first of `bytes` (RFC 6455 5.3).
pub(super) fn unmask(bytes: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = [a, b, c, d, a, b, c, d];
    let mut chunks = bytes.chunks_exact_mut(8);
    for chunk in &mut chunks {
        for (byte, mask) in chunk.iter_mut().zip(wide) {
            *byte ^= mask;
        }
    }
    for (byte, mask) in chunks.into_remainder().iter_mut().zip(wide) {
        *byte ^= mask;
    }
}

/// Makes a header that announces more into one of a first fragment of `len` bytes, in its place. The length keeps its
/// width, which the codec does not mind.
pub(super) fn cut(header: &mut [u8], len: usize) {
    header[0] &= !FIN;
    match header[1] & 0x7f {
        // Never longer than what the header had announced.
        126 => header[2..4].copy_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes()),
        127 => header[2..10].copy_from_slice(&(len as u64).to_be_bytes()),
        _ => header[1] = MASKED | u8::try_from(len).unwrap_or(125),
    }
}

/// The header of a further piece.
pub(super) fn continuation(fin: bool, len: u16, mask: [u8; 4]) -> [u8; 8] {
    let ([high, low], [a, b, c, d]) = (len.to_be_bytes(), mask);
    [if fin { FIN } else { 0 }, MASKED | LEN_16, high, low, a, b, c, d]
}

/// The header of a piece without a mask.
pub(super) fn unmasked(fin: bool, opcode: u8, len: u16) -> [u8; 4] {
    let [high, low] = len.to_be_bytes();
    [if fin { FIN | opcode } else { opcode }, LEN_16, high, low]
}
