//! The argument of a callback that reads a message as it arrives.

use crate::connection::MessageStream;

/// The type that a callback's argument must be if it is called `MessageStream`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `ws_core::MessageStream`",
    label = "another type of this name",
    note = "a callback that takes a `MessageStream` reads the message as it arrives; give a type of your own another name"
)]
pub trait StreamArgument {
    #[doc(hidden)]
    fn take(body: MessageStream) -> Self;
}

impl StreamArgument for MessageStream {
    fn take(body: MessageStream) -> Self {
        body
    }
}
