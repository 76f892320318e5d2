//! A message as it was received: its payload is borrowed from the read buffer wherever that is possible.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

use crate::message::{ControlPayload, Message, Text};

/// A message that the client sent, as [`Handler::message`](crate::Handler::message) receives it.
///
/// A small payload is borrowed from the connection's read buffer, without a copy or an allocation. A large message, or
/// one that came in fragments or compressed, owns its payload. [`into_text`](IncomingText::into_text) and
/// [`into_bytes`](IncomingBytes::into_bytes) copy only borrowed payloads.
///
/// ```
/// use ws_core::{Incoming, Message};
///
/// let incoming = Incoming::from(Message::from("hello"));
/// assert!(matches!(&incoming, Incoming::Text(text) if text.starts_with("he")));
/// assert_eq!(Message::from(incoming), Message::from("hello"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Incoming<'a> {
    /// UTF-8 text.
    Text(IncomingText<'a>),
    /// Any bytes.
    Binary(IncomingBytes<'a>),
    /// A ping (RFC 6455 5.5.2). The pong was sent before the handler receives this.
    Ping(IncomingBytes<'a>),
    /// A pong (RFC 6455 5.5.3), whether it answers a ping or not.
    Pong(IncomingBytes<'a>),
}

impl Incoming<'_> {
    /// Returns the length of the payload in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) => bytes.len(),
        }
    }

    /// Returns whether the payload is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether this is a ping or a pong.
    #[must_use]
    pub const fn is_control(&self) -> bool {
        matches!(self, Self::Ping(_) | Self::Pong(_))
    }

    /// Converts it into a message that owns its payload.
    #[must_use]
    pub fn into_owned(self) -> Incoming<'static> {
        match self {
            Self::Text(text) => Incoming::Text(text.into_text().into()),
            Self::Binary(bytes) => Incoming::Binary(bytes.into_bytes().into()),
            Self::Ping(bytes) => Incoming::Ping(bytes.into_bytes().into()),
            Self::Pong(bytes) => Incoming::Pong(bytes.into_bytes().into()),
        }
    }
}

impl From<Incoming<'_>> for Message {
    fn from(incoming: Incoming<'_>) -> Self {
        match incoming {
            Incoming::Text(text) => Self::Text(text.into_text()),
            Incoming::Binary(bytes) => Self::Binary(bytes.into_bytes()),
            Incoming::Ping(bytes) => Self::Ping(bytes.into_control()),
            Incoming::Pong(bytes) => Self::Pong(bytes.into_control()),
        }
    }
}

impl From<Message> for Incoming<'_> {
    /// A close frame, which a client's message never is, becomes a binary message without a payload.
    fn from(message: Message) -> Self {
        match message {
            Message::Text(text) => Self::Text(text.into()),
            Message::Binary(bytes) => Self::Binary(bytes.into()),
            Message::Ping(payload) => Self::Ping(payload.into_bytes().into()),
            Message::Pong(payload) => Self::Pong(payload.into_bytes().into()),
            Message::Close(_) => Self::Binary(Bytes::new().into()),
        }
    }
}

/// Text that the client sent. It dereferences to `str`.
#[derive(Clone)]
pub struct IncomingText<'a>(Source<'a, str, Text>);

/// Bytes that the client sent. They dereference to `[u8]`.
#[derive(Clone)]
pub struct IncomingBytes<'a>(Source<'a, [u8], Bytes>);

enum Source<'a, B: ?Sized, O> {
    Borrowed(&'a B),
    Owned(O),
}

impl<B: ?Sized, O: Clone> Clone for Source<'_, B, O> {
    fn clone(&self) -> Self {
        match self {
            Self::Borrowed(payload) => Self::Borrowed(payload),
            Self::Owned(payload) => Self::Owned(payload.clone()),
        }
    }
}

impl<'a> IncomingText<'a> {
    /// Converts it into owned text. Copies the text if it is borrowed from the read buffer.
    #[must_use]
    pub fn into_text(self) -> Text {
        match self.0 {
            Source::Borrowed(text) => text.into(),
            Source::Owned(text) => text,
        }
    }

    /// Returns the owned text, or the borrowed text as the error.
    pub(crate) fn into_owned_text(self) -> Result<Text, &'a str> {
        match self.0 {
            Source::Borrowed(text) => Err(text),
            Source::Owned(text) => Ok(text),
        }
    }
}

impl<'a> IncomingBytes<'a> {
    /// Converts it into owned bytes. Copies the bytes if they are borrowed from the read buffer.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match self.0 {
            Source::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
            Source::Owned(bytes) => bytes,
        }
    }

    /// Returns the owned bytes, or the borrowed bytes as the error.
    pub(crate) fn into_owned_bytes(self) -> Result<Bytes, &'a [u8]> {
        match self.0 {
            Source::Borrowed(bytes) => Err(bytes),
            Source::Owned(bytes) => Ok(bytes),
        }
    }

    /// Converts it into a vector. Copies the bytes if they are borrowed or shared.
    pub(crate) fn into_vec(self) -> Vec<u8> {
        match self.0 {
            Source::Borrowed(bytes) => bytes.to_vec(),
            Source::Owned(bytes) => bytes.into(),
        }
    }

    /// Converts it into the payload of a ping or pong, truncated to 125 bytes.
    pub(crate) fn into_control(self) -> ControlPayload {
        let bytes = self.into_bytes();
        ControlPayload::new(bytes.slice(..bytes.len().min(ControlPayload::MAX))).unwrap_or_default()
    }
}

impl Deref for IncomingText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Source::Borrowed(text) => text,
            Source::Owned(text) => text,
        }
    }
}

impl Deref for IncomingBytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Source::Borrowed(bytes) => bytes,
            Source::Owned(bytes) => bytes,
        }
    }
}

impl Default for IncomingText<'_> {
    fn default() -> Self {
        Self(Source::Borrowed(""))
    }
}

impl Default for IncomingBytes<'_> {
    fn default() -> Self {
        Self(Source::Borrowed(&[]))
    }
}

impl<'a> From<&'a str> for IncomingText<'a> {
    fn from(text: &'a str) -> Self {
        Self(Source::Borrowed(text))
    }
}

impl From<Text> for IncomingText<'_> {
    fn from(text: Text) -> Self {
        Self(Source::Owned(text))
    }
}

impl<'a> From<&'a [u8]> for IncomingBytes<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Source::Borrowed(bytes))
    }
}

impl From<Bytes> for IncomingBytes<'_> {
    fn from(bytes: Bytes) -> Self {
        Self(Source::Owned(bytes))
    }
}

impl fmt::Display for IncomingText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for IncomingText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Debug for IncomingBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
