//! C12, C14: each callback panics or returns an error. A panic in `#[init]` does not end a connection, because there is
//! none yet.

use ws_tests::raw::{BINARY, CLOSE, PING, PONG, TEXT};

use super::subject::{Act, check};

macro_rules! endings {
    ($($name:ident: $row:literal, $path:literal, $act:expr, $reason:literal, $error:expr;)*) => { $(
        #[tokio::test]
        async fn $name() {
            check($row, $path, $act, $reason, None, $error).await;
        }
    )* };
}

endings! {
    c12_open_closes: "a_reply_closes", "/end/open/reply", Act::Nothing, "4001 kicked", None;
    c14_open_panics: "a_callback_panics", "/end/open/panic", Act::Nothing, "callback `opened` panicked: boom at open (", Some("opened");
    c14_text_panics: "a_callback_panics", "/end/text/panic", Act::Frame(TEXT, b"x"), "callback `received` panicked: boom at text (", Some("received");
    c14_binary_panics: "a_callback_panics", "/end/binary/panic", Act::Frame(BINARY, b"x"), "callback `sent` panicked: boom at binary (", Some("sent");
    c14_ping_panics: "a_callback_panics", "/end/ping/panic", Act::Frame(PING, b"x"), "callback `pinged` panicked: boom at ping (", Some("pinged");
    c14_pong_panics: "a_callback_panics", "/end/pong/panic", Act::Frame(PONG, b"x"), "callback `ponged` panicked: boom at pong (", Some("ponged");
    c14_info_panics: "a_callback_panics", "/end/info/panic", Act::Info, "callback `notified` panicked: boom at info (", Some("notified");
    c14_handle_panics: "a_callback_panics", "/any/panic", Act::Frame(TEXT, b"x"), "callback `handled` panicked: boom at handle (", Some("handled");
    c14_terminate_panics: "the_client_closes_with_a_code", "/end/terminate/panic", Act::Frame(CLOSE, b"\x03\xe8"), "1000", Some("gone");
    c12_open_fails: "a_callback_fails", "/end/open/err", Act::Nothing, "callback `opened` failed: no at open", Some("opened");
    c12_text_fails: "a_callback_fails", "/end/text/err", Act::Frame(TEXT, b"x"), "callback `received` failed: no at text", Some("received");
    c12_binary_fails: "a_callback_fails", "/end/binary/err", Act::Frame(BINARY, b"x"), "callback `sent` failed: no at binary", Some("sent");
    c12_ping_fails: "a_callback_fails", "/end/ping/err", Act::Frame(PING, b"x"), "callback `pinged` failed: no at ping", Some("pinged");
    c12_pong_fails: "a_callback_fails", "/end/pong/err", Act::Frame(PONG, b"x"), "callback `ponged` failed: no at pong", Some("ponged");
    c12_info_fails: "a_callback_fails", "/end/info/err", Act::Info, "callback `notified` failed: no at info", Some("notified");
    c12_handle_fails: "a_callback_fails", "/any/err", Act::Frame(BINARY, b"x"), "callback `handled` failed: no at handle", Some("handled");
    c12_terminate_fails: "the_client_closes_with_a_code", "/end/terminate/err", Act::Frame(CLOSE, b"\x03\xe8"), "1000", Some("gone");
}
