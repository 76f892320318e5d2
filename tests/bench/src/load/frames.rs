//! The frames that the load sends, built and masked before the clock starts.

use flate2::{Compress, Compression, FlushCompress};

use super::message::Message;

/// The bytes of all frames are at most this many, unless two messages are larger.
const ENOUGH: usize = 512 << 10;

/// Frames end to end. Each connection sends them in turn, and starts again after the last.
#[derive(Clone, Debug)]
pub struct Frames {
    bytes: Vec<u8>,
    /// Where each frame begins, and the end of the last.
    bounds: Vec<usize>,
    payloads: Vec<Vec<u8>>,
}

impl Frames {
    /// Builds enough different messages to send `in_flight` of them with one system call.
    #[must_use]
    pub fn new(message: &Message, in_flight: usize) -> Self {
        let at_most = (ENOUGH / (message.size + 14)).max(2);
        let count = if message.deflate { 64 } else { 2 * in_flight }.clamp(2, at_most);
        let mut frames = Self { bytes: Vec::new(), bounds: vec![0], payloads: Vec::new() };
        for number in 0..count {
            let payload = message.payload(number);
            let mask = [0x5A, 0xC3, 0x17, number.to_le_bytes()[0] ^ 0xE1];
            if message.deflate {
                push(&mut frames.bytes, 0xC0 | message.opcode(), mask, &compressed(&payload));
            } else {
                push(&mut frames.bytes, 0x80 | message.opcode(), mask, &payload);
            }
            frames.bounds.push(frames.bytes.len());
            frames.payloads.push(payload);
        }
        frames
    }

    /// The number of frames.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub const fn len(&self) -> usize {
        self.payloads.len()
    }

    /// The bytes of the first frame.
    #[must_use]
    pub fn first(&self) -> &[u8] {
        self.bytes(0, 1)
    }

    /// The bytes of up to `count` frames from number `first` on. There are fewer at the end of the list.
    pub(crate) fn bytes(&self, first: usize, count: usize) -> &[u8] {
        &self.bytes[self.bounds[first]..self.bounds[(first + count).min(self.len())]]
    }

    pub(crate) fn size(&self, number: usize) -> usize {
        self.bounds[number + 1] - self.bounds[number]
    }

    pub(crate) fn payload(&self, number: usize) -> &[u8] {
        &self.payloads[number]
    }
}

/// Appends a masked frame. `first` is the byte with the opcode.
pub(crate) fn push(bytes: &mut Vec<u8>, first: u8, mask: [u8; 4], payload: &[u8]) {
    bytes.push(first);
    let length = payload.len();
    if length < 126 {
        bytes.push(0x80 | length.to_le_bytes()[0]);
    } else if let Ok(length) = u16::try_from(length) {
        bytes.push(0x80 | 0x7E);
        bytes.extend(length.to_be_bytes());
    } else {
        bytes.push(0x80 | 0x7F);
        bytes.extend((length as u64).to_be_bytes());
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// A message compressed by itself (RFC 7692 7.2.1), so that it can be sent at any time.
fn compressed(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 1024);
    Compress::new(Compression::new(6), false)
        .compress_vec(payload, &mut bytes, FlushCompress::Sync)
        .expect("valid parameters");
    bytes.truncate(bytes.len() - 4);
    bytes
}
