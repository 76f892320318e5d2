//! Close frames (RFC 6455 5.5.1, 7.4).

use std::fmt;

use super::close_code::CloseCode;
use super::reason::Reason;

/// A close frame: a code and a reason.
///
/// As the reply of a callback, or as the error of one that returns `Result<_, Close>`, it closes the connection with
/// this code and reason. Any other error closes it with 1011.
///
/// ```
/// use ws_core::{Close, CloseCode};
///
/// let close = Close::new(CloseCode::POLICY, "no shouting");
/// assert_eq!(close.to_string(), "1008 no shouting");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    code: CloseCode,
    reason: Reason,
}

impl Close {
    /// Creates a close frame with `code` and `reason`.
    ///
    /// # Panics
    /// Panics if `reason` is a string slice longer than 123 bytes.
    #[must_use]
    pub fn new(code: CloseCode, reason: impl Into<Reason>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// Creates a close frame with code 1000 and no reason.
    #[must_use]
    pub const fn normal() -> Self {
        Self { code: CloseCode::NORMAL, reason: Reason::from_static("") }
    }

    /// Returns the code.
    #[must_use]
    pub const fn code(&self) -> CloseCode {
        self.code
    }

    /// Returns the reason, which may be empty.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.reason.as_str()
    }
}

impl From<CloseCode> for Close {
    fn from(code: CloseCode) -> Self {
        Self { code, reason: Reason::default() }
    }
}

/// Writes the code and the reason, with the reason's control characters escaped (`\n`).
impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if !self.reason.is_empty() {
            write!(f, " {}", self.reason)?;
        }
        Ok(())
    }
}

impl std::error::Error for Close {}
