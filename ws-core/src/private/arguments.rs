//! The arguments of a callback, by position and type, with the errors for types that do not fit. A name decides
//! nothing, so an alias works.

use crate::handler::Upgrade;
use crate::message::Terminate;
use crate::service::{Member, Service};

/// The last argument of `#[init]`, if it is a `&mut`.
#[diagnostic::on_unimplemented(
    message = "`#[init]` cannot take `{Self}`",
    label = "neither an extractor nor the upgrade",
    note = "the last argument of `#[init]` may be `upgrade: &mut Upgrade<{H}>`; there is no context, because there is no \
            connection yet"
)]
pub trait UpgradeArgument<'a, H>: Sized {
    fn take(upgrade: &'a mut Upgrade<H>) -> Self;
}

impl<'a, H> UpgradeArgument<'a, H> for &'a mut Upgrade<H> {
    fn take(upgrade: Self) -> Self {
        upgrade
    }
}

/// The argument of `#[terminate]`.
#[diagnostic::on_unimplemented(
    message = "`#[terminate]` cannot take `{Self}`",
    label = "not the reason",
    note = "`#[terminate]` takes the reason by reference: write `reason: &Terminate`"
)]
pub trait TerminateArgument<'a>: Sized {
    fn take(reason: &'a Terminate) -> Self;
}

impl<'a> TerminateArgument<'a> for &'a Terminate {
    fn take(reason: Self) -> Self {
        reason
    }
}

/// The reference that `#[join]` or `#[rejoin]` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the member",
    label = "expected `&Member<{S}>`",
    note = "the only reference that `#[join]` and `#[rejoin]` take is `member: &Member<{S}>`; an extractor is an owned type"
)]
pub trait MemberArgument<'a, S: Service>: Sized {
    fn take(member: &'a Member<S>) -> Self;
}

impl<'a, S: Service> MemberArgument<'a, S> for &'a Member<S> {
    fn take(member: Self) -> Self {
        member
    }
}

/// An argument of `#[close]`.
#[diagnostic::on_unimplemented(
    message = "`#[close]` cannot take `{Self}`",
    label = "neither the member nor the reason",
    note = "`#[close]` takes both by reference: write `member: &Member<{S}>` and `reason: &Terminate`"
)]
pub trait CloseArgument<'a, S: Service>: Sized {
    fn take(member: &'a Member<S>, reason: &'a Terminate) -> Self;
}

impl<'a, S: Service> CloseArgument<'a, S> for &'a Member<S> {
    fn take(member: Self, _: &'a Terminate) -> Self {
        member
    }
}

impl<'a, S: Service> CloseArgument<'a, S> for &'a Terminate {
    fn take(_: &'a Member<S>, reason: Self) -> Self {
        reason
    }
}
