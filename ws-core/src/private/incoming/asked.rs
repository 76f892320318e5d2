//! All arguments of one `#[incoming]`: at most one member and one payload, in either order.

use super::argument::AskedMember;
use super::kind::{Kind, OfOthers, Takes};
use super::payload::{AskedPayload, ReadPayload};
use crate::message::{BadPayload, Incoming};
use crate::service::{Member, Service};

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
