//! Handshake requests, followed by early frames.

use proptest::prelude::*;
use ws_core::prelude::*;
use ws_core::{Compression, Route};
use ws_tests::raw::{CLOSE, HEADERS, PING, Raw, TEXT, frame, request};
use ws_tests::within;

use super::{Echo, answer, check, lengths, write};

fn app() -> App {
    App::new()
        .route(Route::new::<Echo>("/plain"))
        .route(Route::new::<Echo>("/compressed").compress(Compression::new()).subprotocols(["a", "chat"]))
}

type Request = (Vec<u8>, Vec<usize>);

fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["/plain", "/compressed", "/compressed?query=1"])
}

/// Headers that change the response to a handshake. With `refused`, also headers that cause a rejection.
fn more(refused: bool) -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let good = vec![
        ("Origin", "http://localhost"),
        ("Sec-WebSocket-Protocol", "chat, a"),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        ("Sec-WebSocket-Extensions", "x-other, permessage-deflate; server_max_window_bits=9"),
        ("User-Agent", "a test"),
        ("Cookie", "a=1; b=2"),
    ];
    let bad = vec![
        ("Origin", "http://elsewhere.example"),
        ("Sec-WebSocket-Version", "99"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Key", "short"),
    ];
    let good = prop::sample::subsequence(good, 0..=5);
    let bad = prop::sample::subsequence(bad, if refused { 1..=4 } else { 0..=0 });
    (good, bad).prop_map(|(good, bad)| [good, bad].concat())
}

fn written(refused: bool) -> impl Strategy<Value = Request> {
    (path(), more(refused), lengths()).prop_map(|(path, more, lengths)| {
        // A repeated version, key or subprotocol is rejected.
        let offers = more.iter().any(|(name, _)| *name == "Sec-WebSocket-Protocol");
        let chosen: &[_] =
            if path == "/plain" || offers { &[] } else { &[("Sec-WebSocket-Protocol", "chat")] };
        (request("GET", path, &[&HEADERS[..], &more, chosen].concat()), lengths)
    })
}

/// Returns the response without its date.
fn timeless(answer: &[u8]) -> Vec<u8> {
    let date = answer.windows(7).position(|seven| seven.eq_ignore_ascii_case(b"\r\ndate:"));
    let date = date.expect("a `Date` header") + 2;
    let line = answer[date..].iter().position(|byte| *byte == b'\n').expect("a line");
    [&answer[..date], &answer[date + line + 1..]].concat()
}

fn early() -> impl Strategy<Value = Vec<u8>> {
    let one = prop_oneof![
        "[a-zä€😀]{0,300}".prop_map(|text| frame(true, TEXT, text.as_bytes())),
        prop::collection::vec(any::<u8>(), 0..126).prop_map(|payload| frame(true, PING, &payload)),
        (0_usize..30_000).prop_map(|length| frame(true, TEXT, &vec![b'x'; length])),
    ];
    prop::collection::vec(one, 0..6)
        .prop_map(|frames| [frames.concat(), frame(true, CLOSE, b"\x0f\xa0")].concat())
}

#[test]
fn any_split_of_a_request_and_early_frames_is_answered_the_same() {
    check(app(), 64, &(written(false), early()), &async |server, ((request, lengths), early)| {
        let bytes = [request, early].concat();
        let whole = answer(server, &bytes, &[usize::MAX]).await;
        let split = answer(server, &bytes, &lengths).await;
        prop_assert!(whole.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&whole));
        prop_assert!(whole.ends_with(b"\x88\x02\x0f\xa0"), "the close frame");
        prop_assert!(timeless(&whole) == timeless(&split), "in pieces of {lengths:?}");
        Ok(())
    });
}

#[test]
fn c15_any_split_of_a_request_that_is_refused_is_refused_the_same() {
    check(app(), 64, &written(true), &async |server, (request, lengths)| {
        let mut answers = Vec::new();
        for lengths in [&[usize::MAX][..], &lengths] {
            let mut raw = Raw::open(server.addr).await;
            within(write(&mut raw.stream, &request, lengths)).await;
            let response = raw.response().await;
            prop_assert!([400, 403, 426].contains(&response.status), "{response:?}");
            answers.push((timeless(response.head.as_bytes()), response.body));
        }
        prop_assert_eq!(&answers[0], &answers[1]);
        Ok(())
    });
}
