//! permessage-deflate (RFC 7692): what was agreed on, inflating what comes in, and the states that idle connections
//! do not own.

mod inflate;
mod pool;

#[allow(unused_imports, reason = "the read side is on its way")]
pub(crate) use self::inflate::{Corrupt, Inflate};

/// The parameters that the handshake settled (RFC 7692 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Agreed {
    /// Each message of ours is compressed by itself.
    pub(crate) server_no_context_takeover: bool,
    /// Each message of the client's is compressed by itself.
    pub(crate) client_no_context_takeover: bool,
    /// The base-2 logarithm of our window, 9 to 15: zlib makes no smaller one.
    pub(crate) server_max_window_bits: u8,
    /// The base-2 logarithm of the client's window, 8 to 15.
    pub(crate) client_max_window_bits: u8,
}
