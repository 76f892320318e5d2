//! The contract under `#[service]`: what the actor asks of a service.

use axum::response::Response;
use http::request::Parts;

use super::control::Control;
use super::member::Member;
use crate::handler::AppHandle;
use crate::handler::Upgrade;
use crate::message::Close;
use crate::message::Message;
use crate::message::{BoxError, Terminate};
use crate::shared::states::Needs;

/// One actor for all its connections, which are its members (B2).
///
/// `#[service]` on an `impl` writes this from the marked callbacks; it serves as well by hand. One task owns the
/// service, and one thing at a time happens to it, so that nothing of it is locked. A callback that waits holds up the
/// service and no connection of it: pings are answered, heartbeats go on, and what the members send waits in the inbox
/// or, by default, with them.
///
/// For each member it hears [`join`](Self::join), then its messages in their order, then [`close`](Self::close), exactly
/// once. If a callback panics, the service is made anew and each member joins it through [`rejoin`](Self::rejoin) (B8).
///
/// ```
/// use axum::response::Response;
/// use http::request::Parts;
/// use ws_core::service::{Control, Member, Service};
/// use ws_core::{App, AppHandle, BoxError, Message, Terminate, Upgrade};
///
/// /// Says to all what one says.
/// #[derive(Default)]
/// struct Party {
///     guests: Vec<Member<Self>>,
/// }
///
/// impl Service for Party {
///     type Info = std::convert::Infallible;
///     type Broadcast = std::convert::Infallible;
///     type Asked = ();
///     type Kept = ();
///
///     async fn init(_: &AppHandle) -> Result<Self, BoxError> {
///         Ok(Self::default())
///     }
///
///     async fn ask(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<(), Response> {
///         Ok(())
///     }
///
///     async fn join(&mut self, (): (), member: &Member<Self>) -> Result<(), Response> {
///         self.guests.push(member.clone());
///         Ok(())
///     }
///
///     async fn incoming(&mut self, _: &Member<Self>, message: Message) -> Control {
///         for guest in &self.guests {
///             guest.send(message.clone());
///         }
///         Control::Continue
///     }
///
///     async fn close(&mut self, member: &Member<Self>, _: &Terminate) -> Control {
///         self.guests.retain(|guest| guest != member);
///         Control::Continue
///     }
/// }
///
/// let app = App::new().mount_service::<Party>("/party");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service",
    label = "it has no `#[service] impl`",
    note = "write `#[service] impl {Self} {{ … }}` with its callbacks; the `impl` can be empty",
    note = "in the module form, the service is the type of the callbacks' first argument, `state: &mut {Self}`"
)]
// Each method repeats `Self: Send`, as those of `Handler` do: a service that cannot be sent is one error, at its type.
pub trait Service: Sized + Send + 'static {
    /// All that an info may be. The macro makes an enum of the types of the `#[info]` methods; by hand, any type, and
    /// [`ServiceInfo`] for what converts to it.
    type Info: Send + 'static;

    /// All that a broadcast may be, in the same way; an [`BroadcastTarget`](crate::BroadcastTarget) is who has one, and
    /// [`BroadcastFor`](crate::BroadcastFor) what converts to it.
    type Broadcast: Send + 'static;

    /// What [`ask`](Self::ask) takes of the request, for [`join`](Self::join).
    type Asked: Send + 'static;

    /// What [`join`](Self::join) keeps with the member.
    type Kept: Send + Sync + 'static;

    /// Names the states that `init` and `ask` take, so that a missing one stops the start.
    fn needs(_needs: &mut Needs) {}

    /// Makes the service: at the start of the app, and again after each panic (B8).
    ///
    /// # Errors
    /// Whatever keeps it from being; the app does not start then. In an app that became a router, the client is
    /// answered with 503, and the next one has it tried again.
    fn init(app: &AppHandle) -> impl Future<Output = Result<Self, BoxError>> + Send
    where
        Self: Send;

    /// Takes out of the request what `join` needs, or answers with any HTTP response instead. It runs in the handshake's
    /// own task, so that nobody but its client waits for it.
    ///
    /// # Errors
    /// The response, before any upgrade.
    fn ask(
        parts: &mut Parts,
        upgrade: &mut Upgrade<Self>,
    ) -> impl Future<Output = Result<Self::Asked, Response>> + Send
    where
        Self: Send;

    /// A client asks to be a member; nothing of it was read yet, and what is sent to it waits for the upgrade. What it
    /// returns is [kept](Member::kept) with the member.
    ///
    /// # Errors
    /// Any HTTP response instead of the upgrade; there is no `close` then.
    fn join(
        &mut self,
        asked: Self::Asked,
        member: &Member<Self>,
    ) -> impl Future<Output = Result<Self::Kept, Response>> + Send
    where
        Self: Send;

    /// A member that lives joins the service that was made anew after a panic: what it [keeps](Member::kept) is there,
    /// and no request (B8).
    ///
    /// # Errors
    /// How its connection is closed; there is no `close` then.
    fn rejoin(&mut self, _member: &Member<Self>) -> impl Future<Output = Result<(), Close>> + Send
    where
        Self: Send,
    {
        async { Ok(()) }
    }

    /// A member sent a text or binary message. Its pings are answered, and not heard here.
    fn incoming(&mut self, _member: &Member<Self>, _message: Message) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        async { Control::Continue }
    }

    /// Something was broadcast to this service from within the program (B5).
    fn broadcast(&mut self, _message: Self::Broadcast) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        async { Control::Continue }
    }

    /// Something was said to this service from within the program.
    fn info(&mut self, _info: Self::Info) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        async { Control::Continue }
    }

    /// Nothing happened to the service for as long as [`Control::Timeout`] said (B3).
    fn timeout(&mut self) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        async { Control::Continue }
    }

    /// A member's connection has ended; called exactly once for each `join` that succeeded (B10).
    fn close(&mut self, _member: &Member<Self>, _reason: &Terminate) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        async { Control::Continue }
    }

    /// The service ends: stopped, drained, or after a panic, before it is made anew. Called exactly once for each `init`
    /// that succeeded.
    fn terminate(&mut self, _reason: &Terminate) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        async {}
    }
}

/// A type that may be said to service `S`: one of those that its `#[info]` callbacks take.
#[diagnostic::on_unimplemented(
    message = "service `{S}` receives no info of type `{Self}`",
    label = "no `#[info]` callback of `{S}` takes this type",
    note = "add a callback to `#[service] impl {S}`: `#[info] fn on(&mut self, it: {Self}) {{ … }}`"
)]
pub trait ServiceInfo<S: Service>: Send + 'static {
    /// As the service's own type of info.
    fn into_info(self) -> S::Info;
}
