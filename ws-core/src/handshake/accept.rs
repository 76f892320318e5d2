//! The `Sec-WebSocket-Accept` value (RFC 6455 4.2.2), which the server sends and the client checks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use sha1_smol::Sha1;

/// Returns the `Sec-WebSocket-Accept` value for a `Sec-WebSocket-Key`.
pub(crate) fn accept(key: &HeaderValue) -> HeaderValue {
    let mut sha1 = Sha1::new();
    sha1.update(key.as_bytes());
    sha1.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let mut accept = [0; 28];
    let encoded = STANDARD.encode_slice(sha1.digest().bytes(), &mut accept);
    debug_assert_eq!(encoded, Ok(accept.len()), "20 bytes");
    HeaderValue::from_bytes(&accept).expect("base64 is a header value")
}
