//! The payloads that an `#[incoming]` takes: their kinds, and their conversion from a message.

use super::argument::{AnyPayload, BinaryPayload, EitherPayload, NoPayload, TextPayload};
use super::kind::{BinaryMessages, EitherMessages, MessageKind, NoMessages, OtherMessages, TextMessages};
use crate::message::{BadPayload, FromBinary, FromMessage, FromText, Incoming};

/// A payload that a callback takes.
#[doc(hidden)]
pub trait IncomingPayload {
    type Kind: MessageKind;
}

impl<T> IncomingPayload for AnyPayload<T> {
    type Kind = OtherMessages;
}

impl<T> IncomingPayload for EitherPayload<T> {
    type Kind = EitherMessages;
}

impl<T> IncomingPayload for TextPayload<T> {
    type Kind = TextMessages;
}

impl<T> IncomingPayload for BinaryPayload<T> {
    type Kind = BinaryMessages;
}

impl<T> IncomingPayload for NoPayload<T> {
    type Kind = NoMessages;
}

/// Converts a message to a payload. The message is there, and of the payload's kind.
#[doc(hidden)]
pub trait ReadPayload<'a>: IncomingPayload {
    type Payload;
    fn read(message: &'a mut Option<Incoming<'static>>) -> Result<Self::Payload, BadPayload>;
}

impl<'a, T: FromMessage<'a>> ReadPayload<'a> for AnyPayload<T> {
    type Payload = T;
    fn read(message: &'a mut Option<Incoming<'static>>) -> Result<T, BadPayload> {
        message.take().map_or_else(|| Err(unread()), T::from_message)
    }
}

impl<'a, T: FromText<'a> + FromBinary<'a>> ReadPayload<'a> for EitherPayload<T> {
    type Payload = T;
    fn read(message: &'a mut Option<Incoming<'static>>) -> Result<T, BadPayload> {
        match message {
            Some(Incoming::Text(text)) => T::from_text(text),
            Some(Incoming::Binary(bytes)) => T::from_binary(bytes),
            _ => Err(unread()),
        }
    }
}

impl<'a, T: FromText<'a>> ReadPayload<'a> for TextPayload<T> {
    type Payload = T;
    fn read(message: &'a mut Option<Incoming<'static>>) -> Result<T, BadPayload> {
        match message {
            Some(Incoming::Text(text)) => T::from_text(text),
            _ => Err(unread()),
        }
    }
}

impl<'a, T: FromBinary<'a>> ReadPayload<'a> for BinaryPayload<T> {
    type Payload = T;
    fn read(message: &'a mut Option<Incoming<'static>>) -> Result<T, BadPayload> {
        match message {
            Some(Incoming::Binary(bytes)) => T::from_binary(bytes),
            _ => Err(unread()),
        }
    }
}

impl<T> ReadPayload<'_> for NoPayload<T> {
    type Payload = T;
    fn read(_: &mut Option<Incoming<'static>>) -> Result<T, BadPayload> {
        Err(unread())
    }
}

fn unread() -> BadPayload {
    BadPayload::new("a message of another kind")
}
