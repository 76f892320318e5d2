//! The memory that a client can make a connection allocate: no more than arrives and, of compressed data, no more than
//! the limit.

use allocation_counter::{AllocationInfo, measure};

use super::client::frame;
use crate::protocol::FrameLimits;
use crate::protocol::header::{BINARY, FIN, MASKED, TEXT};
use crate::protocol::oracle::{End, Received, Splits, receive};

const ANNOUNCED: u64 = 64 << 20;

fn limits() -> FrameLimits {
    FrameLimits { message: 64 << 20, frame: 64 << 20, ..FrameLimits::default() }
}

/// Returns the header of a frame of 64 MiB, and `len` bytes of its payload.
fn begun(first: u8, len: usize) -> Vec<u8> {
    [&[first, MASKED | 0x7f][..], &ANNOUNCED.to_be_bytes(), &[0; 4], &vec![b'x'; len]].concat()
}

fn measured(receive: impl FnOnce() -> Received) -> (Received, AllocationInfo) {
    let mut received = Received::default();
    let info = measure(|| received = receive());
    (received, info)
}

#[test]
fn a_header_reserves_nothing_to_speak_of() {
    for first in [FIN | BINARY, FIN | TEXT, BINARY, TEXT] {
        for (len, most) in [(0, 1 << 10), (1, 6 << 10)] {
            for direct in [0, 0xff] {
                let bytes = begun(first, len);
                let splits = Splits { sizes: &[14], direct };
                let (received, info) = measured(|| receive(&bytes, splits, &limits(), None));
                assert_eq!(received.end, End::Open);
                assert!(info.bytes_max < most, "{first:x} and {len} bytes: {info:?}");
            }
        }
    }
}

#[test]
fn memory_grows_with_the_bytes_received() {
    const LEN: usize = 1 << 20;
    for first in [FIN | BINARY, FIN | TEXT] {
        for direct in [0, 0xff] {
            let bytes = begun(first, LEN);
            let splits = Splits { sizes: &[4 << 10], direct };
            let (received, info) = measured(|| receive(&bytes, splits, &limits(), None));
            assert_eq!(received.end, End::Open);
            // The buffer doubles, and for a moment the old one and the new one both exist.
            assert!(info.bytes_max < 3 * LEN as u64 + (64 << 10), "{first:x}: {info:?}");
        }
    }
}

/// A buffer that grew by each fragment would be copied for each: 8 GiB for this message.
#[test]
fn many_small_fragments_cost_no_more_than_the_doublings() {
    const FRAGMENTS: usize = 16_384;
    for (first, direct) in [(BINARY, 0), (TEXT, 0), (BINARY, 0xff)] {
        let mut bytes = frame(first, &[b'x'; 64]);
        bytes.extend(frame(0, &[b'x'; 64]).repeat(FRAGMENTS - 2));
        let limits = FrameLimits { message: FRAGMENTS * 64, ..limits() };
        let (received, info) =
            measured(|| receive(&bytes, Splits { sizes: &[4 << 10], direct }, &limits, None));
        assert_eq!(received.end, End::Open);
        assert!(info.bytes_total < 4 << 20, "{info:?}");
        assert!(info.bytes_max < 7 << 18, "the last doubling stops at the limit: {info:?}");
    }
}

/// The last doubling stops at the end of the frame.
#[test]
fn a_message_that_is_whole_has_no_spare_room() {
    const LEN: usize = (1 << 20) + 1;
    let bytes = frame(FIN | BINARY, &vec![7; LEN]);
    for direct in [0, 0xff] {
        let splits = Splits { sizes: &[4 << 10], direct };
        let (received, info) = measured(|| receive(&bytes, splits, &limits(), None));
        assert_eq!(received.messages.len(), 1);
        assert!(info.bytes_current < (1 << 20) + (4 << 10), "{info:?}");
    }
}

#[cfg(feature = "compression")]
mod compressed {
    use super::super::deflate::{compress, deflated, negotiated};
    use super::*;
    use crate::protocol::header::RSV1;
    use crate::protocol::{FrameLimits, Input, Protocol, ProtocolError};

    const LIMIT: usize = 100_000;

    #[test]
    fn a_small_message_keeps_nothing_larger_than_itself() {
        let compressed = deflated(&mut compress(), b"a message of 20 bytes");
        for bytes in [
            frame(FIN | RSV1 | BINARY, &compressed),
            frame(FIN | RSV1 | TEXT, &compressed),
            [frame(TEXT, b"a message "), frame(FIN, b"of 20 bytes")].concat(),
        ] {
            let hundred = bytes.repeat(100);
            let (received, info) =
                measured(|| receive(&hundred, Splits::WHOLE, &limits(), Some(negotiated(true))));
            assert_eq!(received.messages.len(), 100);
            assert!(info.bytes_current < 100 * 300, "{info:?}");
        }
    }

    fn bomb() -> Vec<u8> {
        frame(FIN | RSV1 | BINARY, &deflated(&mut compress(), &vec![b'x'; 20 << 20]))
    }

    #[test]
    fn a_compressed_header_reserves_nothing_to_speak_of() {
        let bytes = begun(FIN | RSV1 | BINARY, 0);
        let (received, info) = measured(|| receive(&bytes, Splits::WHOLE, &limits(), Some(negotiated(true))));
        assert_eq!(received.end, End::Open);
        assert!(info.bytes_max < 2 << 10, "{info:?}");
    }

    #[test]
    fn of_a_bomb_no_more_than_the_limit_is_inflated() {
        let limits = FrameLimits { message: LIMIT, ..limits() };
        let bytes = bomb();
        for sizes in [&[][..], &[1_000]] {
            let splits = Splits { sizes, direct: 0xff };
            let (received, info) = measured(|| receive(&bytes, splits, &limits, Some(negotiated(true))));
            assert_eq!(received.end, End::Failed(ProtocolError::TooBig(LIMIT)));
            // The state of zlib, the received bytes, and the payload with its doublings.
            assert!(info.bytes_total < 700_000, "{info:?}");
        }
    }

    #[test]
    fn a_bomb_after_our_close_frame_costs_nothing() {
        let mut bytes = bomb();
        let mut protocol = Protocol::new(limits(), Some(negotiated(true)));
        protocol.close(None);
        let info = measure(|| {
            let mut input = Input::new(&mut bytes);
            assert!(protocol.receive(&mut input).unwrap().is_none());
            assert!(input.rest().is_empty());
        });
        assert!(info.bytes_total < 2 << 10, "{info:?}");
    }
}
