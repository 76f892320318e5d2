//! Inflates the payloads of compressed messages (RFC 7692 7.2.2), never beyond the room that the caller allows.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Corrupt, Parameters, TAIL, pool};

/// An empty final block. After the tail, it checks that the message ended where a block may end. That is possible only
/// if the next message does not need the context of this one.
const LAST_BLOCK: [u8; 2] = [3, 0];
/// The least and the most output that is prepared at a time, in bytes.
const STEP: (usize, usize) = (512, 16 << 10);

/// Inflates the messages of one connection. Between messages, it owns a state only with takeover of the client's
/// context.
#[derive(Debug)]
pub(crate) struct Inflate {
    state: Option<Decompress>,
    takeover: bool,
    /// The current stream has received input, so the message needs the tail.
    fed: bool,
}

impl Inflate {
    pub(crate) const fn new(parameters: Parameters) -> Self {
        Self { state: None, takeover: !parameters.client_no_context_takeover, fed: false }
    }

    /// Inflates the front of `input`, and appends at most `at_most` bytes to `out`. Returns the number of bytes
    /// consumed. If that is not all of `input`, the room is used up: call again with the rest.
    pub(crate) fn inflate(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        at_most: usize,
    ) -> Result<usize, Corrupt> {
        let end = out.len() + at_most;
        let mut consumed = 0;
        while consumed < input.len() && out.len() < end {
            let left = &input[consumed..];
            let room = (left.len() * 4).clamp(STEP.0, STEP.1).min(end - out.len());
            let step = self.step(left, out, room)?;
            consumed += step.consumed;
            self.fed = true;
            if step.ended {
                self.begin_anew();
            } else if step.consumed == 0 && step.produced == 0 {
                return Err(Corrupt);
            }
        }
        Ok(consumed)
    }

    /// Ends a message after all of its payload was [consumed](Self::inflate). Appends at most `at_most` bytes. Returns
    /// `false` if there may be more: call again.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>, at_most: usize) -> Result<bool, Corrupt> {
        // A message without a payload is empty, although RFC 7692 7.2.3.6 gives it one byte. A message that ended with
        // a final block needs no tail.
        if self.fed {
            let room = STEP.1.min(at_most);
            let step = self.step(&[], out, room)?;
            if step.ended {
                self.begin_anew();
            } else if step.produced == room {
                return Ok(false);
            }
        }
        if self.fed {
            // RFC 7692 7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message."
            self.expect_nothing(&TAIL, false, out)?;
            if !self.takeover {
                self.expect_nothing(&LAST_BLOCK, true, out)?;
            }
        }
        self.fed = false;
        if !self.takeover
            && let Some(state) = self.state.take()
        {
            pool::give_inflater(state);
        }
        Ok(true)
    }

    /// Consumes an empty block, which is valid wherever a message may end. Within another block, its bytes would be
    /// data, or the end of that block.
    fn expect_nothing(&mut self, block: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), Corrupt> {
        let before = out.len();
        let step = self.step(block, out, STEP.0)?;
        out.truncate(before);
        let nothing = step.produced == 0 && step.consumed == block.len() && step.ended == last;
        if nothing { Ok(()) } else { Err(Corrupt) }
    }

    fn step(&mut self, input: &[u8], out: &mut Vec<u8>, room: usize) -> Result<Step, Corrupt> {
        let state = self.state.get_or_insert_with(pool::take_inflater);
        let (before, total_in, total_out) = (out.len(), state.total_in(), state.total_out());
        out.resize(before + room, 0);
        let status = state.decompress(input, &mut out[before..], FlushDecompress::Sync);
        // Never more than the length of a buffer.
        let passed = |total: u64, before: u64| usize::try_from(total - before).unwrap_or(0);
        let produced = passed(state.total_out(), total_out);
        out.truncate(before + produced);
        let status = status.map_err(|_| Corrupt)?;
        Ok(Step {
            consumed: passed(state.total_in(), total_in),
            produced,
            ended: status == Status::StreamEnd,
        })
    }

    /// Begins a new stream after a final block (RFC 7692 7.2.3.4), in the same message or in the next one. As in
    /// browsers, it does not refer to data before the final block.
    fn begin_anew(&mut self) {
        if let Some(state) = &mut self.state {
            state.reset(false);
        }
        self.fed = false;
    }
}

/// The result of one call of zlib.
struct Step {
    consumed: usize,
    produced: usize,
    ended: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Parameters = Parameters {
        server_no_context_takeover: true,
        client_no_context_takeover: true,
        server_max_window_bits: 15,
        client_max_window_bits: 15,
    };
    const TAKEOVER: Parameters = Parameters { client_no_context_takeover: false, ..PLAIN };

    /// Inflates a message that arrives in pieces of `size` bytes, with `room` bytes of output at a time.
    fn message(inflate: &mut Inflate, payload: &[u8], size: usize, room: usize) -> Result<Vec<u8>, Corrupt> {
        let mut out = Vec::new();
        for mut piece in payload.chunks(size) {
            while !piece.is_empty() {
                let before = out.len();
                let consumed = inflate.inflate(piece, &mut out, room)?;
                assert!(out.len() <= before + room, "{} bytes too many", out.len() - before - room);
                piece = &piece[consumed..];
            }
        }
        while !inflate.finish(&mut out, room)? {}
        Ok(out)
    }

