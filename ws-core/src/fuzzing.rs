//! What the fuzzer reaches of the protocol core, which is private. With the feature `fuzzing`, for the targets in `fuzz/`.

use crate::limits::Limits;
use crate::protocol::oracle::{Splits, compare};
#[cfg(feature = "compression")]
use crate::{
    compression::Compression,
    protocol::deflate::{Agreed, Settled},
    protocol::oracle::receive_twice,
};

/// Compares what the protocol core receives from `bytes` with what tungstenite receives. The bytes arrive in pieces of
/// `sizes`, over and over, of which `direct` reads some straight into their message.
///
/// # Panics
/// If they differ, or the pieces make a difference.
pub fn receive(bytes: &[u8], sizes: &[usize], direct: u8) {
    let limits = Limits {
        max_message_size: 30_000,
        max_frame_size: 20_000,
        // tungstenite has no such limit.
        max_fragments: usize::MAX,
        ..Limits::default()
    };
    let splits = Splits { sizes, direct };
    compare(bytes, splits, &limits);
    // tungstenite cannot inflate, but the pieces must not make a difference there either.
    #[cfg(feature = "compression")]
    for takeover in [false, true] {
        let agreed = Agreed {
            server_no_context_takeover: !takeover,
            client_no_context_takeover: !takeover,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
        };
        receive_twice(bytes, splits, &limits, Some(Settled { agreed, ours: Compression::new() }));
    }
}
