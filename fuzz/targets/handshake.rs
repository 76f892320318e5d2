//! Fuzzes the headers of a handshake that comes through a trusted proxy. The answer must be the upgrade or a rejection
//! with a reason. It must not accept an extension that was not offered, or report a client address that no header
//! named. The fuzzer's lines are the values of the headers below; empty values are left out.
#![no_main]

use std::net::SocketAddr;

use axum::http::{HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use ws_core::prelude::*;
use ws_fuzz::{FROM, Peer};

#[websocket("/fuzz", subprotocols = ["a", "chat.v1"], origins = ["https://example.com", "https://*.example.org"])]
struct Fuzz;

/// The response header that returns the client address as the handler sees it.
const CLIENT: &str = "x-client";

#[websocket]
impl Fuzz {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        let client = upgrade.peer_addr().expect("the server knows it").to_string();
        let client = HeaderValue::try_from(client).expect("an address is a value");
        upgrade.header(HeaderName::from_static(CLIENT), client);
        Self
    }
}

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
    /// Trusts the proxy, so that the server reads the headers of proxies.
    static PEER: Peer = Peer::new(App::discover().trusted_proxies(["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"]));
}

fuzz_target!(|data: &[u8]| {
    let mut request = b"GET /fuzz HTTP/1.1\r\nUpgrade: websocket\r\n".to_vec();
    let (mut offered, mut named) = (Vec::new(), false);
    for (name, value) in HEADERS.iter().zip(data.split(|&byte| byte == b'\n')) {
        // hyper rejects these values before ws-core sees them.
        if value.is_empty() || value.iter().any(|&byte| byte == 0x7f || (byte < b' ' && byte != b'\t')) {
            continue;
        }
        request.extend_from_slice(name.as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value);
        request.extend_from_slice(b"\r\n");
        named |= matches!(*name, "Forwarded" | "X-Forwarded-For");
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
            let client: SocketAddr = answer.header(CLIENT).expect("a client").parse().expect("an address");
            assert!(named || client == FROM, "nobody named {client}");
            for extension in extensions.iter().flat_map(|agreed| agreed.split(',')) {
                let name = extension.split(';').next().unwrap_or_default().trim();
                assert_eq!(name, "permessage-deflate", "{}", answer.head);
                assert!(offered.windows(name.len()).any(|window| window == name.as_bytes()), "not offered");
            }
        }
        400 | 403 | 426 => {
            assert_eq!(extensions, None, "{}", answer.head);
            assert!(!answer.rest.is_empty(), "a refusal that has no reason: {}", answer.head);
        }
        _ => panic!("{}", answer.head),
    }
});
