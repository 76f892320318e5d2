//! permessage-deflate (RFC 7692): inflating what the client sends, deflating what it is sent, and the states that idle
//! connections do not own. The handshake negotiates the parameters.

#[cfg(not(feature = "compression"))]
mod absent;
#[cfg(feature = "compression")]
#[expect(clippy::module_inception, reason = "what `inflate` is the other half of")]
mod deflate;
#[cfg(feature = "compression")]
mod inflate;
#[cfg(feature = "compression")]
mod pool;
#[cfg(all(test, feature = "compression"))]
mod tests;

#[cfg(not(feature = "compression"))]
pub(crate) use self::absent::{Deflate, Encoding, Inflate};
#[cfg(feature = "compression")]
pub(crate) use self::deflate::{Deflate, Encoding};
#[cfg(feature = "compression")]
pub(crate) use self::inflate::Inflate;
use crate::compression::Compression;

/// The payload of a compressed message that cannot be inflated: it ends the connection with 1007.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a compressed message that cannot be inflated")]
pub(crate) struct Corrupt;

/// What ends each message, left out on the wire (RFC 7692 7.2.1).
#[cfg(feature = "compression")]
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

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

/// What a connection compresses with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) agreed: Agreed,
    pub(crate) ours: Compression,
}
