//! C12, C13, C14, C17: the endings, each named after its row in the table.

use ws_tests::deflate::deflate;
use ws_tests::raw::{BINARY, CLOSE, CONTINUATION, PING, TEXT, frame};

use super::subject::{Act, check};

macro_rules! endings {
    ($($name:ident: $path:literal, $act:expr, $reason:literal, $code:expr, $error:expr;)*) => { $(
        #[tokio::test]
        async fn $name() {
            check(stringify!($name), $path, $act, $reason, $code, $error).await;
        }
    )* };
}

/// A frame of one byte of payload, with `first` as its first byte.
fn odd(first: u8) -> Act {
    let mut frame = frame(true, TEXT, b"x");
    frame[0] = first;
    Act::Bytes(frame)
}

/// A message with these fragments.
fn fragments(parts: &[&[u8]]) -> Act {
    let count = parts.len();
    let frames = parts.iter().enumerate().map(|(number, part)| {
        frame(number + 1 == count, if number == 0 { BINARY } else { CONTINUATION }, part)
    });
    Act::Bytes(frames.collect::<Vec<_>>().concat())
}

fn compressed(payload: &[u8]) -> Act {
    let mut frame = frame(true, BINARY, payload);
    frame[0] |= 0x40;
    Act::Bytes(frame)
}

// The server ends the connection. At `-` the handler does nothing.
endings! {
    // RFC 6455 7.1.2: "an endpoint MUST send a Close control frame … whose status code is set to /code/ and whose close
    // reason is set to /reason/."
    c12_a_reply_closes: "/end/text/reply", Act::Frame(TEXT, b"x"), "4001 kicked", Some(4001), None;
    // RFC 6455 5.5.1: "The application MUST NOT send any more data frames after sending a Close frame."
    c6_a_list_of_replies_closes: "/end/text/list", Act::Frame(TEXT, b"x"), "4001 kicked", Some(4001), None;
    c12_a_close_as_the_error_closes: "/end/text/close_err", Act::Frame(TEXT, b"x"), "4001 kicked", Some(4001), None;
    c12_the_context_closes: "/end/text/cx", Act::Frame(TEXT, b"x"), "4001 kicked", Some(4001), None;
    c12_the_socket_closes: "/end/-/-", Act::SocketClose, "4001 kicked", Some(4001), None;
    c12_a_reply_closes_as: "/end/text/close_as", Act::Frame(TEXT, b"x"), "enough", None, None;
    c12_the_client_does_not_answer_the_close_frame: "/hasty/text/reply", Act::Unanswered, "4001 kicked", Some(4001), None;
    c12_a_callback_fails: "/end/info/err", Act::Info, "callback `notified` failed: no at info", None, Some("notified");
    c14_a_callback_panics: "/end/info/panic", Act::Info, "callback `notified` panicked: boom at info (", None, Some("notified");
    c14_spawned_work_panics: "/end/-/spawned_panic", Act::Frame(TEXT, b"x"), "callback `received` panicked: boom in \
                                                                              spawned work (", None, Some("received");
    c13_too_much_waits_for_the_client: "/end/-/-", Act::Flood, "queue is full", None, None;
    c13_the_client_is_idle: "/idle/-/-", Act::Nothing, "idle", None, None;
    c17_a_message_is_not_whole_in_time: "/hasty/-/-", Act::Bytes(frame(false, TEXT, b"x")), "150ms", None, None;
    c17_the_client_sends_too_fast: "/slow/-/-", Act::Bytes(frame(true, TEXT, b"x").repeat(9)), "more than 1 messages", None, None;
    c17_the_clients_of_an_address_send_too_fast: "/shared/-/-", Act::Bytes(frame(true, TEXT, b"x").repeat(9)), "more than 1 messages", None, None;
    c12_the_credentials_expire: "/end/text/expire", Act::Frame(TEXT, b"x"), "the credentials have expired", None, None;
    c12_the_client_takes_nothing: "/hasty/text/flood", Act::Deaf, "the client accepted no data for 150ms", None, None;
}

