//! Finds out which messages an `#[incoming]` takes, and which of its arguments is the member, from the types alone: an
//! alias works, and a name means nothing.
//!
//! [`Argument::new`] has the method `asks` from five traits, one for each kind of argument. The more references the
//! `Self` of an impl has, the earlier rustc tries it, so that the first kind that the type fits wins.

use std::marker::PhantomData;

use serde::Deserialize;

use crate::Json;
use crate::message::{BadPayload, FromBinary, FromMessage, FromText, Incoming};
use crate::service::{Member, Service};

/// An argument of an `#[incoming]`, by its type.
pub struct Argument<T>(PhantomData<fn() -> T>);

impl<T> Argument<T> {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for the macro alone")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// The member.
pub struct AskedMember<S>(PhantomData<fn() -> S>);
/// A payload of any message.
pub struct AskedAny<T>(PhantomData<fn() -> T>);
/// A payload of text.
pub struct AskedText<T>(PhantomData<fn() -> T>);
/// A payload of bytes.
pub struct AskedBinary<T>(PhantomData<fn() -> T>);
/// A type that is none of them, which is reported.
pub struct AskedNothing<T>(PhantomData<fn() -> T>);

pub trait AsksMember {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<S: Service> AsksMember for &&&&Argument<&Member<S>> {
    type Asked = AskedMember<S>;
    fn asks(&self) -> AskedMember<S> {
        AskedMember(PhantomData)
    }
}

pub trait AsksAny<'a> {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<'a, T: FromMessage<'a>> AsksAny<'a> for &&&Argument<T> {
    type Asked = AskedAny<T>;
    fn asks(&self) -> AskedAny<T> {
        AskedAny(PhantomData)
    }
}

pub trait AsksText<'a> {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<'a, T: FromText<'a>> AsksText<'a> for &&Argument<T> {
    type Asked = AskedText<T>;
    fn asks(&self) -> AskedText<T> {
        AskedText(PhantomData)
    }
}

pub trait AsksBinary<'a> {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<'a, T: FromBinary<'a>> AsksBinary<'a> for &Argument<T> {
    type Asked = AskedBinary<T>;
    fn asks(&self) -> AskedBinary<T> {
        AskedBinary(PhantomData)
    }
}

pub trait AsksNothing<'a> {
    type Argument;
    fn asks(&self) -> AskedNothing<Self::Argument>
    where
        Self::Argument: IncomingArgument<'a>;
}

impl<'a, T> AsksNothing<'a> for Argument<T> {
    type Argument = T;
    fn asks(&self) -> AskedNothing<T>
    where
        T: IncomingArgument<'a>,
    {
        AskedNothing(PhantomData)
    }
}

/// Its error explains a type that cannot be an argument. `Json<T>` implements it so
/// that rustc explains what is wrong with `T`.
#[diagnostic::on_unimplemented(
    message = "`#[incoming]` cannot take `{Self}`",
    label = "neither the member nor a payload",
    note = "`#[incoming]` takes `&str`, `String`, `Text` or `Json<T>` (with `T: Deserialize`) for text, `&[u8]`, `Vec<u8>` or \
            `Bytes` for binary, `Message` for every message that has no callback of its own; and `member: &Member<Self>`"
)]
pub trait IncomingArgument<'a> {}

impl<'a, T: Deserialize<'a>> IncomingArgument<'a> for Json<T> {}

/// Which messages a callback takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    Text,
    Binary,
    /// Those that no other callback takes.
    Others,
    Nothing,
}

pub struct OfText;
pub struct OfBinary;
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

#[diagnostic::do_not_recommend]
impl Beside<OfBinary> for OfText {}
#[diagnostic::do_not_recommend]
impl Beside<OfOthers> for OfText {}
#[diagnostic::do_not_recommend]
impl Beside<OfText> for OfBinary {}
#[diagnostic::do_not_recommend]
impl Beside<OfOthers> for OfBinary {}
#[diagnostic::do_not_recommend]
impl Beside<OfText> for OfOthers {}
#[diagnostic::do_not_recommend]
impl Beside<OfBinary> for OfOthers {}
#[diagnostic::do_not_recommend]
impl<K> Beside<K> for OfNothing {}
#[diagnostic::do_not_recommend]
impl Beside<OfNothing> for OfText {}
#[diagnostic::do_not_recommend]
impl Beside<OfNothing> for OfBinary {}
#[diagnostic::do_not_recommend]
impl Beside<OfNothing> for OfOthers {}

/// Refuses two callbacks for the same messages.
pub fn beside<A: Asked, B: Asked>(_: &A, _: &B)
where
    B::Kind: Beside<A::Kind>,
{
}

