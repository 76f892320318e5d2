//! Compresses outgoing messages (RFC 7692 7.2.1), each as a whole and before it is framed.

use bytes::Bytes;
use flate2::{Compress, Compression as Level, FlushCompress};

use super::{Negotiated, TAIL, pool};
use crate::protocol::buffers;

/// The least and the most room that the output gets at a time, in bytes.
const STEP: (usize, usize) = (256, 16 << 10);
/// The largest compressed message that is copied, in bytes. The thread then keeps its buffer.
const COPIED: usize = 64 << 10;

/// The parameters that, without context takeover, determine the compressed form of a message. A message for many
/// connections is compressed once for those with the same `Encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Encoding {
    level: u8,
    window_bits: u8,
}

impl Encoding {
    pub(super) fn state(self) -> Compress {
        Compress::new_with_window_bits(Level::new(self.level.into()), false, self.window_bits)
    }

    /// Compresses `message` by itself. Returns `None` if the result is not smaller.
    pub(crate) fn deflate(self, message: &[u8]) -> Option<Bytes> {
        let mut state = pool::take_deflater(self);
        let deflated = deflate(&mut state, message, message.len());
        pool::give_deflater(self, state);
        deflated
    }
}

/// Compresses the messages of one connection. Between messages, it owns a state only with context takeover.
#[derive(Debug)]
pub(crate) struct Deflate {
    encoding: Encoding,
    takeover: bool,
    min: usize,
    on: bool,
    state: Option<Box<Compress>>,
}

impl Deflate {
    pub(crate) const fn new(negotiated: Negotiated) -> Self {
        let Negotiated { parameters, settings } = negotiated;
        Self {
            encoding: Encoding { level: settings.level, window_bits: parameters.server_max_window_bits },
            takeover: !parameters.server_no_context_takeover,
            min: settings.min,
            on: true,
            state: None,
        }
    }

    /// Turns the compression of later messages on or off.
    pub(crate) fn turn(&mut self, on: bool) {
        self.on = on;
    }

    /// Drops the state. A new state refers to no earlier message, which every receiver understands.
    pub(crate) fn rest(&mut self) {
        self.state = None;
    }

    /// Returns whether a message of `len` bytes is compressed.
    fn compresses(&self, len: usize) -> bool {
        self.on && len >= self.min && len > 0
    }

    /// Returns the encoding of a message of `len` bytes, if it is compressed and does not depend on earlier messages.
    pub(crate) fn encoding(&self, len: usize) -> Option<Encoding> {
        (self.compresses(len) && !self.takeover).then_some(self.encoding)
    }

    /// Compresses `message`. Returns `None` if the message is sent uncompressed.
    pub(crate) fn deflate(&mut self, message: &[u8]) -> Option<Bytes> {
        if !self.compresses(message.len()) {
            return None;
        }
        if !self.takeover {
            return self.encoding.deflate(message);
        }
        // Sent even if it is a few bytes larger: the message is part of the context, which the client must share.
        let state = self.state.get_or_insert_with(|| Box::new(self.encoding.state()));
        let deflated = deflate(state, message, usize::MAX);
        if deflated.is_none() {
            self.state = None;
        }
        deflated
    }
}

/// Compresses `message` up to the end of a block, without the tail that the receiver adds. Returns `None` if the result
/// has `too_large` bytes or more; the state then contains a part of the message.
fn deflate(state: &mut Compress, message: &[u8], too_large: usize) -> Option<Bytes> {
    let mut out = buffers::take_scratch();
    let deflated = deflate_into(state, message, too_large.saturating_add(TAIL.len()), &mut out);
    let deflated = deflated.then(|| {
        if out.len() <= COPIED {
            Bytes::copy_from_slice(&out)
        } else {
            out.shrink_to_fit();
            Bytes::from(std::mem::take(&mut out))
        }
    });
    buffers::give_scratch(out);
    deflated
}

