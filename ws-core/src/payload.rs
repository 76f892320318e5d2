//! What a callback may take: its parameter's type decides how a payload is read.

use axum::Json;
use bytes::Bytes;
use serde::de::DeserializeOwned;

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

/// What `#[text]` may take: `&str`, `String`, [`Text`], [`Json<T>`](crate::Json), [`Message`].
#[diagnostic::on_unimplemented(
    message = "a text callback takes no `{Self}`",
    label = "not made of text",
    note = "a text callback takes `&str`, `String`, `Text`, `Json<T>` (with `T: Deserialize`) or `Message`; bytes come to `#[binary]`, \
            of a service to an `#[incoming]` that takes `&[u8]`"
)]
pub trait FromText<'a>: Sized {
    /// Reads `text`, or takes it.
    ///
    /// # Errors
    /// If it is not what the type wants.
    fn from_text(text: &'a mut Text) -> Result<Self, BadPayload>;
}

impl<'a> FromText<'a> for &'a str {
    fn from_text(text: &'a mut Text) -> Result<Self, BadPayload> {
        Ok(text)
    }
}

impl FromText<'_> for String {
    fn from_text(text: &mut Text) -> Result<Self, BadPayload> {
        Ok(text.as_str().to_owned())
    }
}

impl FromText<'_> for Text {
    fn from_text(text: &mut Text) -> Result<Self, BadPayload> {
        Ok(std::mem::take(text))
    }
}

impl FromText<'_> for Message {
    fn from_text(text: &mut Text) -> Result<Self, BadPayload> {
        Ok(Self::Text(std::mem::take(text)))
    }
}

impl<T: DeserializeOwned> FromText<'_> for Json<T> {
    fn from_text(text: &mut Text) -> Result<Self, BadPayload> {
        serde_json::from_str(text)
            .map(Json)
            // serde_json's text ends in "at line 1 column 7".
            .map_err(|error| BadPayload(format!("bad JSON: {error}")))
    }
}

/// What `#[binary]` may take: `&[u8]`, `Vec<u8>`, [`Bytes`], [`Message`].
#[diagnostic::on_unimplemented(
    message = "a binary callback takes no `{Self}`",
    label = "not made of bytes",
    note = "a binary callback takes `&[u8]`, `Vec<u8>`, `Bytes` or `Message`; text comes to `#[text]`, of a service to an \
            `#[incoming]` that takes `&str`"
)]
pub trait FromBinary<'a>: Sized {
    /// Reads `bytes`, or takes them.
    ///
    /// # Errors
    /// If they are not what the type wants.
    fn from_binary(bytes: &'a mut Bytes) -> Result<Self, BadPayload>;
}

impl<'a> FromBinary<'a> for &'a [u8] {
    fn from_binary(bytes: &'a mut Bytes) -> Result<Self, BadPayload> {
        Ok(bytes)
    }
}

impl FromBinary<'_> for Vec<u8> {
    fn from_binary(bytes: &mut Bytes) -> Result<Self, BadPayload> {
        Ok(std::mem::take(bytes).into())
    }
}

impl FromBinary<'_> for Bytes {
    fn from_binary(bytes: &mut Bytes) -> Result<Self, BadPayload> {
        Ok(std::mem::take(bytes))
    }
}

impl FromBinary<'_> for Message {
    fn from_binary(bytes: &mut Bytes) -> Result<Self, BadPayload> {
        Ok(Self::Binary(std::mem::take(bytes)))
    }
}

/// What `#[ping]` and `#[pong]` may take: `&[u8]`, `Vec<u8>`, [`Bytes`], [`ControlPayload`].
#[diagnostic::on_unimplemented(
    message = "`#[ping]` and `#[pong]` take no `{Self}`",
    label = "not made of a control frame's bytes",
    note = "a ping or pong callback takes `&[u8]`, `Vec<u8>`, `Bytes` or `ControlPayload`"
)]
pub trait FromControl<'a>: Sized {
    /// Reads `payload`, or takes it.
    ///
    /// # Errors
    /// If it is not what the type wants.
    fn from_control(payload: &'a mut ControlPayload) -> Result<Self, BadPayload>;
}

impl<'a> FromControl<'a> for &'a [u8] {
    fn from_control(payload: &'a mut ControlPayload) -> Result<Self, BadPayload> {
        Ok(payload)
    }
}

impl FromControl<'_> for Vec<u8> {
    fn from_control(payload: &mut ControlPayload) -> Result<Self, BadPayload> {
        Ok(payload.to_vec())
    }
}

impl FromControl<'_> for Bytes {
    fn from_control(payload: &mut ControlPayload) -> Result<Self, BadPayload> {
        Ok(std::mem::take(payload).into_bytes())
    }
}

impl FromControl<'_> for ControlPayload {
    fn from_control(payload: &mut ControlPayload) -> Result<Self, BadPayload> {
        Ok(std::mem::take(payload))
    }
}

/// What `#[handle]` may take: [`Message`], `&Message`.
#[diagnostic::on_unimplemented(
    message = "`#[handle]` takes no `{Self}`",
    label = "not a message",
    note = "`#[handle]` takes `Message` or `&Message`, of whatever kind; a text alone comes to `#[text]`, bytes to `#[binary]`"
)]
pub trait FromMessage<'a>: Sized {
    /// Reads `message`, or takes it.
    ///
    /// # Errors
    /// If it is not what the type wants.
    fn from_message(message: &'a mut Message) -> Result<Self, BadPayload>;
}

impl FromMessage<'_> for Message {
    fn from_message(message: &mut Message) -> Result<Self, BadPayload> {
        Ok(std::mem::replace(message, Self::Binary(Bytes::new())))
    }
}

impl<'a> FromMessage<'a> for &'a Message {
    fn from_message(message: &'a mut Message) -> Result<Self, BadPayload> {
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_json_says_where() {
        let mut text = Text::from_static("{\"a\": }");
        let bad = Json::<serde_json::Value>::from_text(&mut text).err().unwrap();
        assert!(bad.to_string().contains("line 1 column 7"), "{bad}");
    }
}