    fn text(inflate: &mut Inflate, payload: &[u8]) -> String {
        String::from_utf8(message(inflate, payload, 1, 1).unwrap()).unwrap()
    }

    /// The examples of RFC 7692 7.2.3.
    // RFC 7692 7.2.1: "An endpoint MAY use multiple DEFLATE blocks to compress one message."
    // RFC 7692 7.2.1: "An endpoint MAY use DEFLATE blocks of any type."
    #[test]
    fn c10_the_examples_of_the_rfc() {
        const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        for (payload, expected) in [
            (&HELLO[..], "Hello"),
            // Without compression, 7.2.3.3.
            (&[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00], "Hello"),
            // With a final block, 7.2.3.4.
            (&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00], "Hello"),
            // In two blocks, 7.2.3.5.
            (&[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00], "Hello"),
            // An empty message, 7.2.3.6.
            (&[0x00], ""),
            (&[], ""),
        ] {
            for parameters in [PLAIN, TAKEOVER, Parameters { client_max_window_bits: 8, ..TAKEOVER }] {
                let mut inflate = Inflate::new(parameters);
                for _ in 0..3 {
                    assert_eq!(text(&mut inflate, payload), expected, "{payload:x?} {parameters:?}");
                    assert_eq!(text(&mut inflate, &HELLO), "Hello", "after {payload:x?} {parameters:?}");
                }
            }
        }
    }

    /// RFC 7692 7.2.3.2: the second message refers to the first.
    // RFC 7692 7.2.2: "the server MUST decompress each new message using the LZ77 sliding window used to process the
    // last compressed message."
    #[test]
    fn c10_a_context_is_taken_over_only_where_that_was_agreed() {
        let messages = [&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..], &[0xf2, 0x00, 0x11, 0x00, 0x00]];
        let mut inflate = Inflate::new(TAKEOVER);
        for payload in messages {
            assert_eq!(text(&mut inflate, payload), "Hello");
        }
        let mut inflate = Inflate::new(PLAIN);
        assert_eq!(text(&mut inflate, messages[0]), "Hello");
        assert_eq!(message(&mut inflate, messages[1], 9, 9), Err(Corrupt));
    }

    // RFC 7692 7.2.1: "An endpoint MAY use both DEFLATE blocks with the 'BFINAL' bit set to 0 and DEFLATE blocks with
    // the 'BFINAL' bit set to 1."
    #[test]
    fn c10_a_last_block_in_the_middle_of_a_message_is_followed_by_another_stream() {
        let payload = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        for parameters in [PLAIN, TAKEOVER] {
            assert_eq!(text(&mut Inflate::new(parameters), &payload), "HelloHello");
            assert_eq!(text(&mut Inflate::new(parameters), &payload[..7]), "Hello");
        }
    }

    /// A final block of 12,000 bytes. Its end is detected only when the last of them has room.
    #[test]
    fn a_last_block_may_end_with_the_room_for_its_output() {
        let message = vec![b'a'; 12_000];
        let mut payload = Vec::with_capacity(100);
        let mut deflater = flate2::Compress::new(flate2::Compression::best(), false);
        deflater.compress_vec(&message, &mut payload, flate2::FlushCompress::Finish).expect("room");
        for parameters in [PLAIN, TAKEOVER] {
            for room in [1, 7, 11_999, 12_000, 12_001] {
                let mut inflate = Inflate::new(parameters);
                for _ in 0..2 {
                    let inflated = self::message(&mut inflate, &payload, payload.len(), room);
                    assert!(inflated.as_deref() == Ok(&message), "{parameters:?}, {room} at a time");
                }
            }
        }
    }

    #[test]
    fn invalid_or_truncated_deflate_is_corrupt() {
        for parameters in [PLAIN, TAKEOVER] {
            // A reserved type of block.
            assert_eq!(message(&mut Inflate::new(parameters), &[0x06], 1, 9), Err(Corrupt));
        }
        // A stored block of five bytes that contains two.
        let short = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65];
        assert_eq!(message(&mut Inflate::new(PLAIN), &short, 1, 9), Err(Corrupt));
        // A truncated final block: the tail is decoded as its data.
        for parameters in [PLAIN, TAKEOVER] {
            assert_eq!(message(&mut Inflate::new(parameters), &[0x3b, 0x30, 0x61], 3, 1 << 10), Err(Corrupt));
        }
    }

    #[test]
    fn an_idle_connection_owns_a_state_only_with_takeover() {
        for (parameters, owns) in [(PLAIN, false), (TAKEOVER, true)] {
            let mut inflate = Inflate::new(parameters);
            assert!(inflate.state.is_none());
            text(&mut inflate, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
            assert_eq!(inflate.state.is_some(), owns);
        }
    }
}
