//! The types that a callback may return.

use axum::Json;
use bytes::Bytes;
use serde::Serialize;

use super::reply::Reply;
use crate::message::{BoxError, Close, CloseCode, Incoming, IncomingBytes, IncomingText, Message, Text};

/// What a callback may return.
///
/// | type | what is sent |
/// |---|---|
/// | `()`, `None`, an empty list | nothing |
/// | `&'static str`, `String`, [`Text`] | a text message |
/// | [`Bytes`], `Vec<u8>` | a binary message |
/// | [`Json<T>`](crate::Json) | its JSON as text; if it has none, the callback failed |
/// | [`Message`], [`Incoming`], [`IncomingText`], [`IncomingBytes`] | that message |
/// | [`Close`], [`CloseCode`] | a close frame, the last of all |
/// | arrays, `Vec`, tuples of these | each in order, as one write |
/// | [`Reply`] | what was gathered |
/// | `Result<T, E>` | `T`; an error closes with 1011 and reaches `#[terminate]`, a [`Close`] as the error closes with its own code |
///
/// ```
/// use ws_core::{Close, IntoReply};
///
/// fn answer(question: &str) -> Result<String, Close> {
///     match question {
///         "bye" => Err(Close::normal()),
///         question => Ok(format!("why {question}?")),
///     }
/// }
/// # fn is<T: IntoReply>(_: fn(&'static str) -> T) {}
/// # is(answer);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reply",
    label = "a callback cannot return this",
    note = "a callback returns `()`, `&'static str`, `String`, `Text`, `Bytes`, `Vec<u8>`, `Json<T>`, `Message`, \
            `Close`, \
            `Reply`, or an `Option`, `Result<_, E>`, `Vec`, array or tuple of these",
    note = "to send another type as text, return a `String`: `format!(\"{{value}}\")`"
)]
pub trait IntoReply {
    /// Says it into `reply`.
    fn into_reply(self, reply: &mut Reply);
}

impl IntoReply for () {
    fn into_reply(self, _: &mut Reply) {}
}

impl IntoReply for std::convert::Infallible {
    fn into_reply(self, _: &mut Reply) {
        match self {}
    }
}

impl IntoReply for &'static str {
    fn into_reply(self, reply: &mut Reply) {
        reply.push(Text::from_static(self));
    }
}

macro_rules! messages {
    ($($type:ty)*) => { $(
        impl IntoReply for $type {
            fn into_reply(self, reply: &mut Reply) {
                reply.push(self);
            }
        }
    )* };
}

messages! { String Text Bytes Vec<u8> Message Close CloseCode }

impl<T: Serialize> IntoReply for Json<T> {
    fn into_reply(self, reply: &mut Reply) {
        match Message::json(&self.0) {
            Ok(message) => reply.push(message),
            Err(error) => reply.fail(error),
        }
    }
}

impl IntoReply for IncomingText<'_> {
    fn into_reply(self, reply: &mut Reply) {
        match self.into_owned_text() {
            Ok(text) => reply.push(text),
            Err(text) => reply.text(text),
        }
    }
}

impl IntoReply for IncomingBytes<'_> {
    fn into_reply(self, reply: &mut Reply) {
        match self.into_owned_bytes() {
            Ok(bytes) => reply.push(bytes),
            Err(bytes) => reply.binary(bytes),
        }
    }
}

/// The message itself: an echo.
impl IntoReply for Incoming<'_> {
    fn into_reply(self, reply: &mut Reply) {
        match self {
            Self::Text(text) => text.into_reply(reply),
            Self::Binary(bytes) => bytes.into_reply(reply),
            control => reply.push(control),
        }
    }
}

impl IntoReply for Reply {
    fn into_reply(self, reply: &mut Reply) {
        reply.outbox().append(self.into_outbox());
    }
}

impl<T: IntoReply> IntoReply for Option<T> {
    fn into_reply(self, reply: &mut Reply) {
        if let Some(some) = self {
            some.into_reply(reply);
        }
    }
}

/// What a callback may return as the error of a `Result`: a type that implements [`std::error::Error`], a [`Close`], a
/// `String`, a `&str`. Implemented for all that is `Into<BoxError>`, and not to be implemented by hand.
///
/// ```
/// use ws_core::prelude::*;
///
/// fn count(text: &str) -> Result<String, std::num::ParseIntError> {
///     Ok(format!("{} is next", text.parse::<u32>()? + 1))
/// }
/// # fn is<T: IntoReply>(_: fn(&'static str) -> T) {}
/// # is(count);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error that a callback can return",
    label = "the error is neither a `std::error::Error` nor a `Close`",
    note = "implement `std::error::Error` for `{Self}`, or return another error: a `Close` to choose the code, a \
            `String`, or a `Box<dyn Error + Send + Sync>`",
    note = "the error is not sent to the client, except for the code and reason of a `Close`"
)]
pub trait CallbackError: Into<BoxError> {}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> CallbackError for E {}

impl<T: IntoReply, E: CallbackError> IntoReply for Result<T, E> {
    fn into_reply(self, reply: &mut Reply) {
        match self {
            Ok(ok) => ok.into_reply(reply),
            Err(error) => reply.fail(error),
        }
    }
}

impl<T: IntoReply, const N: usize> IntoReply for [T; N] {
    fn into_reply(self, reply: &mut Reply) {
        for one in self {
            one.into_reply(reply);
        }
    }
}

/// `Vec<u8>` is bytes, a message; a list of messages is a `Vec` of what this is for.
macro_rules! lists {
    ($($type:ty)*) => { $(
        impl IntoReply for Vec<$type> {
            fn into_reply(self, reply: &mut Reply) {
                for one in self {
                    one.into_reply(reply);
                }
            }
        }
    )* };
}

lists! { &'static str String Text Bytes Vec<u8> Message Reply }

impl<T: Serialize> IntoReply for Vec<Json<T>> {
    fn into_reply(self, reply: &mut Reply) {
        for one in self {
            one.into_reply(reply);
        }
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => { $(
        impl<$($name: IntoReply),*> IntoReply for ($($name,)*) {
            fn into_reply(self, reply: &mut Reply) {
                #[allow(non_snake_case, reason = "the type's letter names its value")]
                let ($($name,)*) = self;
                $($name.into_reply(reply);)*
            }
        }
    )* };
}

tuples! { (A B) (A B C) (A B C D) }
