//! Messages: text, binary, ping, pong, and the close frame that ends a connection.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use bytestring::ByteString;

use crate::message::{Close, CloseCode};

/// A WebSocket message, received or to be sent.
///
/// Handlers receive the first four kinds. [`Close`](Message::Close) is only for sending; a close frame from the client
/// reaches `#[terminate]` instead. Invalid control frames cannot be built: see [`ControlPayload`] and [`Close`].
///
/// ```
/// use ws_core::Message;
///
/// assert_eq!(Message::from("hello"), Message::Text("hello".into()));
/// assert_eq!(Message::from(vec![1, 2, 3]).len(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// UTF-8 text.
    Text(Text),
    /// Binary data.
    Binary(Bytes),
    /// A ping (RFC 6455 5.5.2). A received ping was answered with a pong before its handler is called.
    Ping(ControlPayload),
    /// A pong (RFC 6455 5.5.3), solicited or not.
    Pong(ControlPayload),
    /// Closes the connection. Messages sent after it are dropped.
    Close(Close),
}

impl Message {
    /// Creates a text message from `value`, serialized as JSON.
    ///
    /// Where you can send [`Json(value)`](crate::Json) directly, do so. Use this to serialize once and send the message
    /// several times: a clone shares the text.
    ///
    /// ```
    /// use ws_core::Message;
    ///
    /// assert_eq!(Message::json(&[1, 2])?, Message::from("[1,2]"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if `value` cannot be serialized to JSON, for example a map with keys that are not strings.
    pub fn json(value: &impl serde::Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self::from)
    }

    /// Returns the length of the payload in bytes. For a close frame that is the code (two bytes) and the reason.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
            Self::Ping(payload) | Self::Pong(payload) => payload.len(),
            Self::Close(close) => 2 + close.reason().len(),
        }
    }

    /// Returns whether the payload is empty. Empty messages are sent like any other.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Text> for Message {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<Bytes> for Message {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(Bytes::copy_from_slice(bytes))
    }
}

impl From<Close> for Message {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

impl From<CloseCode> for Message {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.into())
    }
}

/// Shared UTF-8 text that dereferences to `str`. A clone only increments a reference count.
///
/// ```
/// use ws_core::Text;
///
/// let text = Text::from_static("hello");
/// assert!(text.starts_with("he"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(ByteString);

impl Text {
    /// Creates text from a literal, without copying or counting references.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(ByteString::from_static(text))
    }

    /// Returns the text as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Converts the text into bytes without copying.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0.into_bytes()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl TryFrom<Bytes> for Text {
    type Error = std::str::Utf8Error;

    fn try_from(bytes: Bytes) -> Result<Self, Self::Error> {
        ByteString::try_from(bytes).map(Self)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The payload of a ping or pong: at most 125 bytes (RFC 6455 5.5).
///
/// ```
/// use ws_core::ControlPayload;
///
/// assert_eq!(&*ControlPayload::new("are you there?").unwrap(), b"are you there?");
/// assert!(ControlPayload::new(vec![0; 126]).is_err());
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ControlPayload(Bytes);

impl ControlPayload {
    /// The longest payload of a control frame, in bytes.
    pub const MAX: usize = 125;

    /// Creates a payload.
    ///
    /// # Errors
    /// Returns [`ControlPayloadTooLong`] if `payload` is longer than 125 bytes.
    pub fn new(payload: impl Into<Bytes>) -> Result<Self, ControlPayloadTooLong> {
        let payload = payload.into();
        if payload.len() > Self::MAX {
            return Err(ControlPayloadTooLong { len: payload.len() });
        }
        Ok(Self(payload))
    }

    /// Converts the payload into bytes without copying.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl Deref for ControlPayload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ControlPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A ping or pong payload that is longer than 125 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ping or pong payload of {len} bytes, but at most 125 are allowed (RFC 6455 5.5)")]
pub struct ControlPayloadTooLong {
    /// The length of the payload in bytes.
    pub len: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or less"
    #[test]
    fn c7_control_payloads_over_125_bytes_cannot_be_built() {
        assert!(ControlPayload::new(vec![0; 125]).is_ok());
        assert_eq!(ControlPayload::new(vec![0; 126]), Err(ControlPayloadTooLong { len: 126 }));
    }

    #[test]
    fn a_message_is_small_enough_to_pass_by_value() {
        assert!(size_of::<Message>() <= 64, "{}", size_of::<Message>());
    }
}
