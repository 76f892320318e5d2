//! The payloads of the load.

use std::fmt::Write as _;

/// What a message consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A binary message of bytes without a pattern.
    Binary,
    /// A text message of JSON, all ASCII.
    Ascii,
    /// A text message in which most characters take 2 to 4 bytes.
    Utf8,
}

/// The messages of an echo.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    pub content: Content,
    /// The size of the payload, in bytes, before compression.
    pub size: usize,
    /// Whether the client offers permessage-deflate and compresses.
    pub deflate: bool,
}

impl Message {
    /// A binary message.
    #[must_use]
    pub const fn binary(size: usize) -> Self {
        Self { content: Content::Binary, size, deflate: false }
    }

    pub(crate) const fn opcode(&self) -> u8 {
        if matches!(self.content, Content::Binary) { 2 } else { 1 }
    }

    /// The payload of message number `number`, before compression. Different numbers have different payloads.
    #[must_use]
    pub fn payload(&self, number: usize) -> Vec<u8> {
        match self.content {
            Content::Binary => binary(self.size, number),
            Content::Ascii => ascii(self.size, number),
            Content::Utf8 => utf8(self.size, number),
        }
    }
}

/// A generator of numbers without a pattern (xorshift), always the same for a seed.
struct Numbers(u64);

impl Numbers {
    const fn new(seed: usize) -> Self {
        Self(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed as u64 + 1) | 1)
    }

    const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn binary(size: usize, seed: usize) -> Vec<u8> {
    let mut numbers = Numbers::new(seed);
    let mut bytes: Vec<u8> =
        std::iter::repeat_with(|| numbers.next().to_le_bytes()).take(size / 8 + 1).flatten().collect();
    bytes.truncate(size);
    bytes
}

fn ascii(size: usize, seed: usize) -> Vec<u8> {
    let mut numbers = Numbers::new(seed);
    let mut text = String::with_capacity(size + 100);
    while text.len() < size {
        let (id, price, count) = (numbers.next() % 100_000, numbers.next() % 1_000_000, numbers.next() % 500);
        write!(text, r#"{{"id":{id},"symbol":"ACME","price":{price},"count":{count},"open":true}},"#)
            .expect("a String takes all");
    }
    text.truncate(size);
    text.into_bytes()
}

fn utf8(size: usize, seed: usize) -> Vec<u8> {
    const WORDS: [&str; 8] = ["привет ", "世界 ", "schön ", "γειά ", "🙂 ", "naïve ", "日本語 ", "да "];
    let mut numbers = Numbers::new(seed);
    let mut text = String::with_capacity(size + 20);
    loop {
        let word = WORDS[(numbers.next() % 8) as usize];
        if text.len() + word.len() > size {
            break;
        }
        text.push_str(word);
    }
    let mut bytes = text.into_bytes();
    bytes.resize(size, b'.');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_have_their_size_and_differ() {
        for content in [Content::Binary, Content::Ascii, Content::Utf8] {
            for size in [0, 1, 64, 1000, 70_000] {
                let message = Message { content, size, deflate: false };
                assert_eq!(message.payload(0).len(), size);
                assert_eq!(message.payload(7), message.payload(7));
                assert!(content == Content::Binary || String::from_utf8(message.payload(3)).is_ok());
                assert!(size < 64 || message.payload(0) != message.payload(1));
            }
        }
    }
}
