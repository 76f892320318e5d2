//! All arguments of one `#[incoming]`: at most one member and one payload, in either order.

use super::argument::IncomingMember;
use super::kind::{BesideEvents, MessageKind, OtherMessages, OtherMessagesThan, Takes};
use super::payload::{IncomingPayload, ReadPayload};
use crate::message::{BadPayload, Incoming};
use crate::service::{Member, Service};

/// The arguments of an `#[incoming]`: at most one member and at most one payload, in either order.
#[diagnostic::on_unimplemented(
    message = "`#[incoming]` takes at most one member and one payload",
    label = "two members or two payloads",
    note = "write `fn incoming(&mut self, member: &Member<Self>, text: &str)`"
)]
pub trait IncomingArguments: Sized {
    #[doc(hidden)]
    type Kind: MessageKind;
    // The type itself. A type that does not implement the trait has none, so that it is one error.
    #[doc(hidden)]
    type Same;

    /// Checks the arguments of one callback.
    #[doc(hidden)]
    fn same(self) -> Self::Same;

    /// Refuses two callbacks for the same messages.
    #[doc(hidden)]
    fn beside<Other: IncomingArguments>(&self, _: &Other)
    where
        Self::Kind: OtherMessagesThan<Other::Kind>,
    {
    }

    /// Refuses a callback for text beside `#[message]` callbacks.
    #[doc(hidden)]
    fn beside_events(&self)
    where
        Self::Kind: BesideEvents,
    {
    }
}

/// Returns the kind of messages that the callback with these arguments takes.
#[doc(hidden)]
#[must_use]
pub fn takes<A: IncomingArguments>(_: &A) -> Takes {
    A::Kind::TAKES
}

/// Makes the arguments of a callback from the message.
#[doc(hidden)]
pub trait ReadArguments<'a, S: Service> {
    type Values;
    fn read(
        self,
        member: &'a Member<S>,
        message: &'a mut Option<Incoming<'static>>,
    ) -> Result<Self::Values, BadPayload>;
}

#[diagnostic::do_not_recommend]
impl IncomingArguments for () {
    type Kind = OtherMessages;
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
impl<O> IncomingArguments for (IncomingMember<O>,) {
    type Kind = OtherMessages;
    type Same = Self;
    fn same(self) -> Self {
        self
    }
}

// The member may be one of another service: rustc reports it at the callback's argument.
impl<'a, S: Service, O> ReadArguments<'a, S> for (IncomingMember<O>,) {
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
impl<P: IncomingPayload> IncomingArguments for (P,) {
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
impl<O, P: IncomingPayload> IncomingArguments for (IncomingMember<O>, P) {
    type Kind = P::Kind;
    type Same = Self;
    fn same(self) -> Self {
        self
    }
}

impl<'a, S: Service, O, P: ReadPayload<'a>> ReadArguments<'a, S> for (IncomingMember<O>, P) {
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
impl<O, P: IncomingPayload> IncomingArguments for (P, IncomingMember<O>) {
    type Kind = P::Kind;
    type Same = Self;
    fn same(self) -> Self {
        self
    }
}

impl<'a, S: Service, O, P: ReadPayload<'a>> ReadArguments<'a, S> for (P, IncomingMember<O>) {
    type Values = (P::Payload, &'a Member<S>);
    fn read(
        self,
        member: &'a Member<S>,
        message: &'a mut Option<Incoming<'static>>,
    ) -> Result<Self::Values, BadPayload> {
        Ok((P::read(message)?, member))
    }
}
