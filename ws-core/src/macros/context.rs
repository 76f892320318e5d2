//! The arguments of a handler's callbacks that have a fixed type, under any name: the context, and the message of
//! `#[outgoing]`.

use super::sealed::Sealed;
use crate::handler::Context;
use crate::message::Message;

/// The `&mut` argument of a handler's callback, besides the handler: [`&mut Context<Self>`](crate::Context).
#[diagnostic::on_unimplemented(
    message = "a callback of `{H}` cannot take `{Self}`",
    label = "not the context",
    note = "the only other `&mut` argument of a callback is the context: `cx: &mut Context<{H}>`",
    note = "the upgrade is an argument of `#[init]`; a payload is no `&mut` reference: to change it, take it by value, as in \
            `mut text: String`"
)]
pub trait ContextArgument<'a, H>: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn take(cx: &'a mut Context<H>) -> Self;
}

impl<'a, H> ContextArgument<'a, H> for &'a mut Context<H> {
    const SEALED: Sealed = Sealed;

    fn take(cx: Self) -> Self {
        cx
    }
}

/// The payload of `#[outgoing]`: [`Message`](crate::Message).
#[diagnostic::on_unimplemented(
    message = "`#[outgoing]` cannot take `{Self}`",
    label = "not the message",
    note = "`#[outgoing]` takes each message by value, whatever its kind: write `message: Message`, and return \
            `Some(message)` to send it"
)]
pub trait OutgoingArgument: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn take(message: Message) -> Self;
}

impl OutgoingArgument for Message {
    const SEALED: Sealed = Sealed;

    fn take(message: Self) -> Self {
        message
    }
}
