//! Generates a client's frames, valid and invalid.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::protocol::header::{BINARY, CLOSE, CONTINUATION, FIN, MASKED, PING, PONG, TEXT};
use crate::protocol::mask::unmask;

/// How the length of a frame is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Shortest,
    /// In two bytes, even if none are needed.
    Medium,
    /// In eight bytes.
    Long,
}

#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) first: u8,
    pub(super) mask: Option<[u8; 4]>,
    pub(super) form: Form,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    /// Creates a valid frame.
    pub(super) fn new(first: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self { first, mask: Some([0x12, 0xf4, 0x56, 0x78]), form: Form::Shortest, payload: payload.into() }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let masked = if self.mask.is_some() { MASKED } else { 0 };
        let len = self.payload.len();
        out.push(self.first);
        match (self.form, u16::try_from(len)) {
            (Form::Shortest, Ok(short @ ..126)) => out.push(masked | short.to_be_bytes()[1]),
            (Form::Shortest | Form::Medium, Ok(medium)) => {
                out.push(masked | 0x7e);
                out.extend(medium.to_be_bytes());
            }
            _ => {
                out.push(masked | 0x7f);
                out.extend((len as u64).to_be_bytes());
            }
        }
        out.extend(self.mask.iter().flatten());
        let start = out.len();
        out.extend(&self.payload);
        if let Some(mask) = self.mask {
            unmask(&mut out[start..], mask);
        }
    }
}

/// Returns the bytes of a valid frame.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    bytes(&[Frame::new(first, payload)])
}

pub(super) fn bytes(frames: &[Frame]) -> Vec<u8> {
    let mut out = Vec::new();
    for frame in frames {
        frame.write(&mut out);
    }
    out
}

/// Splits a message into `1 + cuts.len()` frames, with control frames `between` them.
pub(super) fn fragments(first: u8, payload: &[u8], cuts: &[usize], between: &[Frame]) -> Vec<Frame> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (payload.len() + 1)).collect();
    ends.sort_unstable();
    ends.push(payload.len());
    let mut frames = Vec::new();
    let (mut start, mut first) = (0, first);
    let mut between = between.iter().cycle();
    for (number, end) in ends.iter().enumerate() {
        let is_last = number + 1 == ends.len();
        frames.push(Frame::new(if is_last { FIN | first } else { first }, &payload[start..*end]));
        if !is_last {
            frames.extend(between.next().cloned());
        }
        (start, first) = (*end, CONTINUATION);
    }
    frames
}

/// Generates sizes near the limits of the forms of a length and of buffers.
pub(super) fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        8 => 0_usize..200,
        4 => 4_000_usize..4_200,
        2 => 16_200_usize..16_600,
        2 => 30_000_usize..60_000,
        1 => 65_500_usize..65_600,
        1 => 95_000_usize..105_000,
    ]
}

/// Returns text of `size` bytes or slightly fewer, with characters of each length.
pub(super) fn text(size: usize, seed: usize) -> String {
    let mut text: String = "aß€😀z\u{10ffff}".chars().cycle().skip(seed % 6).take(size).collect();
    while text.len() > size {
        text.pop();
    }
    text
}

/// Returns bytes that are hard to compress for some seeds and easy for others.
pub(super) fn binary(size: usize, seed: usize) -> Vec<u8> {
    (0..size).map(|at| ((at * at) >> (seed % 12)).to_le_bytes()[0]).collect()
}

fn control() -> impl Strategy<Value = Frame> {
    (any::<bool>(), vec(any::<u8>(), 0..=125), any::<[u8; 4]>()).prop_map(|(ping, payload, mask)| Frame {
        mask: Some(mask),
        ..Frame::new(FIN | if ping { PING } else { PONG }, payload)
    })
}

/// Generates a message in fragments, with an occasional error in its payload.
fn message() -> impl Strategy<Value = Vec<Frame>> {
    let spoilt = prop_oneof![9 => Just(None), 1 => (any::<usize>(), any::<u8>()).prop_map(Some)];
    let shape = (vec(any::<usize>(), 0..4), vec(control(), 0..3), any::<[u8; 4]>());
    (any::<bool>(), size(), any::<usize>(), spoilt, shape).prop_map(
        |(is_text, size, seed, spoilt, (cuts, between, mask))| {
            let mut payload = if is_text { text(size, seed).into_bytes() } else { binary(size, seed) };
            if let Some((at, byte)) = spoilt
                && size > 0
            {
                match byte {
                    // An incomplete character.
                    ..64 => payload.truncate(at % size),
                    _ if payload.is_empty() => {}
                    _ => {
                        let at = at % payload.len();
                        payload[at] ^= byte;
                    }
                }
            }
            let mut frames = fragments(if is_text { TEXT } else { BINARY }, &payload, &cuts, &between);
            for frame in &mut frames {
                frame.mask = Some(mask);
            }
            frames
        },
    )
}

fn close() -> impl Strategy<Value = Frame> {
    let code = prop_oneof![3 => 998_u16..1020, 1 => 2998_u16..3002, 1 => 4998_u16..5002, 1 => any::<u16>()];
    let reason =
        prop_oneof![3 => "[a-zä€😀]{0,30}".prop_map(String::into_bytes), 1 => vec(any::<u8>(), 0..124)];
    let payload = prop_oneof![
        4 => (code, reason).prop_map(|(code, reason)| [&code.to_be_bytes()[..], &reason].concat()),
        1 => vec(any::<u8>(), 0..2),
    ];
    payload.prop_map(|payload| Frame::new(FIN | CLOSE, payload))
}

/// Generates any frame. Most are invalid.
fn any_frame() -> impl Strategy<Value = Frame> {
    let form = prop_oneof![4 => Just(Form::Shortest), 1 => Just(Form::Medium), 1 => Just(Form::Long)];
    let mask = prop_oneof![4 => any::<[u8; 4]>().prop_map(Some), 1 => Just(None)];
    let first =
        prop_oneof![1 => any::<u8>(), 1 => prop::sample::select(vec![0x81, 0x02, 0x80, 0x00, 0x89, 0x8a])];
    let payload =
        prop_oneof![4 => vec(any::<u8>(), 0..150), 1 => (65_000_usize..75_000).prop_map(|len| vec![7; len])];
    (first, mask, form, payload).prop_map(|(first, mask, form, payload)| Frame { first, mask, form, payload })
}

/// Generates the bytes of a client, most of them valid.
pub(super) fn sent() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        20 => message(),
        6 => control().prop_map(|frame| vec![frame]),
        1 => close().prop_map(|frame| vec![frame]),
        2 => any_frame().prop_map(|frame| vec![frame]),
    ];
    let flip = prop_oneof![6 => Just(None), 1 => (any::<usize>(), any::<u8>()).prop_map(Some)];
    (vec(part, 1..10), flip).prop_map(|(parts, flip)| {
        let mut bytes = bytes(&parts.concat());
        if let Some((at, byte)) = flip {
            let at = at % bytes.len();
            bytes[at] ^= byte;
        }
        bytes
    })
}

/// Generates the sizes of the pieces in which bytes arrive.
pub(super) fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        1 => Just(vec![1]),
        1 => vec(1_usize..12, 1..20),
        3 => vec(1_usize..20_000, 1..5),
        1 => vec(prop_oneof![1_usize..200, 5_000_usize..70_000], 1..8),
    ]
}
