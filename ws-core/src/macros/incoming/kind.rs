//! The kinds of messages, and the choice of the callback for a message.

use super::super::sealed::Sealed;
use crate::message::Incoming;

/// Which messages a callback takes.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    Text,
    Binary,
    /// Text, and binary messages that no other callback takes.
    Either,
    /// Those that no other callback takes.
    Others,
    Nothing,
}

/// An `#[incoming]` takes the text messages.
#[derive(Debug)]
pub struct TextMessages;
/// An `#[incoming]` takes the binary messages.
#[derive(Debug)]
pub struct BinaryMessages;
/// An `#[incoming]` takes the text messages, and the binary messages that no other one takes.
#[derive(Debug)]
pub struct EitherMessages;
/// An `#[incoming]` takes the messages that no other one takes.
#[derive(Debug)]
pub struct OtherMessages;
/// An `#[incoming]` takes no messages, because of an error in its arguments.
#[derive(Debug)]
pub struct NoMessages;

/// The messages that an `#[incoming]` takes.
pub trait MessageKind {
    #[doc(hidden)]
    const TAKES: Takes;
}

impl MessageKind for TextMessages {
    const TAKES: Takes = Takes::Text;
}

impl MessageKind for BinaryMessages {
    const TAKES: Takes = Takes::Binary;
}

impl MessageKind for EitherMessages {
    const TAKES: Takes = Takes::Either;
}

impl MessageKind for OtherMessages {
    const TAKES: Takes = Takes::Others;
}

impl MessageKind for NoMessages {
    const TAKES: Takes = Takes::Nothing;
}

/// The messages that one `#[incoming]` takes, which differ from those of another, `Other`.
// All implementations are below.
#[diagnostic::on_unimplemented(
    message = "two `#[incoming]` callbacks receive the same messages",
    label = "another `#[incoming]` already receives these messages",
    note = "there is one callback for text, one for binary, and one for the messages that have no other: put both into one, or \
            remove one of them"
)]
pub trait OtherMessagesThan<Other> {
    #[doc(hidden)]
    const SEALED: Sealed;
}

macro_rules! other_messages {
    ($($kind:ident: $($other:ident)*;)*) => { $( $(
        #[diagnostic::do_not_recommend]
        impl OtherMessagesThan<$other> for $kind {
            const SEALED: Sealed = Sealed;
        }
    )* )* };
}

other_messages! {
    TextMessages: BinaryMessages OtherMessages NoMessages;
    BinaryMessages: TextMessages EitherMessages OtherMessages NoMessages;
    EitherMessages: BinaryMessages OtherMessages NoMessages;
    OtherMessages: TextMessages BinaryMessages EitherMessages NoMessages;
}

#[diagnostic::do_not_recommend]
impl<K> OtherMessagesThan<K> for NoMessages {
    const SEALED: Sealed = Sealed;
}

/// The messages that one `#[incoming]` takes, which are no text, because the `#[message]` callbacks receive all text.
#[diagnostic::on_unimplemented(
    message = "an `#[incoming]` for text cannot stand beside `#[message]`",
    label = "`#[message]` callbacks already receive all text messages",
    note = "mark it with `#[message]` too, or remove it; an `#[incoming]` that takes `Message` receives what is not text"
)]
pub trait BesideEvents {
    #[doc(hidden)]
    const SEALED: Sealed;
}

#[diagnostic::do_not_recommend]
impl BesideEvents for BinaryMessages {
    const SEALED: Sealed = Sealed;
}
#[diagnostic::do_not_recommend]
impl BesideEvents for OtherMessages {
    const SEALED: Sealed = Sealed;
}
#[diagnostic::do_not_recommend]
impl BesideEvents for NoMessages {
    const SEALED: Sealed = Sealed;
}

/// Returns the first callback for this kind of message, or else the one for both kinds or for the others.
#[doc(hidden)]
#[must_use]
pub fn choose<const N: usize>(
    message: Option<&Incoming<'static>>,
    callbacks: [(usize, Takes); N],
) -> Option<usize> {
    let order = match message {
        Some(Incoming::Text(_)) => [Takes::Text, Takes::Either, Takes::Others],
        Some(_) => [Takes::Binary, Takes::Others, Takes::Either],
        None => return None,
    };
    let of = |kind| callbacks.iter().find(|(_, takes)| *takes == kind).map(|&(callback, _)| callback);
    order.into_iter().find_map(of)
}
