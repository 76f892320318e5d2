//! Follows the frame headers (RFC 6455 5.2) in the bytes that pass, whatever pieces they arrive in.

/// Why a frame is refused by its header alone, before anything is reserved for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Its message is over the limit.
    #[error("a message of more than {0} bytes")]
    TooBig(u64),
    /// A control frame of more than 125 bytes.
    #[error("a control frame of more than 125 bytes")]
    LongControl,
}

/// Where the bytes so far have led to.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    /// The header so far, its mask left out: two bytes and the extended length.
    header: [u8; 10],
    have: usize,
    /// Mask and payload still to come.
    left: u64,
    /// Payload bytes of the data message under way, as announced.
    message: u64,
    /// A data message waits for its final fragment.
    open: bool,
}

impl Headers {
    /// Follows `chunk`. Where a header is refused, the error says why, and how many bytes of the chunk come before it.
    pub(crate) fn follow(&mut self, chunk: &[u8], limit: u64) -> Result<(), (usize, Refusal)> {
        let mut at = 0;
        let mut started = 0;
        while at < chunk.len() {
            if self.left > 0 {
                let here = (chunk.len() - at) as u64;
                let skipped = self.left.min(here);
                self.left -= skipped;
                // Never more than the chunk's length.
                at += usize::try_from(skipped).unwrap_or(chunk.len());
                continue;
            }
            if self.have == 0 {
                started = at;
            }
            self.header[self.have] = chunk[at];
            self.have += 1;
            at += 1;
            if self.have == self.wanted() {
                self.complete(limit).map_err(|refusal| (started, refusal))?;
            }
        }
        Ok(())
    }

    /// Whether everything so far is whole: no frame and no fragmented message is under way.
    pub(crate) const fn at_rest(&self) -> bool {
        self.left == 0 && self.have == 0 && !self.open
    }

    /// How many bytes the header has, as far as that is known.
    const fn wanted(&self) -> usize {
        if self.have < 2 {
            return 2;
        }
        match self.header[1] & 0x7f {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }

    /// The header is whole.
    fn complete(&mut self, limit: u64) -> Result<(), Refusal> {
        let [first, second, rest @ ..] = self.header;
        let len = match second & 0x7f {
            126 => u64::from(u16::from_be_bytes([rest[0], rest[1]])),
            127 => u64::from_be_bytes(rest),
            short => u64::from(short),
        };
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        self.have = 0;
        self.left = len.saturating_add(mask);
        let opcode = first & 0x0f;
        if opcode >= 8 {
            return if len > 125 { Err(Refusal::LongControl) } else { Ok(()) };
        }
        self.open = first & 0x80 == 0;
        self.message = if opcode == 0 { self.message.saturating_add(len) } else { len };
        if self.message > limit { Err(Refusal::TooBig(limit)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, len: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match len {
            0..126 => frame.push(0x80 | u8::try_from(len).unwrap()),
            126..0x1_0000 => {
                frame.push(0xfe);
                frame.extend(u16::try_from(len).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(0xff);
                frame.extend((len as u64).to_be_bytes());
            }
        }
        frame.extend(vec![7; 4 + len]);
        frame
    }

    /// A message of 60,000 + 5 + 70,000 bytes with a ping inside, then a small one.
    fn input() -> Vec<u8> {
        [frame(0x01, 60_000), frame(0x00, 5), frame(0x89, 3), frame(0x80, 70_000), frame(0x82, 1)].concat()
    }

    #[test]
    fn any_split_leads_to_the_same_place() {
        for size in [1, 2, 3, 7, 4096, 1 << 20] {
            let mut headers = Headers::default();
            for chunk in input().chunks(size) {
                headers.follow(chunk, 130_005).unwrap();
            }
            assert!(headers.at_rest(), "{size}");
        }
    }

    #[test]
    fn nothing_is_at_rest_within_a_frame_or_between_fragments() {
        let mut headers = Headers::default();
        assert!(headers.at_rest());
        for part in [&frame(0x01, 2)[..], &[0x80], &[0x81, 1, 2, 3, 4]] {
            headers.follow(part, 10).unwrap();
            assert!(!headers.at_rest());
        }
        headers.follow(&[9], 10).unwrap();
        assert!(headers.at_rest());
    }

    #[test]
    fn c17_the_limit_holds_over_fragments_and_from_the_header_on() {
        let input = input();
        let before = frame(0x01, 60_000).len() + frame(0x00, 5).len() + frame(0x89, 3).len();
        assert_eq!(Headers::default().follow(&input, 130_004), Err((before, Refusal::TooBig(130_004))));
        let mut huge = vec![0x82, 0xff];
        huge.extend(u64::MAX.to_be_bytes());
        let limit = u64::MAX - 1;
        assert_eq!(Headers::default().follow(&huge, limit), Err((0, Refusal::TooBig(limit))));
    }

    #[test]
    fn a_control_frame_that_announces_more_than_125_bytes_is_refused_at_its_header() {
        let mut ping = vec![0x89, 0xff];
        ping.extend((1_u64 << 46).to_be_bytes());
        assert_eq!(Headers::default().follow(&ping, u64::MAX), Err((0, Refusal::LongControl)));
        assert_eq!(Headers::default().follow(&frame(0x89, 125), 1), Ok(()));
        assert_eq!(Headers::default().follow(&frame(0x8a, 126), 1), Err((0, Refusal::LongControl)));
    }
}
