//! The trait that `#[websocket]` implements: the callbacks of a connection.

use std::future::ready;

use axum::response::Response;
use http::request::Parts;

use super::context::Context;
use super::reply::Reply;
use super::upgrade::Upgrade;
use crate::connection::MessageStream;
use crate::event::EventInfo;
use crate::message::{BoxError, Incoming, Message, Terminate};
use crate::shared::states::Needs;

/// The handler of one connection: its state, and the callbacks that receive its events.
///
/// `#[websocket]` on an `impl` implements this trait from the marked callbacks. Implement it by hand for a handler that
/// the macro cannot express, and mount it with [`App::mount`](crate::App::mount) or [`Route::new`](crate::Route::new).
///
/// Each connection has a handler of its own, which [`init`](Self::init) creates during the handshake. One task owns the
/// connection and its handler, so the state needs no lock. The callbacks run one at a time, in the order of the events:
/// [`open`](Self::open) first, then [`message`](Self::message), [`stream`](Self::stream), [`info`](Self::info) and
/// [`outgoing`](Self::outgoing), and [`terminate`](Self::terminate) last. If one of them fails, [`error`](Self::error)
/// is next. Only `init` and the type [`Info`](Self::Info) are required.
///
/// A callback may wait. It delays the next callback of its own connection and nothing else: pings are answered,
/// heartbeats continue, and messages from [`Context::send`] go out.
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
///
/// # Panics
/// A panic in a callback closes the connection with code 1011. [`terminate`](Self::terminate) receives it as
/// [`Terminate::Panic`], and other connections are not affected. If `init` panics, the client gets a 500 response.
///
/// # Cancel safety
/// A callback that is pending when the client sends a close frame, when the server closes the connection with
/// [`Context::close`] or [`Socket::close`](crate::Socket::close), or when the client's credentials
/// [expire](crate::Upgrade::expires_at), is finished. It has the
/// [`close_timeout`](crate::App::close_timeout), and no longer than the deadline of a drain; then its future is dropped
/// at its current `.await`. The close frame does not wait for the callback. Messages that were passed to
/// [`Context::send`] before the close still go out; later ones, and the [`Reply`] of the callback, are not sent.
///
/// If the connection ends in another way while a callback is pending, the callback's future is dropped at its current
/// `.await`: when the client disconnects, sends an invalid message or exceeds a limit, at a timeout, when too much is
/// queued, or at the deadline of a drain. `init` and `terminate` have rules of their own, described there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a WebSocket handler",
    label = "it has no `#[websocket] impl`",
    note = "write `#[websocket]` on the `impl` with its callbacks, as in `#[websocket] impl {Self} {{ … }}`; it can be empty",
    note = "in the module form, the handler is the type of the callbacks' first argument, `state: &mut {Self}`"
)]
// Each method repeats `Self: Send`, so that the generated code can repeat it and rely on it. A handler that is not
// `Send` then causes one error, at its type, instead of one more at each async callback.
pub trait Handler: Sized + Send + 'static {
    /// The type that [`info`](Self::info) receives. The macro generates an enum of the types that the `#[info]`
    /// callbacks take. By hand, use any type, and implement [`InfoFor`](crate::InfoFor) for each type that converts to
    /// it. A handler without infos uses [`Infallible`](std::convert::Infallible).
    type Info: Send + 'static;

    /// Whether [`outgoing`](Self::outgoing) is called. `false` by default: messages then go out without passing the
    /// handler, at no cost.
    const OUTGOING: bool = false;

    /// Whether [`error`](Self::error) is called. `false` by default: an error then closes the connection, and no callback
    /// is checked for one.
    const ERRORS: bool = false;

    /// Whether text messages are passed to [`stream`](Self::stream) as they arrive, and not to [`message`](Self::message).
    /// `false` by default.
    const STREAMS_TEXT: bool = false;

    /// Whether binary messages are passed to [`stream`](Self::stream) as they arrive, and not to
    /// [`message`](Self::message). `false` by default.
    const STREAMS_BINARY: bool = false;

    /// Whether a callback may be pending: [`open`](Self::open), [`message`](Self::message), [`stream`](Self::stream),
    /// [`info`](Self::info), [`outgoing`](Self::outgoing) or [`error`](Self::error). `true` by default. A connection
    /// whose callbacks never are takes less memory and time. The macro sets this to `false` if it is so.
    ///
    /// If it is `false` and such a callback is pending, that is a panic of the callback.
    const AWAITS: bool = true;

    /// Describes the events of the `#[message]` callbacks, for generators of documentation and clients. None by default.
    #[must_use]
    fn events() -> Vec<EventInfo> {
        Vec::new()
    }

    /// Declares the states that [`init`](Self::init) takes. If the app does not have one of them, it does not start
    /// ([`Error::MissingState`](crate::Error::MissingState)). Declares none by default.
    fn needs(_needs: &mut Needs) {}

    /// Creates the handler from the request, or rejects the request.
    ///
    /// It is called once for each handshake, after the checks of version, headers, origin and connection limits, and
    /// before the response. Use `upgrade` to set the subprotocol, limits, compression and response headers of this
    /// connection. The request is dropped afterwards: keep in the handler all values that it needs later.
    ///
    /// # Errors
    /// Return any HTTP response to reject the request. The client gets it instead of the upgrade, and
    /// [`terminate`](Self::terminate) is not called.
    ///
    /// # Panics
    /// A panic is logged, and the client gets a 500 response. `terminate` is not called.
    ///
    /// # Cancel safety
    /// If `init` has not returned after the [`init_timeout`](crate::App::init_timeout), 30 s by default, its future is
    /// dropped at its current `.await`, and the client gets a 503 response. The future is dropped too if the client
    /// disconnects, or the server stops waiting at the deadline of a drain. `terminate` is not called then. If the
    /// client disconnects after `init` has returned a handler, `terminate` is called with [`Terminate::Abandoned`].
    fn init(
        parts: &mut Parts,
        upgrade: &mut Upgrade<Self>,
    ) -> impl Future<Output = Result<Self, Response>> + Send
    where
        Self: Send;

    /// The connection is open. Called once, before any message of the client is read. Infos that were sent during
    /// [`init`](Self::init) are delivered next, before the first message.
    ///
    /// The messages in `reply` are sent when the callback returns. Does nothing by default.
    ///
    /// # Cancel safety
    /// The future is finished if the connection is closed, and dropped at its current `.await` if the connection ends in
    /// another way; see [`Handler`](Handler#cancel-safety).
    fn open(&mut self, _cx: &mut Context<Self>, _reply: &mut Reply) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        ready(())
    }

    /// Receives a text, binary, ping or pong message of the client. A ping has already been answered with a pong.
    ///
    /// A small payload is borrowed from the connection's read buffer, which the connection keeps until this callback
    /// returns. While it is pending, at most 16 more messages are read ahead: one data message, and control frames before
    /// and behind it. Then TCP holds the client back.
    ///
    /// The messages in `reply` are sent when the callback returns. Ignores the message by default.
    ///
    /// # Cancel safety
    /// The future is finished if the connection is closed, and dropped at its current `.await` if the connection ends in
    /// another way; see [`Handler`](Handler#cancel-safety). The message is lost then.
    fn message(
        &mut self,
        _message: Incoming<'_>,
        _cx: &mut Context<Self>,
        _reply: &mut Reply,
    ) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        ready(())
    }

    /// Receives a message as it arrives: the callback starts with the first bytes of the message. It is called instead of
    /// [`message`](Self::message) for the kinds that [`STREAMS_TEXT`](Self::STREAMS_TEXT) and
    /// [`STREAMS_BINARY`](Self::STREAMS_BINARY) name. If it returns before the end of the message, the rest is discarded.
    /// See [`MessageStream`]. Discards the message by default.
    ///
    /// # Cancel safety
    /// The future is finished if the connection is closed, and dropped at its current `.await` if the connection ends in
    /// another way; see [`Handler`](Handler#cancel-safety).
    fn stream(
        &mut self,
        _body: MessageStream,
        _cx: &mut Context<Self>,
        _reply: &mut Reply,
    ) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        ready(())
    }

    /// Receives an info that the program sent to this connection: with [`Socket::info`](crate::Socket::info),
    /// [`Context::notify_after`] or [`Context::spawn`], as a broadcast, or as a change of presence.
    ///
    /// The messages in `reply` are sent when the callback returns. Ignores the info by default.
    ///
    /// # Cancel safety
    /// The future is finished if the connection is closed, and dropped at its current `.await` if the connection ends in
    /// another way; see [`Handler`](Handler#cancel-safety). The info is lost then.
    fn info(
        &mut self,
        _info: Self::Info,
        _cx: &mut Context<Self>,
        _reply: &mut Reply,
    ) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        ready(())
    }

    /// Returns how many bytes `info` holds on the heap. An info counts in the mailbox with this and with its own size. 0
    /// by default. The macro calls [`HeapSize::heap_size`](crate::HeapSize::heap_size) of the types that implement it.
    fn info_heap_size(_info: &Self::Info) -> usize {
        0
    }

    /// Replaces a message that was sent through a [`Socket`](crate::Socket) or published to a topic, just before it
    /// goes out. The messages that you push to `reply` are sent instead; push none to drop the message. Pushes the
    /// message itself by default.
    ///
    /// It is called only if [`OUTGOING`](Self::OUTGOING) is `true`. It is not called for the handler's own messages
    /// (its replies and [`Context::send`]), nor for a close.
    ///
    /// # Cancel safety
    /// The future is finished if the connection is closed, and dropped at its current `.await` if the connection ends in
    /// another way; see [`Handler`](Handler#cancel-safety). The message is lost then.
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
        ready(())
    }

    /// Receives the error of the callback that has just returned: of [`open`](Self::open), [`message`](Self::message),
    /// [`stream`](Self::stream), [`info`](Self::info) or [`outgoing`](Self::outgoing). The error is the one that was
    /// passed to [`Reply::fail`], or the [`BadPayload`](crate::BadPayload) that was passed to [`Reply::refuse`]. A
    /// [`Close`](crate::Close) closes the connection and is not passed to this method, and neither is a panic.
    ///
    /// The messages that the callback had added to `reply` before it failed are sent, then those that you add here. To
    /// close the connection as without this method, pass the error to [`Reply::fail`] again, which is the default.
    ///
    /// It is called only if [`ERRORS`](Self::ERRORS) is `true`, and not for a callback that returns while the connection
    /// is closing.
    ///
    /// # Cancel safety
    /// The future is finished if the connection is closed, and dropped at its current `.await` if the connection ends in
    /// another way; see [`Handler`](Handler#cancel-safety). The error is lost then.
    fn error(
        &mut self,
        error: BoxError,
        _cx: &mut Context<Self>,
        reply: &mut Reply,
    ) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        reply.fail(error);
        ready(())
    }

    /// The connection has ended, for this reason. Called exactly once for each [`init`](Self::init) that succeeded,
    /// even if a callback panicked or the connection's task was aborted. Release the connection's resources here.
    ///
    /// The connection no longer sends or receives anything: [`Context::send`] returns
    /// [`Delivery::Gone`](crate::Delivery::Gone). The close handshake runs at the same time, and neither delays the
    /// other. A panic is logged. Does nothing by default.
    ///
    /// # Cancel safety
    /// If `terminate` has not returned after the [`terminate_timeout`](crate::App::terminate_timeout), 30 s by default,
    /// its future is dropped at its current `.await`: the connection counts as open while `terminate` runs. If the app
    /// drains, the future is dropped 1 s after the deadline of the drain, if that is earlier. If the connection's task
    /// is aborted or its runtime shut down, `terminate` runs up to its first `.await`, and the rest runs only if a
    /// runtime is still available, so do the essential work first.
    fn terminate(&mut self, _reason: &Terminate, _cx: &mut Context<Self>) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        ready(())
    }
}
