//! Fuzzes compressed payloads. For any way to cut a payload into frames, the same message must come back, and it must
//! match the result of another inflater. A message that another deflater compresses must come back unchanged. The
//! fuzzer's data is the lengths of the frames, then the payload of one binary message.
#![no_main]

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress, Status};
use libfuzzer_sys::fuzz_target;
use ws_core::Compression;
use ws_core::prelude::*;
use ws_fuzz::{Peer, Sent, cut, frames, handshake, pieces};

const LARGEST: usize = 16 << 10;

#[websocket("/echo", max_message_size = "16KiB")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

/// Inflates the payload. Returns `None` unless it is one deflate stream without a last block, of at most `LARGEST`
/// bytes.
fn inflated(payload: &[u8]) -> Option<Vec<u8>> {
    let mut message = Vec::with_capacity(LARGEST + 1);
    let mut inflater = Decompress::new(false);
    let whole = [payload, &[0, 0, 0xff, 0xff]].concat();
    let status = inflater.decompress_vec(&whole, &mut message, FlushDecompress::Sync).ok()?;
    let all = inflater.total_in() == whole.len() as u64;
    (all && status != Status::StreamEnd && message.len() <= LARGEST).then_some(message)
}

/// Compresses the message with flate2, and removes the end (RFC 7692 7.2.1).
fn deflated(message: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(message.len() + 64 + message.len() / 8);
    let mut deflater = Compress::new(flate2::Compression::fast(), false);
    deflater.compress_vec(message, &mut payload, FlushCompress::Sync).expect("room");
    assert_eq!(payload.split_off(payload.len() - 4), [0, 0, 0xff, 0xff]);
    payload
}

/// Returns the frames of one compressed binary message. The mask is zero.
fn compressed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let fin = if at + 1 == parts.len() { 0x80 } else { 0 };
        bytes.push(fin | if at == 0 { 0x42 } else { 0 });
        // The shortest encoding of the length.
        match u8::try_from(part.len()) {
            Ok(length @ ..126) => bytes.push(0x80 | length),
            _ => {
                bytes.push(0x80 | 126);
                bytes.extend_from_slice(&u16::try_from(part.len()).expect("a short piece").to_be_bytes());
            }
        }
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(part);
    }
    bytes
}

thread_local! {
    /// Compresses no reply, so that `frames` can read it.
    static PEER: Peer = Peer::new(App::discover().compress(Compression::new().min(LARGEST + 1)));
}

fuzz_target!(|data: &[u8]| {
    let Some((lengths, payload)) = pieces(data) else { return };
    if payload.len() > usize::from(u16::MAX) {
        return;
    }
    let request = handshake("/echo", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    let replies = |parts: &[&[u8]]| {
        let bytes = compressed(parts);
        let answer = PEER.with(|peer| peer.talk([&request[..], &bytes].into_iter()));
        let agreed = answer.header("sec-websocket-extensions").unwrap_or_default();
        assert!(agreed.starts_with("permessage-deflate"), "{}", answer.head);
        frames(&answer.rest)
    };
    let whole = replies(&[payload]);
    assert_eq!(whole, replies(&cut(&lengths, payload)), "in one frame, and in frames of {lengths:?}");
    // ws-core rejects a payload that ends within a block; flate2 waits for the rest. Compare only if both succeed.
    if let [Sent::Message(_, message), ..] = &whole[..] {
        assert!(inflated(payload).is_none_or(|wanted| wanted == *message), "differs from the other inflater");
    }
    if payload.len() <= LARGEST {
        let back = replies(&cut(&lengths, &deflated(payload)));
        assert!(back == [Sent::Message(2, payload.to_vec())], "differs from the deflated payload");
    }
});
