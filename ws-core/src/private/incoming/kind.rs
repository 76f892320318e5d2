//! The kinds of messages, and the choice of the callback for a message.

use super::Asked;
use crate::message::Incoming;

/// Which messages a callback takes.
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

pub struct OfText;
pub struct OfBinary;
pub struct OfEither;
pub struct OfOthers;
pub struct OfNothing;

/// A kind of messages, as a type.
pub trait Kind {
    const TAKES: Takes;
}

impl Kind for OfText {
    const TAKES: Takes = Takes::Text;
}

impl Kind for OfBinary {
    const TAKES: Takes = Takes::Binary;
}

impl Kind for OfEither {
    const TAKES: Takes = Takes::Either;
}

impl Kind for OfOthers {
    const TAKES: Takes = Takes::Others;
}

impl Kind for OfNothing {
    const TAKES: Takes = Takes::Nothing;
}

/// Two kinds that differ. All implementations are below.
#[diagnostic::on_unimplemented(
    message = "two `#[incoming]` callbacks receive the same messages",
    label = "another `#[incoming]` already receives these messages",
    note = "there is one callback for text, one for binary, and one for the messages that have no other: put both into one, or \
            remove one of them"
)]
pub trait Beside<Other> {}

macro_rules! beside {
    ($($kind:ident: $($other:ident)*;)*) => { $( $(
        #[diagnostic::do_not_recommend]
        impl Beside<$other> for $kind {}
    )* )* };
}

beside! {
    OfText: OfBinary OfOthers OfNothing;
    OfBinary: OfText OfEither OfOthers OfNothing;
    OfEither: OfBinary OfOthers OfNothing;
    OfOthers: OfText OfBinary OfEither OfNothing;
}

#[diagnostic::do_not_recommend]
impl<K> Beside<K> for OfNothing {}

/// Refuses two callbacks for the same messages.
pub fn beside<A: Asked, B: Asked>(_: &A, _: &B)
where
    B::Kind: Beside<A::Kind>,
{
}

/// A kind that leaves text messages to the `#[message]` callbacks.
#[diagnostic::on_unimplemented(
    message = "an `#[incoming]` for text cannot stand beside `#[message]`",
    label = "`#[message]` callbacks already receive all text messages",
    note = "mark it with `#[message]` too, or remove it; an `#[incoming]` that takes `Message` receives what is not text"
)]
pub trait BesideMessages {}

#[diagnostic::do_not_recommend]
impl BesideMessages for OfBinary {}
#[diagnostic::do_not_recommend]
impl BesideMessages for OfOthers {}
#[diagnostic::do_not_recommend]
impl BesideMessages for OfNothing {}

/// Refuses a callback for text beside `#[message]` callbacks.
pub fn beside_messages<A: Asked>(_: &A)
where
    A::Kind: BesideMessages,
{
}

/// Returns the first callback for this kind of message, or else the one for both kinds or for the others.
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
