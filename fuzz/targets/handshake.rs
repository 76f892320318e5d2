//! Headers of the handshake: the answer is the upgrade or a refusal that says why, and never more than was offered. The
//! fuzzer's lines are the values of the headers below; what is empty is left out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ws_core::prelude::*;
use ws_fuzz::Peer;

#[websocket("/fuzz", subprotocols = ["a", "chat.v1"], origins = ["https://example.com", "https://*.example.org"])]
#[derive(Default)]
struct Fuzz;

#[websocket]
impl Fuzz {}

const HEADERS: [&str; 12] = [
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Extensions",
    "Origin",
    "Sec-WebSocket-Origin",
    "Host",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Key",
    "Connection",
];

thread_local! {
    static PEER: Peer = Peer::new(App::linked());
}

fuzz_target!(|data: &[u8]| {
    let mut request = b"GET /fuzz HTTP/1.1\r\nUpgrade: websocket\r\n".to_vec();
    let mut offered = Vec::new();
    for (name, value) in HEADERS.iter().zip(data.split(|&byte| byte == b'\n')) {
        // What hyper itself refuses is not ours to see.
        if value.is_empty() || value.iter().any(|&byte| byte == 0x7f || (byte < b' ' && byte != b'\t')) {
            continue;
        }
        request.extend_from_slice(name.as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value);
        request.extend_from_slice(b"\r\n");
        if *name == "Sec-WebSocket-Extensions" {
            offered.extend_from_slice(&value.to_ascii_lowercase());
        }
    }
    request.extend_from_slice(b"\r\n");

    let answer = PEER.with(|peer| peer.talk(std::iter::once(&request[..])));
    let extensions = answer.header("sec-websocket-extensions");
    match answer.status() {
        101 => {
            assert!(answer.header("sec-websocket-accept").is_some(), "{}", answer.head);
            for extension in extensions.iter().flat_map(|agreed| agreed.split(',')) {
                let name = extension.split(';').next().unwrap_or_default().trim();
                assert_eq!(name, "permessage-deflate", "{}", answer.head);
                assert!(offered.windows(name.len()).any(|window| window == name.as_bytes()), "not offered");
            }
        }
        400 | 403 | 426 => {
            assert_eq!(extensions, None, "{}", answer.head);
            assert!(!answer.rest.is_empty(), "a refusal that does not say why: {}", answer.head);
        }
        _ => panic!("{}", answer.head),
    }
});
