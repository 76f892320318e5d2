//! The error for codes and reasons that cannot be sent.

use std::fmt;

/// A code or reason that a close frame cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidClose {
    /// The code cannot be sent.
    Code(u16),
    /// The reason is longer than 123 bytes. The value is its length in bytes.
    Reason(usize),
}

impl fmt::Display for InvalidClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(value) => {
                write!(f, "invalid close code {value}: it must be in 1000-1003, 1007-1014 or 3000-4999")
            }
            Self::Reason(value) => write!(f, "close reason of {value} bytes, but at most 123 are allowed"),
        }
    }
}

impl std::error::Error for InvalidClose {}
