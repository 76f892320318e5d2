//! Each protocol error, with the shortest bytes that cause it. It occurs at the last of them, and not before.

use super::client::{Form, Frame, bytes, frame};
use crate::protocol::FrameLimits;
use crate::protocol::ProtocolError::{self, *};
use crate::protocol::deflate::Negotiated;
use crate::protocol::oracle::{End, Splits, receive};

fn limits() -> FrameLimits {
    FrameLimits { message: 1_000, frame: 600, fragments: 3 }
}

/// Checks that `bytes` after `before` fail with `error` at their last byte, however they are split.
fn fails(before: &[u8], bytes: &[u8], negotiated: Option<Negotiated>, error: ProtocolError) {
    let all = [before, bytes].concat();
    for sizes in [&[][..], &[1], &[before.len().max(1), 1]] {
        for direct in [0, 0xff] {
            let splits = Splits { sizes, direct };
            let end = |bytes| receive(bytes, splits, &limits(), negotiated).end;
            assert_eq!(end(&all), End::Failed(error), "{bytes:x?} in {splits:?}");
            assert_eq!(end(&all[..all.len() - 1]), End::Open, "{bytes:x?} in {splits:?}");
        }
    }
}

#[test]
fn each_error_is_found_at_the_first_byte_that_shows_it() {
    let mut long = frame(0x81, &[b'x'; 300]);
    long.truncate(8 + 10);
    let in_message = frame(0x01, b"begun");
    let three = bytes(&[Frame::new(0x01, "a"), Frame::new(0x00, "b"), Frame::new(0x00, "c")]);
    let almost_full = bytes(&[Frame::new(0x02, [7; 600]), Frame::new(0x00, [7; 390])]);
    let table: &[(&[u8], &[u8], ProtocolError)] = &[
        // A frame that is too large, a message that is too large, and lengths in eight bytes.
        (b"", &[0x82, 0xfe, 0x02, 0x59], TooBig(600)),
        (&almost_full, &[0x80, 0x8b], TooBig(1_000)),
        (b"", &[0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0], TooBig(600)),
        (b"", &[0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], TooBig(600)),
        (&three, &[0x80, 0x80], TooManyFragments(3)),
        (&three, &[0x00, 0x80], TooManyFragments(3)),
        (b"", &[0x81, 0x00], Unmasked),
        (b"", &[0x89, 0x7d], Unmasked),
        (&in_message, &[0x80, 0x00], Unmasked),
        (b"", &[0xc1], ReservedBit),
        (b"", &[0xa2], ReservedBit),
        (b"", &[0x91], ReservedBit),
        (b"", &[0xc9], ReservedBit),
        (&in_message, &[0xc0], ReservedBit),
        (b"", &[0x83], ReservedOpcode(3)),
        (b"", &[0x07], ReservedOpcode(7)),
        (b"", &[0x8b], ReservedOpcode(11)),
        (&in_message, &[0x0f], ReservedOpcode(15)),
        (b"", &[0x82, 0xfe, 0, 125], LengthNotMinimal),
        (&in_message, &[0x80, 0xfe, 0, 0], LengthNotMinimal),
        (b"", &[0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff], LengthNotMinimal),
        (b"", &[0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], LengthTopBit),
        (b"", &[0x89, 0xfe], ControlTooLong),
        (b"", &[0x88, 0xff], ControlTooLong),
        (b"", &[0x09], ControlFragmented),
        (&in_message, &[0x08], ControlFragmented),
        (b"", &[0x80], NothingToContinue),
        (b"", &[0x00], NothingToContinue),
        (&in_message, &[0x81], MessageNotFinished),
        (&in_message, &[0x02], MessageNotFinished),
        (b"", &[0x88, 0x81], CloseTooShort),
        (b"", &[0x88, 0x01], CloseTooShort),
        (b"", &[0x88, 0x7e], ControlTooLong),
        (b"", &[0x88, 0x02, 0, 0], CloseCode(0)),
        (b"", &frame(0x88, &1005_u16.to_be_bytes()), CloseCode(1005)),
        (b"", &frame(0x88, &0_u16.to_be_bytes()), CloseCode(0)),
        (b"", &frame(0x88, b"\x03\xe8\xff"), CloseReason),
        (b"", &frame(0x81, b"\xff"), InvalidUtf8),
        // The start of a surrogate, and a byte that cannot follow the start of a character.
        (&in_message, &frame(0x00, b"\xed\xa0"), InvalidUtf8),
        (&frame(0x01, b"\xe2\x82"), &frame(0x80, b"x"), InvalidUtf8),
        // A message that ends within a character.
        (&in_message, &frame(0x80, b"\xe2\x82"), InvalidUtf8),
        (&frame(0x01, b"\xe2\x82"), &[0x80, 0x80, 0, 0, 0, 0], InvalidUtf8),
        // In the middle of an incomplete frame.
        (&long, &[0xff], InvalidUtf8),
    ];
    for (before, bytes, error) in table {
        fails(before, bytes, None, *error);
    }
}

/// This holds for frames that are complete in the read buffer too.
#[test]
fn a_length_in_more_bytes_than_it_needs_is_refused_with_any_payload() {
    for form in [Form::Medium, Form::Long] {
        for len in 0..=126 {
            let payload = vec![b'x'; len];
            let whole = bytes(&[Frame { form, ..Frame::new(0x81, payload) }]);
            let is_shortest = len == 126 && matches!(form, Form::Medium);
            let end = if is_shortest { End::Open } else { End::Failed(LengthNotMinimal) };
            assert_eq!(receive(&whole, Splits::WHOLE, &limits(), None).end, end, "{form:?} {len}");
        }
    }
}

#[cfg(feature = "compression")]
#[test]
fn each_error_of_compressed_messages_is_found_at_the_first_byte_that_shows_it() {
    let begun = frame(0x41, &[0x0a]);
    let negotiated = Some(super::deflate::negotiated(false));
    let table: &[(&[u8], &[u8], ProtocolError)] = &[
        // A reserved type of block, in an incomplete frame.
        (&[0xc2, 0x85, 0, 0, 0, 0], &[0x06], CorruptDeflate),
        // A message that ends within a stored block.
        (b"", &frame(0xc2, &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48]), CorruptDeflate),
        (b"", &[0xe1], ReservedBit),
        (b"", &[0xc9], ReservedBit),
        (b"", &[0xc0], ReservedBit),
        (&begun, &[0xc0], ReservedBit),
        (&begun, &[0x40], ReservedBit),
    ];
    for (before, bytes, error) in table {
        fails(before, bytes, negotiated, *error);
    }
}