/// A payload that a callback takes.
pub trait AskedPayload {
    type Kind: Kind;
}

impl<T> AskedPayload for AskedAny<T> {
    type Kind = OfOthers;
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

/// The arguments of one callback, in the order of its signature.
#[diagnostic::on_unimplemented(
    message = "`#[incoming]` takes at most one member and one payload",
    label = "two members or two payloads",
    note = "write `fn incoming(&mut self, member: &Member<Self>, text: &str)`"
)]
pub trait Asked: Sized {
    type Kind: Kind;
    /// The type itself. A type that is not implemented has none, so that it is one error.
    type Same;
    fn same(self) -> Self::Same;
}

/// Checks the arguments of one callback.
pub fn asked<A: Asked>(arguments: A) -> A::Same {
    arguments.same()
}

/// Returns the kind of messages that the callback with these arguments takes.
#[must_use]
pub fn takes<A: Asked>(_: &A) -> Takes {
    A::Kind::TAKES
}

/// Returns the first callback for this kind of message, or else the one for the others.
#[must_use]
pub fn choose<const N: usize>(
    message: Option<&Incoming<'static>>,
    callbacks: [(usize, Takes); N],
) -> Option<usize> {
    let kind = match message {
        Some(Incoming::Text(_)) => Takes::Text,
        Some(_) => Takes::Binary,
        None => return None,
    };
    let of = |kind| callbacks.iter().find(|(_, takes)| *takes == kind).map(|&(callback, _)| callback);
    of(kind).or_else(|| of(Takes::Others))
}

/// Makes the arguments of a callback from the message.
pub trait ReadArguments<'a, S: Service> {
    type Values;
    fn read(
        self,
        member: &'a Member<S>,
        message: &'a mut Option<Incoming<'static>>,
    ) -> Result<Self::Values, BadPayload>;
}

#[diagnostic::do_not_recommend]
impl Asked for () {
    type Kind = OfOthers;
    type Same = Self;
    fn same(self) {}
}

impl<'a, S: Service> ReadArguments<'a, S> for () {
    type Values = ();
    fn read(self, _: &'a Member<S>, _: &'a mut Option<Incoming<'static>>) -> Result<(), BadPayload> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<O> Asked for (AskedMember<O>,) {
    type Kind = OfOthers;
    type Same = Self;
    fn same(self) -> Self {
        self
    }
}

// The member may be one of another service: rustc reports it at the callback's argument.
impl<'a, S: Service, O> ReadArguments<'a, S> for (AskedMember<O>,) {
    type Values = (&'a Member<S>,);
    fn read(
        self,
        member: &'a Member<S>,
        _: &'a mut Option<Incoming<'static>>,
    ) -> Result<Self::Values, BadPayload> {
        Ok((member,))
    }
}

#[diagnostic::do_not_recommend]
impl<P: AskedPayload> Asked for (P,) {
    type Kind = P::Kind;
    type Same = Self;
    fn same(self) -> Self {
        self
    }
}

impl<'a, S: Service, P: ReadPayload<'a>> ReadArguments<'a, S> for (P,) {
    type Values = (P::Payload,);
    fn read(
        self,
        _: &'a Member<S>,
        message: &'a mut Option<Incoming<'static>>,
    ) -> Result<Self::Values, BadPayload> {
        Ok((P::read(message)?,))
    }
}

#[diagnostic::do_not_recommend]
impl<O, P: AskedPayload> Asked for (AskedMember<O>, P) {
    type Kind = P::Kind;
    type Same = Self;
    fn same(self) -> Self {
        self
    }
}

impl<'a, S: Service, O, P: ReadPayload<'a>> ReadArguments<'a, S> for (AskedMember<O>, P) {
    type Values = (&'a Member<S>, P::Payload);
    fn read(
        self,
        member: &'a Member<S>,
        message: &'a mut Option<Incoming<'static>>,
    ) -> Result<Self::Values, BadPayload> {
        Ok((member, P::read(message)?))
    }
}

#[diagnostic::do_not_recommend]
impl<O, P: AskedPayload> Asked for (P, AskedMember<O>) {
    type Kind = P::Kind;
    type Same = Self;
    fn same(self) -> Self {
        self
    }
}

impl<'a, S: Service, O, P: ReadPayload<'a>> ReadArguments<'a, S> for (P, AskedMember<O>) {
    type Values = (P::Payload, &'a Member<S>);
    fn read(
        self,
        member: &'a Member<S>,
        message: &'a mut Option<Incoming<'static>>,
    ) -> Result<Self::Values, BadPayload> {
        Ok((P::read(message)?, member))
    }
}
