//! permessage-deflate (RFC 7692): inflates received messages and compresses sent ones. The states are pooled, so that
//! idle connections own none. The handshake negotiates the parameters.

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
use crate::protocol::Compression;
use std::fmt;

/// The payload of a compressed message cannot be inflated. The connection closes with 1007.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupt;

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid compressed data")
    }
}

impl std::error::Error for Corrupt {}

/// The end of each compressed message, which is not sent (RFC 7692 7.2.1).
#[cfg(feature = "compression")]
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// The parameters that the handshake negotiated (RFC 7692 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Parameters {
    /// The server compresses each message by itself.
    pub(crate) server_no_context_takeover: bool,
    /// The client compresses each message by itself.
    pub(crate) client_no_context_takeover: bool,
    /// The base-2 logarithm of the server's window, 9 to 15. zlib has no smaller one.
    pub(crate) server_max_window_bits: u8,
    /// The base-2 logarithm of the client's window, 8 to 15.
    pub(crate) client_max_window_bits: u8,
}

/// The compression of a connection: the negotiated parameters and our own settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Negotiated {
    pub(crate) parameters: Parameters,
    pub(crate) settings: Compression,
}
