//! Reads the frames of a server. It looks at headers only; the receiver decides whether to look at payloads.

/// Receives the frames of a [`Parser`].
pub trait Receive {
    /// A part of the payload of the frame that ends next.
    fn payload(&mut self, _bytes: &[u8]) {}

    /// The end of a frame.
    fn frame(&mut self, frame: Frame);
}

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    first: u8,
    /// The length of the payload, in bytes.
    pub length: u64,
}

impl Frame {
    #[must_use]
    pub const fn opcode(self) -> u8 {
        self.first & 0x0F
    }

    #[must_use]
    pub const fn is_final(self) -> bool {
        self.first & 0x80 != 0
    }

    #[must_use]
    pub const fn is_compressed(self) -> bool {
        self.first & 0x40 != 0
    }

    #[must_use]
    pub const fn is_control(self) -> bool {
        self.first & 0x08 != 0
    }

    /// Parses the header at the start of `bytes`. Returns its size too, or `None` if it is not complete. A masked frame,
    /// which a server must not send, gets a wrong length.
    fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let (&first, &code) = (bytes.first()?, bytes.get(1)?);
        let (length, size) = match code {
            126 => (u64::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?)), 4),
            127 => (u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?), 10),
            length => (u64::from(length), 2),
        };
        Some((Self { first, length }, size))
    }
}

/// The state between two reads.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    /// The frame whose payload is being read, and the bytes that are missing.
    current: Option<(Frame, u64)>,
    /// The first bytes of a header.
    header: Vec<u8>,
}

impl Parser {
    /// The number of bytes that are certainly payload.
    #[must_use]
    pub fn payload_left(&self) -> u64 {
        self.current.map_or(0, |(_, left)| left)
    }

    /// Records `count` bytes of payload that were not kept.
    pub fn skip(&mut self, count: u64, receiver: &mut impl Receive) {
        if let Some((frame, left)) = &mut self.current {
            *left -= count;
            if *left == 0 {
                receiver.frame(*frame);
                self.current = None;
            }
        }
    }

    /// Reads `bytes`, which may begin and end anywhere in a frame.
    pub fn feed(&mut self, mut bytes: &[u8], receiver: &mut impl Receive) {
        loop {
            if let Some((frame, left)) = &mut self.current {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                receiver.payload(&bytes[..count]);
                bytes = &bytes[count..];
                *left -= count as u64;
                if *left > 0 {
                    return;
                }
                receiver.frame(*frame);
                self.current = None;
            }
            let parsed = if self.header.is_empty() {
                Frame::parse(bytes).map(|(frame, size)| (frame, size, size))
            } else {
                let had = self.header.len();
                self.header.extend(bytes.iter().take(10 - had));
                Frame::parse(&self.header).map(|(frame, size)| (frame, size, size - had))
            };
            let Some((frame, _, used)) = parsed else {
                if self.header.is_empty() {
                    self.header.extend(bytes);
                }
                return;
            };
            self.header.clear();
            bytes = &bytes[used..];
            self.current = Some((frame, frame.length));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Frames {
        payload: Vec<u8>,
        frames: Vec<(u8, Vec<u8>)>,
    }

    impl Receive for Frames {
        fn payload(&mut self, bytes: &[u8]) {
            self.payload.extend(bytes);
        }

        fn frame(&mut self, frame: Frame) {
            assert_eq!(frame.length, self.payload.len() as u64);
            self.frames.push((frame.first, std::mem::take(&mut self.payload)));
        }
    }

    fn sent() -> (Vec<u8>, Vec<(u8, Vec<u8>)>) {
        let (mut bytes, mut frames) = (Vec::new(), Vec::new());
        for size in [0_usize, 1, 125, 126, 65_535, 65_536, 0, 3] {
            let payload: Vec<u8> = (0..size).map(|at| at.to_le_bytes()[0]).collect();
            bytes.push(0x82);
            match size {
                0..126 => bytes.push(size.to_le_bytes()[0]),
                126..65_536 => {
                    bytes.push(126);
                    bytes.extend(u16::try_from(size).unwrap().to_be_bytes());
                }
                _ => {
                    bytes.push(127);
                    bytes.extend((size as u64).to_be_bytes());
                }
            }
            bytes.extend(&payload);
            frames.push((0x82, payload));
        }
        (bytes, frames)
    }

    #[test]
    fn frames_are_the_same_for_any_split() {
        let (bytes, frames) = sent();
        for piece in [1, 2, 3, 7, 64, 1000, 65_537, bytes.len()] {
            let (mut parser, mut receiver) = (Parser::default(), Frames::default());
            for piece in bytes.chunks(piece) {
                parser.feed(piece, &mut receiver);
            }
            assert_eq!(receiver.frames, frames, "pieces of {piece}");
            assert_eq!(parser.payload_left(), 0);
        }
    }

    #[test]
    fn skipped_payload_ends_its_frame() {
        struct Count(u32);
        impl Receive for Count {
            fn frame(&mut self, frame: Frame) {
                assert_eq!(frame.length, 300);
                self.0 += 1;
            }
        }
        let (mut parser, mut count) = (Parser::default(), Count(0));
        parser.feed(&[0x82, 126, 1, 44, 9, 9], &mut count);
        assert_eq!(parser.payload_left(), 298);
        parser.skip(297, &mut count);
        assert_eq!(count.0, 0);
        parser.skip(1, &mut count);
        assert_eq!((count.0, parser.payload_left()), (1, 0));
    }
}
