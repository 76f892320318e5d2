//! The error for codes and reasons that cannot be sent.

/// A code or reason that a close frame cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidClose {
    /// The code cannot be sent.
    #[error("invalid close code {0}: it must be in 1000-1003, 1007-1014 or 3000-4999")]
    Code(u16),
    /// The reason is longer than 123 bytes. The value is its length in bytes.
    #[error("close reason of {0} bytes, but at most 123 are allowed")]
    Reason(usize),
}