// The client ends the connection.
endings! {
    // RFC 6455 5.5.1: "The Close frame MAY contain a body (the 'Application data' portion of the frame)"
    // RFC 6455 5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint
    // MUST send a Close frame in response."
    // RFC 6455 5.5.1: "After both sending and receiving a Close message, an endpoint … MUST close the underlying TCP
    // connection."
    c12_the_client_closes_with_a_code: "/end/-/-", Act::Frame(CLOSE, b"\x0f\xa1bye"), "4001 bye", Some(4001), None;
    // RFC 6455 5.5.1: "The Close frame MAY contain a body"
    c12_the_client_closes_without_a_code: "/end/-/-", Act::Frame(CLOSE, b""), "closed by the client", None, None;
    // RFC 6455 5.1: "The server MUST close the connection upon receiving a frame that is not masked."
    c12_a_proxy_closes_without_a_mask: "/end/-/-", Act::Bytes(b"\x88\x02\x03\xe9".to_vec()), "1001", Some(1001), None;
    // RFC 6455 7.1.1: "In abnormal cases … a client MAY initiate the TCP Close."
    c12_the_client_ends_the_stream_without_a_close_frame: "/end/-/-", Act::Cut, "lost", None, None;
    // RFC 6455 7.1.1: "An endpoint MAY close the connection via any means available when necessary, such as when under
    // attack."
    c12_the_client_resets_the_stream: "/end/-/-", Act::Reset, "lost", None, None;
}

// The client violates the protocol or a limit.
// RFC 6455 7.1.7: "to do so, the server MUST _Close the WebSocket Connection_"
// RFC 6455 7.1.7: "and SHOULD log the problem."
// RFC 6455 7.1.7: "the endpoint SHOULD send a Close frame with an appropriate status code (Section 7.4) before
// proceeding to _Close the WebSocket Connection_."
endings! {
    // RFC 6455 5.1: "The server MUST close the connection upon receiving a frame that is not masked."
    c13_a_frame_without_a_mask: "/end/-/-", Act::Bytes(b"\x81\x02hi".to_vec()), "mask", None, None;
    // RFC 6455 5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
    c13_a_reserved_opcode: "/end/-/-", odd(0x83), "opcode 3", None, None;
    c13_a_reserved_control_opcode: "/end/-/-", odd(0x8b), "opcode 11", None, None;
    // RFC 6455 5.2: "If a nonzero value is received and none of the negotiated extensions defines the meaning of such a
    // nonzero value, the receiving endpoint MUST _Fail the WebSocket Connection_."
    c13_a_reserved_bit: "/end/-/-", odd(0xc1), "bit", None, None;
    // RFC 6455 5.2: "the minimal number of bytes MUST be used to encode the length"
    c13_a_length_that_is_not_written_in_the_fewest_bytes: "/end/-/-", Act::Bytes(b"\x82\xfe\0\x05".to_vec()), "minimally", None, None;
    c13_a_length_with_its_top_bit_set: "/end/-/-", Act::Bytes(b"\x82\xff\x80\0\0\0\0\0\0\0".to_vec()), "top bit", None, None;
    // RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or less"
    c13_a_control_frame_too_long: "/end/-/-", Act::Bytes(frame(true, PING, &[0; 126])), "125", None, None;
    // RFC 6455 5.4: "Control frames themselves MUST NOT be fragmented."
    // RFC 6455 5.5: "All control frames … MUST NOT be fragmented."
    c13_a_control_frame_in_fragments: "/end/-/-", odd(0x09), "fragmented", None, None;
    c13_a_continuation_of_nothing: "/end/-/-", odd(0x80), "continuation", None, None;
    // RFC 6455 5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message"
    c13_a_message_before_the_last_one_was_whole: "/end/-/-", Act::Bytes([frame(false, TEXT, b"x"), frame(true, TEXT, b"x")].concat()), "within a fragmented", None, None;
    // RFC 6455 5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer (in
    // network byte order)"
    c13_a_close_frame_of_one_byte: "/end/-/-", odd(0x88), "one-byte", None, None;
    c13_a_close_code_that_may_not_be_sent: "/end/-/-", Act::Frame(CLOSE, b"\x03\xee"), "1006", None, None;
    c13_a_close_reason_that_is_not_utf_8: "/end/-/-", Act::Frame(CLOSE, b"\x03\xe8\xff"), "reason", None, None;
    // RFC 6455 8.1: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in
    // fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_."
    c13_text_that_is_not_utf_8: "/end/-/-", Act::Frame(TEXT, b"\xff\xff"), "text", None, None;
    c13_a_compressed_message_that_cannot_be_inflated: "/compressed/-/-", compressed(&[0x06, 0, 0]), "compressed data", None, None;
    c13_json_that_its_callback_cannot_take: "/numbers", Act::Frame(TEXT, b"[1, -2]"), "line 1", None, None;
    c17_a_frame_too_big: "/end/-/-", Act::Frame(BINARY, &[0; 901]), "900 bytes", None, None;
    c17_a_message_too_big_in_its_fragments: "/end/-/-", fragments(&[&[0; 900], &[0; 101]]), "1000 bytes", None, None;
    c17_a_message_too_big_when_inflated: "/compressed/-/-", compressed(&deflate(&[0; 1001])), "1000 bytes", None, None;
    c17_too_many_fragments: "/end/-/-", fragments(&[b"", b"", b"", b""]), "3 fragments", None, None;
}
