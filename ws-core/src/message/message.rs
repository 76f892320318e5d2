//! Messages: text, binary, ping, pong, and the close frame that ends a connection.

use bytes::Bytes;

use super::close::Close;
use super::close_code::CloseCode;
use super::control_payload::ControlPayload;
use super::text::Text;

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
    pub fn json(value: &(impl serde::Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
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

impl From<&String> for Message {
    fn from(text: &String) -> Self {
        text.as_str().into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_small_enough_to_pass_by_value() {
        assert!(size_of::<Message>() <= 64, "{}", size_of::<Message>());
    }
}
