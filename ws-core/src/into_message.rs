//! What may be sent and published.

use axum::Json;
use serde::Serialize;

use crate::message::Message;

/// What may be sent and published: anything that is `Into<Message>`, and [`Json`], of which there may turn out to be
/// nothing to send.
///
/// ```
/// # use ws_core::prelude::*;
/// # #[websocket("/prices")]
/// # #[derive(Default)]
/// # struct Prices;
/// # #[websocket]
/// # impl Prices {
/// #[open]
/// fn open(&mut self, cx: &mut Context<Self>) -> Result<(), serde_json::Error> {
///     cx.send("prices follow");
///     // Any `Serialize`: here, a symbol and its price.
///     cx.send(Json(("ACME", 4200)))?;
///     Ok(())
/// }
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent",
    label = "neither a message nor JSON",
    note = "send a `&str`, `String`, `Text`, `Bytes`, `Vec<u8>`, `Message`, or `Json(value)` with `value: Serialize`"
)]
pub trait IntoMessage: Sized {
    /// What the caller is answered: `A`, or a `Result` of it where there may be nothing to send.
    type Answer<A>;

    /// Hands the message to `send`.
    fn send_with<A>(self, send: impl FnOnce(Message) -> A) -> Self::Answer<A>;
}

#[diagnostic::do_not_recommend]
impl<M: Into<Message>> IntoMessage for M {
    type Answer<A> = A;

    fn send_with<A>(self, send: impl FnOnce(Message) -> A) -> A {
        send(self.into())
    }
}

impl<T: Serialize> IntoMessage for &Json<T> {
    type Answer<A> = Result<A, serde_json::Error>;

    fn send_with<A>(self, send: impl FnOnce(Message) -> A) -> Self::Answer<A> {
        Message::json(&self.0).map(send)
    }
}

impl<T: Serialize> IntoMessage for Json<T> {
    type Answer<A> = Result<A, serde_json::Error>;

    fn send_with<A>(self, send: impl FnOnce(Message) -> A) -> Self::Answer<A> {
        (&self).send_with(send)
    }
}
