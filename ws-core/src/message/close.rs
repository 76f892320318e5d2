//! Close frames (RFC 6455 5.5.1, 7.4): codes and reasons that cannot be sent cannot be built.

use std::fmt;

use crate::message::{Escaped, Text};

/// A status code of a close frame (RFC 6455 7.4): 1000–1003, 1007–1014 or 3000–4999. Codes from 4000 are for private
/// use.
///
/// Other codes cannot be sent: 1004–1006 and 1015 are reserved, and the rest is undefined.
///
/// ```
/// use ws_core::CloseCode;
///
/// const KICKED: CloseCode = CloseCode::from_static(4001);
/// assert_eq!(u16::from(KICKED), 4001);
/// assert!(CloseCode::new(1006).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the connection has served its purpose.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the endpoint goes away. The server shuts down, the user leaves the page, or the client was idle for too
    /// long.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: protocol error.
    pub const PROTOCOL: Self = Self(1002);
    /// 1003: the endpoint does not accept this type of data.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007: the data does not match the type of its message, such as text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// 1008: a policy was violated. Use it if no other code fits.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message is too big.
    pub const TOO_BIG: Self = Self(1009);
    /// 1010: the client expected the server to negotiate an extension.
    pub const EXTENSION: Self = Self(1010);
    /// 1011: the server met an unexpected condition.
    pub const INTERNAL: Self = Self(1011);
    /// 1012: the server restarts.
    pub const RESTART: Self = Self(1012);
    /// 1013: the server, or this connection, is overloaded. Try again later.
    pub const TRY_AGAIN: Self = Self(1013);
    /// 1014: a gateway received an invalid response from its upstream server.
    pub const BAD_GATEWAY: Self = Self(1014);

    /// Creates a close code.
    ///
    /// # Errors
    /// Returns [`InvalidClose::Code`] unless `code` is in 1000–1003, 1007–1014 or 3000–4999.
    pub const fn new(code: u16) -> Result<Self, InvalidClose> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(Self(code)),
            _ => Err(InvalidClose::Code(code)),
        }
    }

    /// Creates a close code from a literal. In a `const`, an invalid code does not compile.
    ///
    /// # Panics
    /// Panics unless `code` is in 1000–1003, 1007–1014 or 3000–4999.
    #[must_use]
    pub const fn from_static(code: u16) -> Self {
        match Self::new(code) {
            Ok(code) => code,
            Err(_) => panic!("invalid close code: it must be in 1000-1003, 1007-1014 or 3000-4999"),
        }
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.0
    }
}

impl TryFrom<u16> for CloseCode {
    type Error = InvalidClose;

    fn try_from(code: u16) -> Result<Self, InvalidClose> {
        Self::new(code)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloseCode({})", self.0)
    }
}

/// The reason of a close frame: UTF-8 text of at most 123 bytes. A control frame carries at most 125 bytes (RFC 6455
/// 5.5), and the code takes two of them.
///
/// A string literal converts implicitly. For text that is created at run time use [`Reason::new`] or
/// [`Reason::truncated`].
///
/// ```
/// use ws_core::Reason;
///
/// assert_eq!(Reason::from("bye").as_str(), "bye");
/// assert!(Reason::new("x".repeat(124)).is_err());
/// assert_eq!(Reason::truncated(&"é".repeat(100)).len(), 122); // never within a character
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Reason(Text);

impl Reason {
    /// The longest reason, in bytes of UTF-8.
    pub const MAX: usize = 123;

    /// Creates a reason from `text`.
    ///
    /// # Errors
    /// Returns [`InvalidClose::Reason`] if `text` is longer than 123 bytes.
    pub fn new(text: impl Into<Text>) -> Result<Self, InvalidClose> {
        let text = text.into();
        if text.len() > Self::MAX {
            return Err(InvalidClose::Reason(text.len()));
        }
        Ok(Self(text))
    }

    /// Creates a reason from a literal. In a `const`, a literal that is too long does not compile.
    ///
    /// # Panics
    /// Panics if `text` is longer than 123 bytes.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        assert!(text.len() <= Self::MAX, "a close reason must be at most 123 bytes long");
        Self(Text::from_static(text))
    }

    /// Creates a reason from the first 123 bytes of `text`, or fewer: a character is never split.
    #[must_use]
    pub fn truncated(text: &str) -> Self {
        Self(text[..text.floor_char_boundary(Self::MAX)].into())
    }

    /// Returns the reason as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the reason is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&'static str> for Reason {
    /// Converts a literal. For other text use [`Reason::new`], which returns an error instead.
    ///
    /// # Panics
    /// Panics if `text` is longer than 123 bytes. [`Reason::from_static`] in a `const` finds that at compile time.
    fn from(text: &'static str) -> Self {
        Self::from_static(text)
    }
}

impl TryFrom<String> for Reason {
    type Error = InvalidClose;

    fn try_from(text: String) -> Result<Self, InvalidClose> {
        Self::new(text)
    }
}

/// Writes the reason with its control characters escaped (`\n`), because the client may have sent it and it may be
/// logged. [`as_str`](Reason::as_str) returns the reason itself.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.as_str()).fmt(f)
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6455 7.4.1: "1005 is a reserved value and MUST NOT be set as a status code in a Close control frame by an
    // endpoint."
    // RFC 6455 7.4.1: "1006 is a reserved value and MUST NOT be set as a status code in a Close control frame by an
    // endpoint."
    // RFC 6455 7.4.1: "1015 is a reserved value and MUST NOT be set as a status code in a Close control frame by an
    // endpoint."
    #[test]
    fn c7_only_codes_that_may_be_sent_can_be_built() {
        for code in 0..=u16::MAX {
            let may = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
            assert_eq!(CloseCode::new(code).is_ok(), may, "{code}");
        }
    }

    // RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or less"
    #[test]
    fn c7_reasons_over_123_bytes_cannot_be_built() {
        assert!(Reason::new("x".repeat(123)).is_ok());
        assert_eq!(Reason::new("x".repeat(124)), Err(InvalidClose::Reason(124)));
    }
}
