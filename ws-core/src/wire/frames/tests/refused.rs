//! What is refused, and how it ends.

use super::*;

/// What comes after a whole message and a beginning of the next one, in any pieces: only the message comes out.
fn end_of(input: &[u8], limits: &Limits, deflate: bool) -> String {
    let good = frame(0x81, b"good");
    let input = [&good, input].concat();
    let mut ends = Vec::new();
    for (early, sizes) in [(0, &[][..]), (0, &[1]), (0, &[7, 2]), (input.len(), &[]), (3, &[5])] {
        let heard = all(over(&input, early, sizes, limits, deflate));
        assert_eq!(heard.messages, [Message::from("good")], "{sizes:?}");
        ends.push(heard.end);
    }
    ends.dedup();
    assert_eq!(ends.len(), 1, "{ends:?}");
    ends.remove(0)
}

#[test]
fn c13_what_breaks_the_protocol_says_how() {
    let open = frame(0x01, b"open");
    let after_open = |next: Vec<u8>| [open.clone(), next].concat();
    for (input, says) in [
        (vec![0x81, 0x02, b'h', b'i'], "a frame without a mask"),
        (frame(0xc1, b""), "a frame with a reserved bit"),
        (frame(0xa1, b""), "a frame with a reserved bit"),
        (frame(0x99, b""), "a frame with a reserved bit"),
        (frame(0x83, b"x"), "a frame with the reserved opcode 3"),
        (frame(0x07, b"x"), "a frame with the reserved opcode 7"),
        (frame(0x8b, b"x"), "a frame with the reserved opcode 11"),
        (frame(0x8f, b"x"), "a frame with the reserved opcode 15"),
        (vec![0x82, 0xfe, 0, 125, 1, 2, 3, 4], "a frame whose length is not written in the fewest bytes"),
        (
            vec![0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
            "a frame whose length is not written in the fewest bytes",
        ),
        (
            vec![0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0],
            "a frame whose length is not written in the fewest bytes",
        ),
        (vec![0x89, 0xfe, 0, 126], "a control frame of more than 125 bytes"),
        (vec![0x88, 0xff], "a control frame of more than 125 bytes"),
        (frame(0x09, b"x"), "a control frame in fragments"),
        (frame(0x08, b""), "a control frame in fragments"),
        (frame(0x80, b"x"), "a continuation of no message"),
        (frame(0x00, b""), "a continuation of no message"),
        (after_open(frame(0x81, b"")), "a new message before the last one was whole"),
        (after_open(frame(0x02, b"x")), "a new message before the last one was whole"),
        (frame(0x88, &[3]), "a close frame of one byte"),
    ] {
        let says = format!("bad_frame: protocol error: {says}");
        assert_eq!(end_of(&input, &limits(), false), says, "{input:x?}");
        // The rest is not looked at.
        assert_eq!(end_of(&[input, vec![0xff; 100]].concat(), &limits(), false), says);
    }
}

#[test]
fn c13_a_close_code_is_known_as_it_came() {
    for code in 0..=u16::MAX {
        let input = frame(0x88, &[&code.to_be_bytes()[..], b"words"].concat());
        let end = all(over(&input, 0, &[], &limits(), false)).end;
        let expected = if matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
            format!("remote: closed by the client with {code} words")
        } else {
            format!("bad_frame: protocol error: a close frame with the code {code}, which may not be sent")
        };
        assert_eq!(end, expected);
    }
    assert_eq!(end_of(&frame(0x88, b""), &limits(), false), "remote: closed by the client");
    let not_utf_8 = frame(0x88, b"\x03\xe8\xc3(");
    assert_eq!(
        end_of(&not_utf_8, &limits(), false),
        "bad_encoding: bad data: a close reason that is not UTF-8"
    );
    let longest = "x".repeat(123);
    let close = frame(0x88, &[&b"\x03\xe8"[..], longest.as_bytes()].concat());
    assert_eq!(end_of(&close, &limits(), false), format!("remote: closed by the client with 1000 {longest}"));
}

#[test]
fn c17_the_limits_hold_from_the_header_on() {
    let limits =
        Limits { max_frame_size: 1000, max_message_size: 1500, max_fragments: 3, ..Limits::default() };
    let announcing = |first, len| frame(first, &vec![0; len])[..4].to_vec();
    let begun = frame(0x02, &[0; 1000]);
    let more = |next: Vec<u8>| [begun.clone(), frame(0x89, b"ping"), next].concat();
    for (input, says) in [
        (announcing(0x82, 1001), "bad_size: a message of more than 1000 bytes"),
        (
            vec![0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            "bad_size: a message of more than 1000 bytes",
        ),
    ] {
        assert_eq!(end_of(&input, &limits, false), says);
    }
    // A ping comes out before it.
    let heard = |input: Vec<u8>| all(over(&input, 0, &[9], &limits, false));
    assert_eq!(heard(more(announcing(0x80, 501))).end, "bad_size: a message of more than 1500 bytes");
    assert_eq!(heard(more(frame(0x80, &[0; 500]))).messages.len(), 2);
    let fragments = |count: usize| {
        let middle = frame(0x00, b"x").repeat(count - 2);
        [frame(0x01, b"x"), middle, frame(0x80, b"x"), frame(0x88, b"")].concat()
    };
    assert_eq!(heard(fragments(3)).messages, [Message::from("xxx")]);
    assert_eq!(heard(fragments(4)).end, "policy: more than is allowed: a message in more than 3 fragments");
    // Nor do empty ones go on for ever, or control frames count.
    let empty = [frame(0x01, b""), frame(0x00, b"").repeat(3)].concat();
    assert_eq!(heard(empty).end, "policy: more than is allowed: a message in more than 3 fragments");
    let pinged = [frame(0x01, b""), frame(0x89, b"").repeat(30), frame(0x80, b"")].concat();
    assert_eq!(heard(pinged).messages.len(), 31);
}

#[test]
fn c12_a_close_frame_or_the_end_of_the_stream_amid_a_message_ends_it() {
    let fragment = b"\xca\0";
    for (first, deflate) in [(0x02, false), (0x42, true)] {
        for open in [frame(first, b""), frame(first, fragment), frame(first, fragment)[..7].to_vec()] {
            let whole = open.len() != 7;
            let closed = [open.clone(), frame(0x88, b"\x03\xe8bye")].concat();
            if whole {
                assert_eq!(end_of(&closed, &limits(), deflate), "remote: closed by the client with 1000 bye");
            }
            assert_eq!(end_of(&open, &limits(), deflate), "lost: the connection was lost");
        }
    }
}
