//! The arguments of an `#[incoming]`, one by one: the member or a payload, by the type alone.
//!
//! `IncomingValue::new` has the method `asks` from six traits, one for each kind of argument. The more references the
//! `Self` of an impl has, the earlier rustc tries it, so that the first kind that the type fits wins.

use std::marker::PhantomData;

use serde::Deserialize;

use super::super::sealed::Sealed;
use crate::Json;
use crate::message::{FromBinary, FromMessage, FromText};
use crate::service::{Member, Service};

/// An argument of an `#[incoming]`, by its type.
#[derive(Debug)]
pub struct IncomingValue<T>(PhantomData<fn() -> T>);

#[doc(hidden)]
impl<T> IncomingValue<T> {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for the macro alone")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// The member among the arguments of an `#[incoming]`.
#[derive(Debug)]
pub struct IncomingMember<S>(PhantomData<fn() -> S>);
/// The payload `T` of an `#[incoming]` that takes any message.
#[derive(Debug)]
pub struct AnyPayload<T>(PhantomData<fn() -> T>);
/// The payload `T` of an `#[incoming]` that takes text and binary messages.
#[derive(Debug)]
pub struct EitherPayload<T>(PhantomData<fn() -> T>);
/// The payload `T` of an `#[incoming]` that takes text messages.
#[derive(Debug)]
pub struct TextPayload<T>(PhantomData<fn() -> T>);
/// The payload `T` of an `#[incoming]` that takes binary messages.
#[derive(Debug)]
pub struct BinaryPayload<T>(PhantomData<fn() -> T>);
/// An argument of an `#[incoming]` that is none, which the compiler reports.
#[derive(Debug)]
pub struct NoPayload<T>(PhantomData<fn() -> T>);

#[doc(hidden)]
pub trait AsksMember {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<S: Service> AsksMember for &&&&&IncomingValue<&Member<S>> {
    type Asked = IncomingMember<S>;
    fn asks(&self) -> IncomingMember<S> {
        IncomingMember(PhantomData)
    }
}

#[doc(hidden)]
pub trait AsksAny<'a> {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<'a, T: FromMessage<'a>> AsksAny<'a> for &&&&IncomingValue<T> {
    type Asked = AnyPayload<T>;
    fn asks(&self) -> AnyPayload<T> {
        AnyPayload(PhantomData)
    }
}

#[doc(hidden)]
pub trait AsksEither<'a> {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<'a, T: FromText<'a> + FromBinary<'a>> AsksEither<'a> for &&&IncomingValue<T> {
    type Asked = EitherPayload<T>;
    fn asks(&self) -> EitherPayload<T> {
        EitherPayload(PhantomData)
    }
}

#[doc(hidden)]
pub trait AsksText<'a> {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<'a, T: FromText<'a>> AsksText<'a> for &&IncomingValue<T> {
    type Asked = TextPayload<T>;
    fn asks(&self) -> TextPayload<T> {
        TextPayload(PhantomData)
    }
}

#[doc(hidden)]
pub trait AsksBinary<'a> {
    type Asked;
    fn asks(&self) -> Self::Asked;
}

impl<'a, T: FromBinary<'a>> AsksBinary<'a> for &IncomingValue<T> {
    type Asked = BinaryPayload<T>;
    fn asks(&self) -> BinaryPayload<T> {
        BinaryPayload(PhantomData)
    }
}

/// An argument of an `#[incoming]` that is neither the member nor a payload.
pub trait OtherArgument<'a> {
    #[doc(hidden)]
    type Value;

    #[doc(hidden)]
    fn asks(&self) -> NoPayload<Self::Value>
    where
        Self::Value: IncomingArgument<'a>;
}

impl<'a, T> OtherArgument<'a> for IncomingValue<T> {
    type Value = T;
    fn asks(&self) -> NoPayload<T>
    where
        T: IncomingArgument<'a>,
    {
        NoPayload(PhantomData)
    }
}

/// An argument of an `#[incoming]`: the member, [`&Member<Self>`](crate::Member), or a payload, which is a type that
/// implements [`FromText`], [`FromBinary`] or [`FromMessage`].
// Only its error is used, for a type that is none of them. `Json<T>` and the like implement it, so that rustc explains the
// problem of `T`.
#[diagnostic::on_unimplemented(
    message = "`#[incoming]` cannot take `{Self}`",
    label = "neither the member nor a payload",
    note = "`#[incoming]` takes `&str`, `String`, `Text` or `Json<T>` (with `T: Deserialize`) for text, `&[u8]`, `Vec<u8>` or \
            `Bytes` for binary, `Message` for every message that has no callback of its own; and `member: &Member<Self>`",
    note = "a type of your own is a payload if it implements `FromText`, `FromBinary` or `FromMessage`, with all bounds \
            of that implementation"
)]
pub trait IncomingArgument<'a> {
    #[doc(hidden)]
    const SEALED: Sealed;
}

impl<'a, T: Deserialize<'a>> IncomingArgument<'a> for Json<T> {
    const SEALED: Sealed = Sealed;
}

#[cfg(feature = "msgpack")]
impl<'a, T: Deserialize<'a>> IncomingArgument<'a> for crate::MsgPack<T> {
    const SEALED: Sealed = Sealed;
}

#[cfg(feature = "cbor")]
impl<'a, T: Deserialize<'a>> IncomingArgument<'a> for crate::Cbor<T> {
    const SEALED: Sealed = Sealed;
}
