//! The types that a callback may return.

use std::borrow::Cow;

use axum::Json;
use bytes::Bytes;
use serde::Serialize;

use super::reply::Reply;
#[cfg(feature = "cbor")]
use crate::message::Cbor;
#[cfg(feature = "msgpack")]
use crate::message::MsgPack;
use crate::message::{BoxError, Close, CloseCode, Incoming, IncomingBytes, IncomingText, Message, Text};

/// A type that a callback may return. Its messages are sent to the client when the callback returns.
///
/// | type | sends |
/// |---|---|
/// | `()`, `None`, an empty list | nothing |
/// | `&str`, `String`, `Cow<str>`, [`Text`] | a text message |
/// | `&[u8]`, `Vec<u8>`, `Cow<[u8]>`, [`Bytes`] | a binary message |
/// | [`Json<T>`](crate::Json) | its JSON as a text message; if it cannot be serialized, the callback has failed |
/// | `MsgPack<T>`, `Cbor<T>`, with the features `msgpack` and `cbor` | a binary message |
/// | [`Message`], [`Incoming`], [`IncomingText`], [`IncomingBytes`] | that message |
/// | [`Close`], [`CloseCode`] | a close frame; everything after it is dropped |
/// | arrays of these, tuples of up to four, a `Vec` of texts, bytes, `Json<T>`, [`Message`], [`Reply`], `Option` or `Result` | each in order, as one write |
/// | [`Reply`] | the messages that you added to it |
/// | `Option<T>` | the `T`, if there is one |
/// | `Result<T, E>` | the `T`; an error is passed to `#[error]`, or closes the connection (see [`CallbackError`]); an [`ErrorReply`](crate::ErrorReply) sends its messages |
///
/// A reply may be borrowed, from the payload, from the handler or from the context: it is copied into the connection's
/// queue when the callback returns. The macro gives all references of such a callback one lifetime:
///
/// ```
/// use ws_core::prelude::*;
///
/// #[websocket("/echo")]
/// #[derive(Default)]
/// struct Echo {
///     last: String,
/// }
///
/// #[websocket]
/// impl Echo {
///     #[text]
///     fn echo(&mut self, text: &str) -> &str {
///         if text == "last" {
///             return &self.last;
///         }
///         text.clone_into(&mut self.last);
///         text
///     }
/// }
/// ```
///
/// [`Text`], [`Bytes`] and [`Message`] share a large payload instead of copying it. They are the types for a large
/// constant: `Text::from_static(PAGE)`.
///
/// Implement it for a type of your own by adding messages to `reply`:
///
/// ```
/// use ws_core::{IntoReply, Reply};
///
/// struct Verdict {
///     guess: u8,
///     hint: &'static str,
/// }
///
/// impl IntoReply for Verdict {
///     fn into_reply(self, reply: &mut Reply) {
///         reply.push(self.guess.to_string());
///         reply.push(self.hint);
///     }
/// }
///
/// assert!(!Reply::new().with(Verdict { guess: 41, hint: "more" }).is_empty());
/// ```
///
/// A callback may also return a `Result`, here with a close as the error:
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
    note = "a callback returns `()`, `&str`, `String`, `Text`, `&[u8]`, `Vec<u8>`, `Bytes`, `Json<T>`, `Message`, \
            `Close`, `Reply`, or an `Option`, `Result<_, E>`, `Vec`, array or tuple of these",
    note = "to send a value that implements `Serialize`, return `Json(value)`; to send another type as text, return a \
            `String`, such as `value.to_string()`"
)]
pub trait IntoReply {
    /// Adds this value's messages to `reply`, or closes the connection.
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

impl IntoReply for &str {
    fn into_reply(self, reply: &mut Reply) {
        reply.text(self);
    }
}

impl IntoReply for &[u8] {
    fn into_reply(self, reply: &mut Reply) {
        reply.binary(self);
    }
}

/// A byte string: `b"…"`.
impl<const N: usize> IntoReply for &[u8; N] {
    fn into_reply(self, reply: &mut Reply) {
        reply.binary(self);
    }
}

impl IntoReply for &String {
    fn into_reply(self, reply: &mut Reply) {
        reply.text(self);
    }
}

impl IntoReply for &Vec<u8> {
    fn into_reply(self, reply: &mut Reply) {
        reply.binary(self);
    }
}

impl IntoReply for Cow<'_, str> {
    fn into_reply(self, reply: &mut Reply) {
        match self {
            Cow::Borrowed(text) => reply.text(text),
            Cow::Owned(text) => reply.push(text),
        }
    }
}

impl IntoReply for Cow<'_, [u8]> {
    fn into_reply(self, reply: &mut Reply) {
        match self {
            Cow::Borrowed(bytes) => reply.binary(bytes),
            Cow::Owned(bytes) => reply.push(bytes),
        }
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

macro_rules! shared {
    ($($type:ty)*) => { $(
        /// A clone shares the payload.
        impl IntoReply for &$type {
            fn into_reply(self, reply: &mut Reply) {
                reply.push(self.clone());
            }
        }
    )* };
}

shared! { Text Bytes Message }

macro_rules! serialized {
    ($($(#[$attribute:meta])* $type:ident $serialize:ident)*) => { $(
        $(#[$attribute])*
        impl<T: Serialize> IntoReply for $type<T> {
            fn into_reply(self, reply: &mut Reply) {
                match Message::$serialize(&self.0) {
                    Ok(message) => reply.push(message),
                    Err(error) => reply.fail(error),
                }
            }
        }

        $(#[$attribute])*
        impl<T: Serialize> IntoReply for Vec<$type<T>> {
            fn into_reply(self, reply: &mut Reply) {
                for one in self {
                    one.into_reply(reply);
                }
            }
        }
    )* };
}

serialized! {
    Json json
    #[cfg(feature = "msgpack")]
    MsgPack msgpack
    #[cfg(feature = "cbor")]
    Cbor cbor
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

/// Sends the message back to the client.
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

/// A type that a callback may return as the error of a `Result`: one that implements [`std::error::Error`], a
/// [`Close`], a `String`, or a `&str`.
///
/// A [`Close`] closes the connection with its own code and reason. Any other error is passed to the handler's `#[error]`
/// for its type. Without one it closes the connection with code 1011, and `#[terminate]` receives the error as
/// [`Terminate::Failed`](crate::Terminate::Failed). The client receives nothing of
/// the error, because it may contain internal details.
///
/// The trait is implemented for every type that is `Into<BoxError>`. Do not implement it by hand.
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
    note = "the error is not sent to the client, except for the code and reason of a `Close`; to send messages for it, implement \
            `IntoReply` for `{Self}` and return `Result<…, ErrorReply>`"
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

/// Implements `IntoReply` for lists of these types. There is no implementation for every `Vec<T>`, because `Vec<u8>` is
/// a binary message.
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

lists! { &str &[u8] &String Cow<'_, str> Cow<'_, [u8]> String Text Bytes Vec<u8> Message Reply }

macro_rules! generic_lists {
    ($([$($parameters:tt)*] $type:ty;)*) => { $(
        impl<$($parameters)*> IntoReply for Vec<$type> {
            fn into_reply(self, reply: &mut Reply) {
                for one in self {
                    one.into_reply(reply);
                }
            }
        }
    )* };
}

generic_lists! {
    [T: IntoReply] Option<T>;
    [T: IntoReply, E: CallbackError] Result<T, E>;
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
