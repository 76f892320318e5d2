//! permessage-deflate (RFC 7692) in frames, compared with flate2: [`receiving`] and [`sending`].

mod receiving;
mod sending;

use flate2::{Compress, Compression as Level, FlushCompress};

use super::client::{binary, text};
use crate::message::Message;
use crate::protocol::deflate::{Negotiated, Parameters};
use crate::protocol::{Compression, FrameLimits};

const LIMIT: usize = 100_000;

fn limits() -> FrameLimits {
    FrameLimits { message: LIMIT, frame: usize::MAX, ..FrameLimits::default() }
}

pub(super) fn negotiated(takeover: bool) -> Negotiated {
    let parameters = Parameters {
        server_no_context_takeover: !takeover,
        client_no_context_takeover: !takeover,
        server_max_window_bits: 15,
        client_max_window_bits: 15,
    };
    Negotiated { parameters, settings: Compression::new().min(64) }
}

pub(super) fn compress() -> Compress {
    Compress::new(Level::fast(), false)
}

/// Compresses a message as a client does (RFC 7692 7.2.1), with its earlier messages as the context.
pub(super) fn deflated(compress: &mut Compress, payload: &[u8]) -> Vec<u8> {
    if payload.is_empty() {
        // RFC 7692 7.2.3.6: a flush without input may produce no output.
        return vec![0];
    }
    let mut out = Vec::with_capacity(payload.len() * 5 / 4 + 1_000);
    compress.compress_vec(payload, &mut out, FlushCompress::Sync).unwrap();
    assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
    out.truncate(out.len() - 4);
    out
}

fn payload(is_text: bool, size: usize, seed: usize) -> Vec<u8> {
    if is_text { text(size, seed).into_bytes() } else { binary(size, seed) }
}

fn message(is_text: bool, payload: Vec<u8>) -> Message {
    if is_text { String::from_utf8(payload).unwrap().into() } else { payload.into() }
}
