//! What a callback may take: its parameter's type decides how a payload is read.

use axum::Json;
use bytes::Bytes;
use serde::Deserialize;

use crate::incoming::{Incoming, IncomingBytes, IncomingText};
use crate::message::{ControlPayload, Message, Text};

/// A payload that the callback's type cannot be made of: the connection closes with 1007 and says where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPayload(String);

impl BadPayload {
    /// What is wrong, and where; the client reads as much of it as a close reason holds.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// What `#[text]` may take: `&str`, `String`, [`Text`], [`Json<T>`](crate::Json), [`IncomingText`], [`Message`].
#[diagnostic::on_unimplemented(
    message = "a text callback takes no `{Self}`",
    label = "not made of text",
    note = "a text callback takes `&str`, `String`, `Text`, `Json<T>` (with `T: Deserialize`) or `Message`; bytes come to `#[binary]`, \
            of a service to an `#[incoming]` that takes `&[u8]`"
)]
pub trait FromText<'a>: Sized {
    /// Borrows from `text`, or takes it.
    ///
    /// # Errors
    /// The text is not what the type needs.
    fn from_text(text: &'a mut IncomingText<'_>) -> Result<Self, BadPayload>;
}

impl<'a> FromText<'a> for &'a str {
    fn from_text(text: &'a mut IncomingText<'_>) -> Result<Self, BadPayload> {
        Ok(text)
    }
}

impl FromText<'_> for String {
    fn from_text(text: &mut IncomingText<'_>) -> Result<Self, BadPayload> {
        Ok((**text).to_owned())
    }
}

impl FromText<'_> for Text {
    fn from_text(text: &mut IncomingText<'_>) -> Result<Self, BadPayload> {
        Ok(std::mem::take(text).into_text())
    }
}

impl<'a> FromText<'a> for IncomingText<'a> {
    fn from_text(text: &'a mut IncomingText<'_>) -> Result<Self, BadPayload> {
        Ok(text.clone())
    }
}

impl FromText<'_> for Message {
    fn from_text(text: &mut IncomingText<'_>) -> Result<Self, BadPayload> {
        Text::from_text(text).map(Self::Text)
    }
}

/// `T` may borrow from the text: `Json<Order<'_>>`.
impl<'a, T: Deserialize<'a>> FromText<'a> for Json<T> {
    fn from_text(text: &'a mut IncomingText<'_>) -> Result<Self, BadPayload> {
        serde_json::from_str(text)
            .map(Json)
            // serde_json's text ends in "at line 1 column 7".
            .map_err(|error| BadPayload(format!("bad JSON: {error}")))
    }
}

/// What `#[binary]` may take: `&[u8]`, `Vec<u8>`, [`Bytes`], [`IncomingBytes`], [`Message`].
#[diagnostic::on_unimplemented(
    message = "a binary callback takes no `{Self}`",
    label = "not made of bytes",
    note = "a binary callback takes `&[u8]`, `Vec<u8>`, `Bytes` or `Message`; text comes to `#[text]`, of a service to an \
            `#[incoming]` that takes `&str`"
)]
pub trait FromBinary<'a>: Sized {
    /// Borrows from `bytes`, or takes them.
    ///
    /// # Errors
    /// The bytes are not what the type needs.
    fn from_binary(bytes: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload>;
}

impl<'a> FromBinary<'a> for &'a [u8] {
    fn from_binary(bytes: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Ok(bytes)
    }
}

impl FromBinary<'_> for Vec<u8> {
    fn from_binary(bytes: &mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Ok(std::mem::take(bytes).into_vec())
    }
}

impl FromBinary<'_> for Bytes {
    fn from_binary(bytes: &mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Ok(std::mem::take(bytes).into_bytes())
    }
}

impl<'a> FromBinary<'a> for IncomingBytes<'a> {
    fn from_binary(bytes: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Ok(bytes.clone())
    }
}

impl FromBinary<'_> for Message {
    fn from_binary(bytes: &mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Bytes::from_binary(bytes).map(Self::Binary)
    }
}

/// What `#[ping]` and `#[pong]` may take: `&[u8]`, `Vec<u8>`, [`Bytes`], [`ControlPayload`].
#[diagnostic::on_unimplemented(
    message = "`#[ping]` and `#[pong]` take no `{Self}`",
    label = "not made of a control frame's bytes",
    note = "a ping or pong callback takes `&[u8]`, `Vec<u8>`, `Bytes` or `ControlPayload`"
)]
pub trait FromControl<'a>: Sized {
    /// Borrows from `payload`, or takes it.
    ///
    /// # Errors
    /// The payload is not what the type needs.
    fn from_control(payload: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload>;
}

impl<'a> FromControl<'a> for &'a [u8] {
    fn from_control(payload: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Ok(payload)
    }
}

impl FromControl<'_> for Vec<u8> {
    fn from_control(payload: &mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Ok(std::mem::take(payload).into_vec())
    }
}

impl FromControl<'_> for Bytes {
    fn from_control(payload: &mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Ok(std::mem::take(payload).into_bytes())
    }
}

impl FromControl<'_> for ControlPayload {
    fn from_control(payload: &mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Ok(std::mem::take(payload).into_control())
    }
}

/// What `#[handle]` may take: [`Message`], [`Incoming`].
#[diagnostic::on_unimplemented(
    message = "`#[handle]` takes no `{Self}`",
    label = "not a message",
    note = "`#[handle]` takes `Message` or `Incoming<'_>`, of whatever kind; a text alone comes to `#[text]`, bytes to \
            `#[binary]`"
)]
pub trait FromMessage<'a>: Sized {
    /// Takes `message`.
    ///
    /// # Errors
    /// The message is not what the type needs.
    fn from_message(message: Incoming<'a>) -> Result<Self, BadPayload>;
}

impl FromMessage<'_> for Message {
    fn from_message(message: Incoming<'_>) -> Result<Self, BadPayload> {
        Ok(message.into())
    }
}

impl<'a> FromMessage<'a> for Incoming<'a> {
    fn from_message(message: Incoming<'a>) -> Result<Self, BadPayload> {
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_json_says_where() {
        let mut text = IncomingText::from("{\"a\": }");
        let bad = Json::<serde_json::Value>::from_text(&mut text).err().unwrap();
        assert!(bad.to_string().contains("line 1 column 7"), "{bad}");
    }
}
