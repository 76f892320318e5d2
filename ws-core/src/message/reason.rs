//! The reason of a close frame. Reasons that cannot be sent cannot be built.

use std::fmt;

use super::escaped::Escaped;
use super::invalid_close::InvalidClose;
use super::text::Text;

/// The reason of a close frame: UTF-8 text of at most 123 bytes. A control frame carries at most 125 bytes (RFC 6455
/// 5.5), and the code takes two of them.
///
/// A string literal and a `String` convert implicitly. A `String` is cut to 123 bytes; to get an error instead, use
/// [`Reason::new`].
///
/// ```
/// use ws_core::Reason;
///
/// assert_eq!(Reason::from("bye").as_str(), "bye");
/// assert_eq!(Reason::from(format!("until {}", 8)).as_str(), "until 8");
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

impl From<String> for Reason {
    /// Converts text that is created at run time, such as a `format!`, like [`Reason::truncated`]: a reason that is too
    /// long is cut after its first 123 bytes, and never within a character.
    fn from(mut text: String) -> Self {
        text.truncate(text.floor_char_boundary(Self::MAX));
        Self(text.into())
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

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or less"
    #[test]
    fn c7_reasons_over_123_bytes_cannot_be_built() {
        assert!(Reason::new("x".repeat(123)).is_ok());
        assert_eq!(Reason::new("x".repeat(124)), Err(InvalidClose::Reason(124)));
    }

    #[test]
    fn c7_a_string_is_cut_to_123_bytes_between_characters() {
        assert_eq!(Reason::from("x".repeat(123)).len(), 123);
        assert_eq!(Reason::from("x".repeat(124)).len(), 123);
        assert_eq!(Reason::from("é".repeat(62)).as_str(), "é".repeat(61));
    }
}
