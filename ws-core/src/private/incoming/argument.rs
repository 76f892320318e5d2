//! The arguments of an `#[incoming]`, one by one: the member or a payload, by the type alone.
//!
//! [`Argument::new`] has the method `asks` from six traits, one for each kind of argument. The more references the
//! `Self` of an impl has, the earlier rustc tries it, so that the first kind that the type fits wins.

use std::marker::PhantomData;

use serde::Deserialize;

use crate::Json;
use crate::message::{FromBinary, FromMessage, FromText};
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
/// A payload of text or bytes.
pub struct AskedEither<T>(PhantomData<fn() -> T>);
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

impl<S: Service> AsksMember for &&&&&Argument<&Member<S>> {
    type Asked = AskedMember<S>;
    fn asks(&self) -> AskedMember<S> {
        AskedMember(PhantomData)
    }
}

pub trait AsksAny<'a> {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<'a, T: FromMessage<'a>> AsksAny<'a> for &&&&Argument<T> {
    type Asked = AskedAny<T>;
    fn asks(&self) -> AskedAny<T> {
        AskedAny(PhantomData)
    }
}

pub trait AsksEither<'a> {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<'a, T: FromText<'a> + FromBinary<'a>> AsksEither<'a> for &&&Argument<T> {
    type Asked = AskedEither<T>;
    fn asks(&self) -> AskedEither<T> {
        AskedEither(PhantomData)
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

/// Its error explains a type that cannot be an argument. `Json<T>` and the like implement it so that rustc explains what
/// is wrong with `T`.
#[diagnostic::on_unimplemented(
    message = "`#[incoming]` cannot take `{Self}`",
    label = "neither the member nor a payload",
    note = "`#[incoming]` takes `&str`, `String`, `Text` or `Json<T>` (with `T: Deserialize`) for text, `&[u8]`, `Vec<u8>` or \
            `Bytes` for binary, `Message` for every message that has no callback of its own; and `member: &Member<Self>`",
    note = "a type of your own is a payload if it implements `FromText`, `FromBinary` or `FromMessage`, with all bounds \
            of that implementation"
)]
pub trait IncomingArgument<'a> {}

impl<'a, T: Deserialize<'a>> IncomingArgument<'a> for Json<T> {}
#[cfg(feature = "msgpack")]
impl<'a, T: Deserialize<'a>> IncomingArgument<'a> for crate::MsgPack<T> {}
#[cfg(feature = "cbor")]
impl<'a, T: Deserialize<'a>> IncomingArgument<'a> for crate::Cbor<T> {}
