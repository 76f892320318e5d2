//! The payloads that an `#[incoming]` takes: their kinds, and their conversion from a message.

use super::argument::{AskedAny, AskedBinary, AskedEither, AskedNothing, AskedText};
use super::kind::{Kind, OfBinary, OfEither, OfNothing, OfOthers, OfText};
use crate::message::{BadPayload, FromBinary, FromMessage, FromText, Incoming};

/// A payload that a callback takes.
pub trait AskedPayload {
    type Kind: Kind;
}

impl<T> AskedPayload for AskedAny<T> {
    type Kind = OfOthers;
}

impl<T> AskedPayload for AskedEither<T> {
    type Kind = OfEither;
}

impl<T> AskedPayload for AskedText<T> {
    type Kind = OfText;
}

impl<T> AskedPayload for AskedBinary<T> {
    type Kind = OfBinary;
}

impl<T> AskedPayload for AskedNothing<T> {
    type Kind = OfNothing;
}

/// Converts a message to a payload. The message is there, and of the payload's kind.
pub trait ReadPayload<'a>: AskedPayload {
    type Payload;
    fn read(message: &'a mut Option<Incoming<'static>>) -> Result<Self::Payload, BadPayload>;
}

impl<'a, T: FromMessage<'a>> ReadPayload<'a> for AskedAny<T> {
    type Payload = T;
    fn read(message: &'a mut Option<Incoming<'static>>) -> Result<T, BadPayload> {
        message.take().map_or_else(|| Err(unread()), T::from_message)
    }
}

impl<'a, T: FromText<'a> + FromBinary<'a>> ReadPayload<'a> for AskedEither<T> {
    type Payload = T;
    fn read(message: &'a mut Option<Incoming<'static>>) -> Result<T, BadPayload> {
        match message {
            Some(Incoming::Text(text)) => T::from_text(text),
            Some(Incoming::Binary(bytes)) => T::from_binary(bytes),
            _ => Err(unread()),
        }
    }
}

impl<'a, T: FromText<'a>> ReadPayload<'a> for AskedText<T> {
    type Payload = T;
    fn read(message: &'a mut Option<Incoming<'static>>) -> Result<T, BadPayload> {
        match message {
            Some(Incoming::Text(text)) => T::from_text(text),
            _ => Err(unread()),
        }
    }
}

impl<'a, T: FromBinary<'a>> ReadPayload<'a> for AskedBinary<T> {
    type Payload = T;
    fn read(message: &'a mut Option<Incoming<'static>>) -> Result<T, BadPayload> {
        match message {
            Some(Incoming::Binary(bytes)) => T::from_binary(bytes),
            _ => Err(unread()),
        }
    }
}

impl<T> ReadPayload<'_> for AskedNothing<T> {
    type Payload = T;
    fn read(_: &mut Option<Incoming<'static>>) -> Result<T, BadPayload> {
        Err(unread())
    }
}

fn unread() -> BadPayload {
    BadPayload::new("a message of another kind")
}
