//! Parameters of callbacks: the parameter's type decides how a payload is decoded.

use axum::Json;
use bytes::Bytes;
use serde::Deserialize;
use std::fmt;

use crate::message::{ControlPayload, Escaped, Message, Text};
use crate::message::{Incoming, IncomingBytes, IncomingText};

/// A payload that cannot be converted to the callback's parameter type. It closes the connection with 1007, and its
/// text is the close reason, unless the handler has an `#[error]` callback for it. Of a handler with `#[message]`
/// callbacks, that one also receives the messages that are no event or have an unknown type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPayload(String);

impl fmt::Display for BadPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(f)
    }
}

impl std::error::Error for BadPayload {}

impl BadPayload {
    /// Creates the error. `what` describes the problem and its position. The client receives its first 123 bytes as the
    /// close reason.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// Returns the description as it was given, without escapes.
    pub(crate) fn into_description(self) -> String {
        self.0
    }
}

/// Parameter types of `#[text]`: `&str`, `String`, [`Text`], [`Json<T>`](crate::Json), [`IncomingText`], [`Message`].
///
/// Implement it for your own message format:
///
/// ```
/// use ws_core::{BadPayload, FromText, IncomingText};
///
/// struct Command(Vec<String>);
///
/// impl FromText<'_> for Command {
///     fn from_text(text: &mut IncomingText<'_>) -> Result<Self, BadPayload> {
///         let words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
///         if words.is_empty() { Err(BadPayload::new("an empty command")) } else { Ok(Self(words)) }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a text callback cannot take `{Self}`",
    label = "cannot be created from text",
    note = "a text callback takes `&str`, `String`, `Text`, `Json<T>` (with `T: Deserialize`) or `Message`, or reads the \
            message as it arrives, as `MessageStream` under this name; for \
            bytes use `#[binary]`, or in a service an `#[incoming]` that takes `&[u8]`",
    note = "for a type of your own, implement `FromText`",
    note = "a value from the request or the app, such as `Path<T>` or `State<T>`, is an argument of `#[init]`: keep it in \
            the handler"
)]
pub trait FromText<'a>: Sized {
    /// Converts `text`, by borrowing from it or by taking it.
    ///
    /// # Errors
    /// Returns [`BadPayload`] if the text is not valid for this type. The connection closes with 1007.
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

/// `T` may borrow from the text, as in `Json<Order<'_>>`.
impl<'a, T: Deserialize<'a>> FromText<'a> for Json<T> {
    fn from_text(text: &'a mut IncomingText<'_>) -> Result<Self, BadPayload> {
        serde_json::from_str(text).map(Json).map_err(|error| bad_json(&error))
    }
}

/// Parameter types of `#[binary]`: `&[u8]`, `Vec<u8>`, [`Bytes`], [`Json<T>`](crate::Json), [`IncomingBytes`],
/// [`Message`], and with their features `MsgPack<T>` and `Cbor<T>`.
///
/// Implement it for your own message format, here one that borrows from the message:
///
/// ```
/// use ws_core::{BadPayload, FromBinary, IncomingBytes};
///
/// struct Packet<'a> {
///     kind: u8,
///     body: &'a [u8],
/// }
///
/// impl<'a> FromBinary<'a> for Packet<'a> {
///     fn from_binary(bytes: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
///         let (&kind, body) = bytes.split_first().ok_or_else(|| BadPayload::new("an empty packet"))?;
///         Ok(Self { kind, body })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a binary callback cannot take `{Self}`",
    label = "cannot be created from bytes",
    note = "a binary callback takes `&[u8]`, `Vec<u8>`, `Bytes`, `Json<T>` (with `T: Deserialize`) or `Message`, or reads \
            the message as it arrives, as `MessageStream` under this name; for \
            text use `#[text]`, or in a service an `#[incoming]` that takes `&str`",
    note = "for a type of your own, implement `FromBinary`"
)]
pub trait FromBinary<'a>: Sized {
    /// Converts `bytes`, by borrowing from them or by taking them.
    ///
    /// # Errors
    /// Returns [`BadPayload`] if the bytes are not valid for this type. The connection closes with 1007.
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

/// `T` may borrow from the message, as in `Json<Order<'_>>`.
impl<'a, T: Deserialize<'a>> FromBinary<'a> for Json<T> {
    fn from_binary(bytes: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        serde_json::from_slice(bytes).map(Json).map_err(|error| bad_json(&error))
    }
}

// serde_json's text ends in "at line 1 column 7".
fn bad_json(error: &serde_json::Error) -> BadPayload {
    BadPayload(format!("invalid JSON: {error}"))
}

/// Parameter types of `#[ping]` and `#[pong]`: `&[u8]`, `Vec<u8>`, [`Bytes`], [`ControlPayload`].
#[diagnostic::on_unimplemented(
    message = "`#[ping]` and `#[pong]` cannot take `{Self}`",
    label = "cannot be created from the payload of a control frame",
    note = "a ping or pong callback takes `&[u8]`, `Vec<u8>`, `Bytes` or `ControlPayload`"
)]
pub trait FromControl<'a>: Sized {
    /// Converts `payload`, by borrowing from it or by taking it.
    ///
    /// # Errors
    /// Returns [`BadPayload`] if the payload is not valid for this type. The connection closes with 1007.
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

/// Parameter types of `#[handle]`: [`Message`], [`Incoming`].
///
/// Implement it for a type of your own that is made from messages of any kind.
#[diagnostic::on_unimplemented(
    message = "`#[handle]` cannot take `{Self}`",
    label = "not a message",
    note = "`#[handle]` receives all kinds of messages, as `Message` or `Incoming<'_>`; for text only use `#[text]`, \
            for bytes `#[binary]`"
)]
pub trait FromMessage<'a>: Sized {
    /// Converts `message`.
    ///
    /// # Errors
    /// Returns [`BadPayload`] if the message is not valid for this type. The connection closes with 1007.
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
    fn bad_json_is_an_error_with_its_position() {
        let mut text = IncomingText::from("{\"a\": }");
        let bad = Json::<serde_json::Value>::from_text(&mut text).err().unwrap();
        assert!(bad.to_string().contains("line 1 column 7"), "{bad}");
    }
}
