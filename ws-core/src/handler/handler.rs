//! The contract under the macros: what a connection asks of a handler.

use axum::response::Response;
use http::request::Parts;

use crate::handler::Context;
use crate::handler::Reply;
use crate::handler::Upgrade;
use crate::message::Incoming;
use crate::message::Message;
use crate::message::Terminate;
use crate::shared::states::Needs;

/// One connection's handler.
///
/// `#[websocket]` on an `impl` writes this from the marked callbacks; it serves as well by hand. One task owns the
/// handler, so that nothing of it is locked; a callback that waits does not freeze its connection.
///
/// ```
/// use axum::response::Response;
/// use http::request::Parts;
/// use ws_core::{App, Context, Handler, Incoming, Reply, Upgrade};
///
/// struct Echo;
///
/// impl Handler for Echo {
///     type Info = std::convert::Infallible;
///
///     async fn init(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<Self, Response> {
///         Ok(Self)
///     }
///
///     async fn message(&mut self, message: Incoming<'_>, _: &mut Context<Self>, reply: &mut Reply) {
///         if let Incoming::Text(text) = message {
///             reply.text(&text);
///         }
///     }
/// }
///
/// let app = App::new().mount::<Echo>("/echo", ());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a WebSocket handler",
    label = "it has no `#[websocket] impl`",
    note = "write `#[websocket] impl {Self} {{ … }}` with its callbacks; the `impl` can be empty",
    note = "in the module form, the handler is the type of the callbacks' first argument, `state: &mut {Self}`"
)]
// Each method repeats `Self: Send`, so that what the macro writes may too, and rely on it: a handler that cannot be sent
// is then one error, at its type, and not another one at each callback that waits.
pub trait Handler: Sized + Send + 'static {
    /// All that an info may be. The macro makes an enum of the types of the `#[info]` methods; by hand, any type, and
    /// [`InfoFor`] for what converts to it.
    type Info: Send + 'static;

    /// Whether [`outgoing`](Self::outgoing) is to be called at all: where it is not, nothing is asked.
    const OUTGOING: bool = false;

    /// Names the states that `init` takes, so that a missing one stops the start.
    fn needs(_needs: &mut Needs) {}

    /// Sees the request and answers with a handler, or with any HTTP response instead of the upgrade (C1). Nothing
    /// of the request is kept but what it takes (Z6).
    fn init(
        parts: &mut Parts,
        upgrade: &mut Upgrade<Self>,
    ) -> impl Future<Output = Result<Self, Response>> + Send
    where
        Self: Send;

    /// The connection is up; nothing of the client's was read yet (C2).
    fn open(&mut self, _cx: &mut Context<Self>, _reply: &mut Reply) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        async {}
    }

    /// A text, binary, ping or pong message was received. Pings were answered before (C3).
    ///
    /// A small payload is borrowed from the connection's read buffer, which stays with the connection until this returns.
    ///
    /// # Cancel safety
    /// The future is dropped at an await point when the connection is lost or closed meanwhile.
    fn message(
        &mut self,
        _message: Incoming<'_>,
        _cx: &mut Context<Self>,
        _reply: &mut Reply,
    ) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        async {}
    }

    /// Something was said to the connection from within the program (C4).
    fn info(
        &mut self,
        _info: Self::Info,
        _cx: &mut Context<Self>,
        _reply: &mut Reply,
    ) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        async {}
    }

    /// A message that was sent through a [`Socket`](crate::Socket) or published to a topic is about to go out (Z13): what is
    /// pushed to `reply` goes out in its stead. What the handler itself says does not come here, nor does a close. Called
    /// only where [`OUTGOING`](Self::OUTGOING) says so.
    fn outgoing(
        &mut self,
        message: Message,
        _cx: &mut Context<Self>,
        reply: &mut Reply,
    ) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        reply.push(message);
        async {}
    }

    /// The connection has ended; called exactly once for every `init` that succeeded, whatever happened (C12).
    fn terminate(&mut self, _reason: &Terminate, _cx: &mut Context<Self>) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        async {}
    }
}

/// A type that may be said to handler `H`: one of those that its `#[info]` callbacks take.
///
/// The macro implements it for each; `socket.info(x)` of any other type does not compile.
#[diagnostic::on_unimplemented(
    message = "`{H}` receives no info of type `{Self}`",
    label = "no `#[info]` callback of `{H}` takes this type",
    note = "add a callback to `#[websocket] impl {H}`: `#[info] fn on(&mut self, it: {Self}) {{ … }}`",
    note = "in the module form: `#[info] fn on(state: &mut {H}, it: {Self}) {{ … }}`"
)]
pub trait InfoFor<H: Handler>: Send + 'static {
    /// As the handler's own type of info.
    fn into_info(self) -> H::Info;
}
