//! A user's payload types.

use serde::Deserialize;
use ws_core::prelude::*;
use ws_core::{BadPayload, FromBinary, FromMessage, FromText, IncomingBytes, IncomingText};

/// Two words of a text.
pub(crate) struct Pair(pub String, pub String);

impl FromText<'_> for Pair {
    fn from_text(text: &mut IncomingText<'_>) -> Result<Self, BadPayload> {
        let (first, second) = text.split_once(' ').ok_or_else(|| BadPayload::new("a pair has two words"))?;
        Ok(Self(first.to_owned(), second.to_owned()))
    }
}

impl IntoReply for Pair {
    fn into_reply(self, reply: &mut Reply) {
        reply.push(format!("{}+{}", self.0, self.1));
    }
}

/// A number of four bytes.
pub(crate) struct Number(pub u32);

impl FromBinary<'_> for Number {
    fn from_binary(bytes: &mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        let bytes = <[u8; 4]>::try_from(&**bytes).map_err(|_| BadPayload::new("a number has four bytes"))?;
        Ok(Self(u32::from_be_bytes(bytes)))
    }
}

/// A number, as text or as bytes.
pub(crate) struct Either(pub u32);

impl FromText<'_> for Either {
    fn from_text(text: &mut IncomingText<'_>) -> Result<Self, BadPayload> {
        text.parse().map(Self).map_err(|error| BadPayload::new(format!("not a number: {error}")))
    }
}

impl<'a> FromBinary<'a> for Either {
    fn from_binary(bytes: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Number::from_binary(bytes).map(|Number(number)| Self(number))
    }
}

/// The words of a text, borrowed from it.
pub(crate) struct Words<'a>(pub Vec<&'a str>);

impl<'a> FromText<'a> for Words<'a> {
    fn from_text(text: &'a mut IncomingText<'_>) -> Result<Self, BadPayload> {
        Ok(Self(text.split(' ').collect()))
    }
}

/// A packet, borrowed from the message.
pub(crate) struct Packet<'a>(pub u8, pub &'a [u8]);

impl<'a> FromBinary<'a> for Packet<'a> {
    fn from_binary(bytes: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        let (&kind, body) = bytes.split_first().ok_or_else(|| BadPayload::new("an empty packet"))?;
        Ok(Self(kind, body))
    }
}

/// A value that is preceded by an exclamation mark.
pub(crate) struct Loud<T>(pub T);

impl<'a, T: Deserialize<'a>> FromText<'a> for Loud<T> {
    fn from_text(text: &'a mut IncomingText<'_>) -> Result<Self, BadPayload> {
        let quiet = text.strip_prefix('!').ok_or_else(|| BadPayload::new("too quiet"))?;
        serde_json::from_str(quiet).map(Self).map_err(|error| BadPayload::new(error.to_string()))
    }
}

/// The length of any message.
pub(crate) struct Length(pub usize);

impl FromMessage<'_> for Length {
    fn from_message(message: Incoming<'_>) -> Result<Self, BadPayload> {
        if message.is_empty() { Err(BadPayload::new("nothing")) } else { Ok(Self(message.len())) }
    }
}