/// Compresses `message` into `out`. Returns whether the result is complete and, with the tail, smaller than `too_large`
/// bytes.
fn deflate_into(state: &mut Compress, message: &[u8], too_large: usize, out: &mut Vec<u8>) -> bool {
    let mut left = message;
    loop {
        out.reserve(left.len().clamp(STEP.0, STEP.1));
        let before = state.total_in();
        // zlib has no reason to fail here. If it does, the message is sent uncompressed.
        if state.compress_vec(left, out, FlushCompress::Sync).is_err() {
            return false;
        }
        // Never more than the length of `left`.
        let consumed = usize::try_from(state.total_in() - before).unwrap_or(left.len());
        left = &left[consumed..];
        if out.len() >= too_large {
            return false;
        }
        // The flush is complete if it leaves room in the output.
        if left.is_empty() && out.len() < out.capacity() {
            break;
        }
    }
    if !out.ends_with(&TAIL) {
        return false;
    }
    out.truncate(out.len() - TAIL.len());
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Compression;
    use crate::protocol::deflate::{Inflate, Parameters};

    fn negotiated(takeover: bool, bits: u8, level: u8) -> Negotiated {
        let parameters = Parameters {
            server_no_context_takeover: !takeover,
            client_no_context_takeover: !takeover,
            server_max_window_bits: bits,
            client_max_window_bits: bits,
        };
        Negotiated { parameters, settings: Compression::new().level(level).min(0) }
    }

    fn inflated(inflate: &mut Inflate, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        assert_eq!(inflate.inflate(payload, &mut out, usize::MAX >> 1), Ok(payload.len()));
        assert_eq!(inflate.finish(&mut out, 1 << 10), Ok(true));
        out
    }

    /// Returns words from a vocabulary that repeats at many distances.
    fn words(count: u32) -> Vec<u8> {
        let word = |n: u32| format!("{} ", n.wrapping_mul(2_654_435_761) >> 22);
        (0..count).map(word).collect::<String>().into_bytes()
    }

    /// Covers all levels and windows, including the smallest window, with which zlib had bugs. Without takeover, each
    /// message is compressed by itself.
    #[test]
    fn c10_every_level_and_window_is_understood() {
        let message = words(12_000);
        for level in [0, 1, 2, 4, 6, 9] {
            for bits in 9..=15 {
                for takeover in [false, true] {
                    let negotiated = negotiated(takeover, bits, level);
                    let (mut deflate, mut inflate) =
                        (Deflate::new(negotiated), Inflate::new(negotiated.parameters));
                    for part in [&message[..], &message[..3_000], &message[500..2_500]] {
                        let Some(deflated) = deflate.deflate(part) else {
                            assert!(level == 0 && !takeover, "level {level}, {bits} bits: not smaller");
                            continue;
                        };
                        assert_eq!(inflated(&mut inflate, &deflated), part, "level {level}, {bits} bits");
                    }
                }
            }
        }
    }

    #[test]
    fn with_takeover_a_message_refers_to_the_one_before() {
        let message = words(300);
        let sizes = |takeover| {
            let mut deflate = Deflate::new(negotiated(takeover, 15, 6));
            [0, 1].map(|_| deflate.deflate(&message).expect("smaller").len())
        };
        let [first, second] = sizes(false);
        assert_eq!(first, second);
        let [first, second] = sizes(true);
        assert!(second < first / 10, "{first}, then {second}");
    }

    #[test]
    fn a_payload_that_does_not_shrink_goes_out_as_it_is_unless_the_state_has_seen_it() {
        let mut seed = 1_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed.to_be_bytes()[0]
        };
        let noise: Vec<u8> = (0..4_000).map(|_| next()).collect();
        assert_eq!(Deflate::new(negotiated(false, 15, 6)).deflate(&noise), None);
        let negotiated = negotiated(true, 15, 6);
        let (mut deflate, mut inflate) = (Deflate::new(negotiated), Inflate::new(negotiated.parameters));
        let deflated = deflate.deflate(&noise).expect("sent all the same");
        assert!(deflated.len() >= noise.len() && deflated.len() < noise.len() + 20, "{}", deflated.len());
        assert_eq!(inflated(&mut inflate, &deflated), noise);
        let again = deflate.deflate(&noise).expect("smaller");
        assert!(again.len() < noise.len() / 10);
        assert_eq!(inflated(&mut inflate, &again), noise);
    }

    #[test]
    fn small_messages_and_those_of_a_connection_that_turned_it_off_go_out_as_they_are() {
        let message = words(1_000);
        let mut deflate =
            Deflate::new(Negotiated { settings: Compression::new(), ..negotiated(true, 15, 6) });
        assert_eq!(deflate.deflate(&message[..1_023]), None);
        assert!(deflate.deflate(&message[..1_024]).is_some());
        deflate.turn(false);
        assert_eq!(deflate.deflate(&message), None);
        deflate.turn(true);
        assert!(deflate.deflate(&message).is_some());
    }

    #[test]
    fn a_state_that_was_let_go_is_followed_by_one_that_the_client_understands() {
        let (message, negotiated) = (words(2_000), negotiated(true, 15, 6));
        let (mut deflate, mut inflate) = (Deflate::new(negotiated), Inflate::new(negotiated.parameters));
        for _ in 0..3 {
            let deflated = deflate.deflate(&message).expect("smaller");
            assert_eq!(inflated(&mut inflate, &deflated), message);
            deflate.rest();
        }
    }
}
