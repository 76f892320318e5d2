//! Access to the private protocol core, with the feature `fuzzing`: for the fuzz targets in `fuzz/`, and for the
//! micro-benchmarks in `tests/bench/benches`.

use crate::message::Message;
use crate::protocol::oracle::{Splits, compare};
#[cfg(feature = "compression")]
use crate::protocol::{
    Compression,
    deflate::{Negotiated, Parameters},
    oracle::receive_twice,
};
use crate::protocol::{Event, FrameLimits, Input, Protocol};

/// The protocol core of one connection.
#[derive(Debug)]
pub struct Codec(Protocol);

impl Codec {
    /// Creates the core of a connection without compression.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for benchmarks")]
    pub fn new() -> Self {
        Self(Protocol::new(LIMITS, None))
    }

    /// Creates the core of a connection with compression.
    #[cfg(feature = "compression")]
    #[must_use]
    pub fn compressed() -> Self {
        let parameters = Parameters {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
        };
        Self(Protocol::new(LIMITS, Some(Negotiated { parameters, settings: Compression::new() })))
    }

    /// Decodes the messages in `bytes`, in place. Returns the size of their payloads.
    ///
    /// # Panics
    /// Panics if the last frame is not complete, or if a frame is not valid.
    pub fn decode(&mut self, bytes: &mut [u8]) -> usize {
        let mut input = Input::new(bytes);
        let mut size = 0;
        while let Some(event) = self.0.receive(&mut input).expect("valid frames") {
            if let Event::Message(message) = event {
                size += message.len();
            }
        }
        assert!(input.rest().is_empty() && !self.0.is_mid_message(), "whole frames");
        size
    }

    /// Encodes a message, and drops its frame as if it were written. Returns the size of the frame.
    pub fn encode(&mut self, message: Message) -> usize {
        self.0.send(message);
        let size = self.0.queued();
        if let Some(mut queue) = self.0.write_queue().take() {
            queue.advance(size);
            queue.give();
        }
        size
    }
}

const LIMITS: FrameLimits = FrameLimits { message: 64 << 20, ..FrameLimits::DEFAULT };

/// Compares the messages that the protocol core and tungstenite receive from `bytes`. The bytes arrive in pieces of
/// `sizes`, repeated. The bits of `direct`, repeated, select the pieces that are read straight into their message.
///
/// # Panics
/// Panics if the results differ, or if they depend on the pieces.
pub fn receive(bytes: &[u8], sizes: &[usize], direct: u8) {
    let limits = FrameLimits {
        message: 30_000,
        frame: 20_000,
        // tungstenite has no such limit.
        fragments: usize::MAX,
    };
    let splits = Splits { sizes, direct };
    compare(bytes, splits, &limits);
    // tungstenite cannot inflate, so this checks only that the pieces make no difference.
    #[cfg(feature = "compression")]
    for takeover in [false, true] {
        let parameters = Parameters {
            server_no_context_takeover: !takeover,
            client_no_context_takeover: !takeover,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
        };
        receive_twice(bytes, splits, &limits, Some(Negotiated { parameters, settings: Compression::new() }));
    }
}
