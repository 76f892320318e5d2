//! Access to the private protocol core for the fuzz targets in `fuzz/`, with the feature `fuzzing`.

use crate::protocol::FrameLimits;
use crate::protocol::oracle::{Splits, compare};
#[cfg(feature = "compression")]
use crate::protocol::{
    Compression,
    deflate::{Negotiated, Parameters},
    oracle::receive_twice,
};

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
