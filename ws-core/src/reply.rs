//! What a callback says back: anything that is [`IntoReply`], gathered in a [`Reply`].

use std::collections::VecDeque;

use axum::Json;
use bytes::Bytes;
use serde::Serialize;

use crate::close::{Close, CloseCode, Reason};
use crate::incoming::{Incoming, IncomingBytes, IncomingText};
use crate::message::{Message, Text};
use crate::payload::BadPayload;
use crate::protocol::WriteQueue;
use crate::terminate::{BoxError, StopReason};

/// What a callback says back: messages in order, and whether the connection ends with them (C5).
///
/// Most callbacks return something simpler; see [`IntoReply`]. Everything after a close is dropped (C6).
///
/// ```
/// use ws_core::{CloseCode, Reply};
///
/// let reply = Reply::new().with("that was all").close(CloseCode::NORMAL, "bye");
/// assert!(reply.is_close());
/// ```
#[derive(Debug, Default)]
pub struct Reply {
    /// Messages as frames, where their connection compresses nothing: encoded when they are pushed, in a buffer of the
    /// thread's, so that no message is allocated.
    frames: Option<Box<WriteQueue>>,
    encodes: bool,
    /// Messages that are encoded later. The first one has a place of its own, so that one message allocates no list.
    first: Option<Message>,
    rest: VecDeque<Message>,
    end: Option<End>,
    hibernate: bool,
}

/// How a reply ends its connection.
#[derive(Debug)]
pub(crate) enum End {
    Close(Close),
    CloseAs(Box<dyn StopReason>),
    Failed(BoxError),
    Refused(BadPayload),
}

impl Reply {
    /// Says nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says this too.
    #[must_use]
    pub fn with(mut self, more: impl IntoReply) -> Self {
        more.into_reply(&mut self);
        self
    }

    /// Closes the connection after what was said.
    #[must_use]
    pub fn close(self, code: CloseCode, reason: impl Into<Reason>) -> Self {
        self.with(Close::new(code, reason))
    }

    /// Closes with 1000 after what was said; `#[terminate]` receives `reason` as
    /// [`Terminate::StopAs`](crate::Terminate::StopAs) (C8).
    #[must_use]
    pub fn close_as(mut self, reason: impl StopReason) -> Self {
        self.end.get_or_insert_with(|| End::CloseAs(Box::new(reason)));
        self
    }

    /// Lets go of every buffer that the connection can rebuild, once nothing is left to do (C5). For connections that
    /// will be quiet for long: the next message pays for new buffers.
    #[must_use]
    pub fn hibernate(mut self) -> Self {
        self.hibernate = true;
        self
    }

    /// Says this too, in place.
    pub fn push(&mut self, message: impl Into<Message>) {
        if self.end.is_some() {
            return;
        }
        match message.into() {
            Message::Close(close) => self.end = Some(End::Close(close)),
            message if self.encodes => self.frames().push_message(message),
            message if self.first.is_none() && self.rest.is_empty() => self.first = Some(message),
            message => self.rest.push_back(message),
        }
    }

    /// Adds a text message. `text` is copied, so it may be borrowed from the message that was received.
    pub fn text(&mut self, text: &str) {
        if !self.encodes {
            self.push(text);
        } else if self.end.is_none() {
            self.frames().push_text(text);
        }
    }

    /// Adds a binary message. `bytes` are copied, so they may be borrowed from the message that was received.
    pub fn binary(&mut self, bytes: &[u8]) {
        if !self.encodes {
            self.push(bytes);
        } else if self.end.is_none() {
            self.frames().push_binary(bytes);
        }
    }

    #[inline]
    fn frames(&mut self) -> &mut WriteQueue {
        self.frames.get_or_insert_with(WriteQueue::take)
    }

    /// Ends the connection with an error: 1011 on the wire and nothing of the error, which `#[terminate]` receives. A
    /// [`Close`] as the error closes with its own code.
    pub fn fail(&mut self, error: impl Into<BoxError>) {
        if self.end.is_none() {
            self.end = Some(match error.into().downcast::<Close>() {
                Ok(close) => End::Close(*close),
                Err(error) => End::Failed(error),
            });
        }
    }

    /// Ends the connection with 1007: the payload is not what its callback takes.
    pub fn refuse(&mut self, bad: BadPayload) {
        self.end.get_or_insert(End::Refused(bad));
    }

    /// Whether the connection ends with this reply.
    #[must_use]
    pub const fn is_close(&self) -> bool {
        self.end.is_some()
    }

