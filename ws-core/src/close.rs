//! Close codes and reasons (RFC 6455 7.4): only what may go on the wire can be built (C7).

use std::fmt;

use crate::message::Text;

/// A status code of a close frame: 1000–1003, 1007–1014 or 3000–4999.
///
/// The rest are for reporting, not for sending (1004–1006, 1015), or nobody's.
///
/// ```
/// use ws_core::CloseCode;
///
/// const KICKED: CloseCode = CloseCode::literal(4001);
/// assert_eq!(u16::from(KICKED), 4001);
/// assert!(CloseCode::new(1006).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server goes down, the page is left, or the client was idle too long.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: a protocol error.
    pub const PROTOCOL: Self = Self(1002);
    /// 1003: a kind of data that is not accepted here.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007: data that is not what its message says, such as bad UTF-8 in text.
    pub const INVALID_DATA: Self = Self(1007);
    /// 1008: a policy was violated.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message is too big.
    pub const TOO_BIG: Self = Self(1009);
    /// 1010: the client misses an extension.
    pub const EXTENSION: Self = Self(1010);
    /// 1011: the server met an unexpected condition.
    pub const INTERNAL: Self = Self(1011);
    /// 1012: the server restarts.
    pub const RESTART: Self = Self(1012);
    /// 1013: try again later, the server (or this connection) is overloaded.
    pub const TRY_AGAIN: Self = Self(1013);
    /// 1014: a gateway got an invalid answer from behind it.
    pub const BAD_GATEWAY: Self = Self(1014);

    /// The code, if it may be sent.
    ///
    /// # Errors
    /// [`InvalidClose::Code`] for any other than 1000–1003, 1007–1014 and 3000–4999.
    pub const fn new(code: u16) -> Result<Self, InvalidClose> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(Self(code)),
            _ => Err(InvalidClose::Code(code)),
        }
    }

    /// A code that is written in the program; in a `const`, a bad one does not compile.
    ///
    /// # Panics
    /// If the code may not be sent.
    #[must_use]
    pub const fn literal(code: u16) -> Self {
        match Self::new(code) {
            Ok(code) => code,
            Err(_) => panic!("a close code is one of 1000-1003, 1007-1014, 3000-4999"),
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

/// The words of a close frame: 123 bytes at most, since a control frame carries 125 and the code takes two.
///
/// A literal converts by itself; text that is made at run time goes through [`Reason::new`] or
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

    /// Takes `text` whole.
    ///
    /// # Errors
    /// [`InvalidClose::Reason`] above 123 bytes.
    pub fn new(text: impl Into<Text>) -> Result<Self, InvalidClose> {
        let text = text.into();
        if text.len() > Self::MAX {
            return Err(InvalidClose::Reason(text.len()));
        }
        Ok(Self(text))
    }

    /// A reason that is written in the program; in a `const`, one too long does not compile.
    ///
    /// # Panics
    /// Above 123 bytes.
    #[must_use]
    pub const fn literal(text: &'static str) -> Self {
        assert!(text.len() <= Self::MAX, "a close reason is 123 bytes at most");
        Self(Text::from_static(text))
    }

    /// As much of `text` as fits.
    #[must_use]
    pub fn truncated(text: &str) -> Self {
        Self(text[..text.floor_char_boundary(Self::MAX)].into())
    }

    /// The reason as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no reason.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&'static str> for Reason {
    /// # Panics
    /// Above 123 bytes: a literal too long is a mistake of the program ([`Reason::literal`] finds it when compiled).
    fn from(text: &'static str) -> Self {
        Self::literal(text)
    }
}

impl TryFrom<String> for Reason {
    type Error = InvalidClose;

    fn try_from(text: String) -> Result<Self, InvalidClose> {
        Self::new(text)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// A close frame: a code and a reason.
///
/// As a reply it ends the connection; as the *error* of a callback that returns `Result<_, Close>` it closes with its
/// own code.
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
    /// Closes with `code` and `reason`.
    #[must_use]
    pub fn new(code: CloseCode, reason: impl Into<Reason>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// Closes with 1000 and no reason.
    #[must_use]
    pub const fn normal() -> Self {
        Self { code: CloseCode::NORMAL, reason: Reason::literal("") }
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> CloseCode {
        self.code
    }

    /// The reason, often empty.
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

/// What may not go into a close frame (C7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClose {
    /// A code that may not be sent.
    #[error("close code {0} may not be sent; a close code is one of 1000-1003, 1007-1014, 3000-4999")]
    Code(u16),
    /// A reason of so many bytes.
    #[error("a close reason is 123 bytes at most, this one {0}")]
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