    /// Whether nothing is said and nothing ends.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.as_ref().is_none_or(|frames| frames.is_empty())
            && self.first.is_none()
            && self.rest.is_empty()
            && self.end.is_none()
    }

    fn append(&mut self, mut other: Self) {
        // The frames of a reply that a handler took out of its connection's: what is here already goes before them.
        if let Some(mut frames) = other.frames.take()
            && self.end.is_none()
        {
            while let Some(message) = self.pop() {
                self.frames().push_message(message);
            }
            self.frames().append(&mut frames);
            self.encodes = true;
        }
        for message in other.first.into_iter().chain(other.rest) {
            self.push(message);
        }
        self.end = self.end.take().or(other.end);
        self.hibernate |= other.hibernate;
    }

    /// A reply of callbacks whose connection compresses nothing, if it `encodes`.
    pub(crate) fn for_connection(encodes: bool) -> Self {
        Self { encodes, ..Self::default() }
    }

    /// Whether there is more to do for it than to send what is encoded.
    #[inline]
    pub(crate) fn is_more_than_frames(&self) -> bool {
        self.first.is_some() || self.end.is_some() || self.hibernate
    }

    /// The next message that is not encoded.
    pub(crate) fn pop(&mut self) -> Option<Message> {
        self.first.take().or_else(|| self.rest.pop_front())
    }

    /// The messages that are encoded.
    pub(crate) const fn encoded(&mut self) -> &mut Option<Box<WriteQueue>> {
        &mut self.frames
    }

    /// A reply of this connection's, whatever a handler left in its place.
    #[inline]
    pub(crate) const fn restore(&mut self, encodes: bool) {
        self.encodes = encodes;
    }

    /// Returns the thread's buffer, if it is empty.
    pub(crate) fn release(&mut self) {
        if let Some(frames) = self.frames.take_if(|frames| frames.is_empty()) {
            frames.give();
        }
    }

    /// Gives back the room that a past list took.
    pub(crate) fn shrink(&mut self) {
        self.rest.shrink_to_fit();
    }

    pub(crate) fn take_end(&mut self) -> Option<End> {
        self.end.take()
    }

    pub(crate) fn take_hibernate(&mut self) -> bool {
        std::mem::take(&mut self.hibernate)
    }
}

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
    note = "a callback returns `()`, `&'static str`, `String`, `Text`, `Bytes`, `Vec<u8>`, `Json<T>`, `Message`, `Close`, \
            `Reply`, or an `Option`, `Result<_, E>`, `Vec`, array or tuple of these",
    note = "anything else is said as text: return `String`, and write `format!(\"{{value}}\")`"
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
        reply.append(self);
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
    note = "implement `std::error::Error` for `{Self}`; or return another error: a `Close` for a code of your own, a \
            `String`, `Box<dyn Error + Send + Sync>`",
    note = "nothing of the error goes to the client, but the code and the reason of a `Close`"
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(what: impl IntoReply) -> Vec<Message> {
        let mut reply = Reply::new().with(what);
        std::iter::from_fn(|| reply.pop()).collect()
    }

    #[test]
    fn c5_nothing_one_or_many() {
        assert!(said(()).is_empty());
        assert!(said(None::<String>).is_empty());
        assert!(said([] as [&'static str; 0]).is_empty());
        assert_eq!(said("a"), [Message::from("a")]);
        assert_eq!(said(""), [Message::from("")]);
        assert_eq!(
            said(("a", vec![1_u8], ["b", "c"])),
            [Message::from("a"), Message::from(vec![1]), Message::from("b"), Message::from("c")]
        );
        assert_eq!(said(Json([1, 2])), [Message::from("[1,2]")]);
    }

    #[test]
    fn c6_everything_after_a_close_is_dropped() {
        let mut reply =
            Reply::new().with("a").with(Close::normal()).with("b").close(CloseCode::POLICY, "late");
        assert!(matches!(reply.take_end(), Some(End::Close(close)) if close == Close::normal()));
        assert_eq!(reply.pop(), Some(Message::from("a")));
        assert_eq!(reply.pop(), None);
    }

    #[test]
    fn an_error_ends_it_and_a_close_as_the_error_has_its_own_code() {
        let mut failed = Reply::new().with(Err::<(), _>("no"));
        assert!(matches!(failed.take_end(), Some(End::Failed(error)) if error.to_string() == "no"));
        let close = Close::new(CloseCode::literal(4000), "kicked");
        let mut closed = Reply::new().with(Err::<(), _>(close.clone()));
        assert!(matches!(closed.take_end(), Some(End::Close(own)) if own == close));
    }
}
