//! The trait that `#[service]` implements: the callbacks of an actor.

use axum::response::Response;
use http::request::Parts;

use super::control::Control;
use super::member::Member;
use super::service_key::ServiceKey;
use crate::event::EventInfo;
use crate::handler::{AppHandle, Upgrade};
use crate::message::{BoxError, Close, Message, Terminate};
use crate::shared::states::Needs;

/// An actor that serves all connections of its routes: the service has one value, and each connection is a [`Member`].
///
/// `#[service]` on an `impl` implements this trait from the marked callbacks. You can also implement it by hand, and
/// mount it with [`App::mount_service`](crate::App::mount_service) or [`Route::service`](crate::Route::service).
///
/// One task owns the service and handles one event at a time, so the state needs no lock. A callback that waits delays
/// the whole service, but not its connections: pings are answered, heartbeats continue, and messages that the service
/// sends go out. Messages of members wait in the inbox meanwhile, or with their connections if the inbox is full
/// ([`InboxOverflow`](crate::InboxOverflow)).
///
/// For each member the service receives [`join`](Self::join), then the member's messages in order, then exactly one
/// [`close`](Self::close). Most callbacks return a [`Control`], which decides whether the service continues.
///
/// [`init`](Self::init) creates the service when the app starts. In an app that became an axum router, it is called
/// when the first client connects, on that client's runtime.
///
/// ```
/// use axum::response::Response;
/// use http::request::Parts;
/// use ws_core::service::{Control, Member, Service, ServiceKey};
/// use ws_core::{App, AppHandle, BoxError, Message, Terminate, Upgrade};
///
/// /// Sends each message to all members.
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
///     async fn init(_: &AppHandle, _: Option<&ServiceKey>) -> Result<Self, BoxError> {
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
///
/// # Keys
/// With `per = "id"` on a route such as `"/game/{id}"` ([`Route::per`](crate::Route::per)), the app has an instance of the
/// service for each value of `{id}`. The first client with a new key starts it, on that client's runtime, and `init` gets
/// the key. It ends when its last member has left, or some time later if the route has `linger = "30s"`
/// ([`Route::linger`](crate::Route::linger)). [`terminate`](Self::terminate) then gets a
/// [`Terminate::StopAs`](crate::Terminate::StopAs). The next client with this key waits until it has returned, and starts a
/// new instance, so that `init` can read what `terminate` has written.
///
/// Clients choose the keys. Reject unknown ones in [`ask`](Self::ask), an extractor of `#[join]`: it runs before an
/// instance starts. No more than 10,000 instances of a service linger; further ones end at once.
/// [`AppHandle::service_at`] returns a handle to an instance.
///
/// # Panics
/// A panic in a callback is logged, and the service restarts: [`terminate`](Self::terminate) receives the panic,
/// [`init`](Self::init) is called again, and each live member is passed to [`rejoin`](Self::rejoin). The messages in
/// the inbox are kept; the one that caused the panic is not delivered again. If [`join`](Self::join) panics, its client
/// gets a 500 response.
///
/// A service restarts at most 10 times in 10 s. A restart whose `init` fails counts, and is retried after a pause that
/// grows from 10 ms to 500 ms. After that the service stays down: its members close with code 1011, and its route
/// answers with 503.
///
/// # Time limits
/// A callback that never returns stops the service for all its members, so these have limits. The limits are options of
/// the route, or of the app; if a service has several routes, the longest apply.
///
/// - [`ask`](Self::ask) and [`join`](Self::join): the [`init_timeout`](crate::App::init_timeout), 30 s by default. The
///   client gets a 503 response. One that waits for its turn behind other events gets it 1 s later.
/// - [`rejoin`](Self::rejoin): the same. The member's connection closes with code 1011.
/// - [`close`](Self::close) and [`terminate`](Self::terminate): the
///   [`terminate_timeout`](crate::App::terminate_timeout), 30 s by default.
/// - [`init`](Self::init): 5 minutes at the start, because it may load data, and the `init_timeout` after a panic. It
///   has longer if the `init_timeout` is longer, or, after a panic, twice the time that it took at the start.
///
/// After that, the callback's future is dropped at its current `.await`, and the service goes on with the state as the
/// callback left it. So do not await between two changes that belong together.
/// [`Stats::limited`](crate::Stats::limited) counts these callbacks, and the log names them, each at most once every
/// 10 s.
///
/// The other callbacks may take any time. A member that leaves meanwhile stops counting as open after the
/// `terminate_timeout` and 1 s, and its `close` is called later.
///
/// # Cancel safety
/// A client that disconnects does not cancel a callback. A callback that exceeds its [time limit](#time-limits) is
/// dropped at its current `.await`. A callback that is still pending at the deadline of a drain is
/// dropped there too. The remaining `close` and `terminate` callbacks then have 1 s together; after that,
/// a pending one is dropped, and each that has not started runs up to its first `.await`.
///
/// If the service's task is aborted or its runtime shut down, a pending callback is dropped as well. The remaining ones
/// run if a runtime is still available; otherwise each runs up to its first `.await`.
///
/// [`init`](Self::init) and [`ask`](Self::ask) have rules of their own, described there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service",
    label = "it has no `#[service] impl`",
    note = "write `#[service]` on the `impl` with its callbacks, as in `#[service] impl {Self} {{ … }}`; it can be empty",
    note = "in the module form, the service is the type of the callbacks' first argument, `state: &mut {Self}`"
)]
// Each method repeats `Self: Send`, as in `Handler`: a service that is not `Send` causes one error, at its type.
pub trait Service: Sized + Send + 'static {
    /// The type that [`info`](Self::info) receives. The macro generates an enum of the types that the `#[info]`
    /// callbacks take. By hand, use any type, and implement [`ServiceInfo`](crate::ServiceInfo) for each type that
    /// converts to it. A service without infos uses [`Infallible`](std::convert::Infallible).
    type Info: Send + 'static;

    /// The type that [`broadcast`](Self::broadcast) receives, generated in the same way. By hand, implement
    /// [`BroadcastTarget`](crate::BroadcastTarget) for the service, and [`BroadcastFor`](crate::BroadcastFor) for each
    /// type that converts to it. A service without broadcasts uses [`Infallible`](std::convert::Infallible).
    type Broadcast: Send + 'static;

    /// The values that [`ask`](Self::ask) extracts from the request and [`join`](Self::join) receives.
    type Asked: Send + 'static;

    /// The value that [`join`](Self::join) returns. It is kept with the member; see [`Member::kept`].
    type Kept: Send + Sync + 'static;

    /// Describes the events of the `#[message]` callbacks, for generators of documentation and clients. None by default.
    #[must_use]
    fn events() -> Vec<EventInfo> {
        Vec::new()
    }

    /// Declares the states that [`init`](Self::init) and [`ask`](Self::ask) take. If the app does not have one of them,
    /// it does not start ([`Error::MissingState`](crate::Error::MissingState)). Declares none by default.
    fn needs(_needs: &mut Needs) {}

    /// Creates the service. Called when the app starts, and again after each panic of a callback. In an app that became
    /// an axum router it is called when the first client connects, and so it is for each [key](Service#keys).
    ///
    /// # Errors
    /// If it returns an error or panics, the app does not start. In an app that became a router, and for a service with
    /// a key, the client gets a 503 response, and the next client triggers another attempt. After a panic of a
    /// callback, it is called again a little later; see [`Service`](Service#panics).
    ///
    /// # Cancel safety
    /// If the future exceeds its [time limit](Service#time-limits), it is dropped at its current `.await`, and `init` has
    /// failed. At the start, the future is dropped too if a drain begins or the app is dropped, for example because of
    /// a signal. After a panic, it is dropped at the deadline of a drain. [`terminate`](Self::terminate) is not called.
    fn init(app: &AppHandle, key: Option<&ServiceKey>) -> impl Future<Output = Result<Self, BoxError>> + Send
    where
        Self: Send;

    /// Extracts from the request the values that [`join`](Self::join) needs, or rejects the request. It runs in the
    /// task of the handshake and not in the service, so only its client waits for it.
    ///
    /// # Errors
    /// Return any HTTP response to reject the request. The client gets it instead of the upgrade, and `join` is not
    /// called.
    ///
    /// # Panics
    /// A panic is logged, and the client gets a 500 response. The service does not restart.
    ///
    /// # Cancel safety
    /// If the client disconnects, or the future exceeds its [time limit](Service#time-limits), the future is dropped at
    /// its current `.await`, and `join` is not called.
    fn ask(
        parts: &mut Parts,
        upgrade: &mut Upgrade<Self>,
    ) -> impl Future<Output = Result<Self::Asked, Response>> + Send
    where
        Self: Send;

    /// Accepts a client as a member, or rejects it. Returns the value that is [kept](Member::kept) with the member.
    ///
    /// No message of the client is read before, and messages that you send to it are delivered after the upgrade. Until
    /// then they may have 16 MiB, or the mailbox's size if it is larger, and they do not count in the mailbox afterwards.
    ///
    /// If the client disconnects before its turn, `join` is not called. If it disconnects later, [`close`](Self::close) is
    /// called with [`Terminate::Abandoned`].
    ///
    /// # Errors
    /// Return any HTTP response to reject the client. It gets this response instead of the upgrade, and
    /// [`close`](Self::close) is not called.
    ///
    /// # Panics
    /// After a panic the client gets a 500 response, and the service restarts.
    ///
    /// # Cancel safety
    /// The future is dropped at its current `.await` only at its [time limit](Service#time-limits) and when the service
    /// ends; see [`Service`](Service#cancel-safety). The client is then rejected, and `close` is not called.
    fn join(
        &mut self,
        asked: Self::Asked,
        member: &Member<Self>,
    ) -> impl Future<Output = Result<Self::Kept, Response>> + Send
    where
        Self: Send;

    /// Accepts a live member again, after the service restarted because of a panic. Called for each member, the oldest
    /// first, before any other event. The request is gone by then, but the [kept](Member::kept) value is still there.
    /// Accepts the member by default.
    ///
    /// # Errors
    /// Return a close to end the member's connection. [`close`](Self::close) is not called for it.
    ///
    /// # Cancel safety
    /// The future is dropped at its current `.await` only at its [time limit](Service#time-limits) and when the service
    /// ends; see [`Service`](Service#cancel-safety). At the time limit, the member's connection closes with code 1011,
    /// without its `close`. When the service ends, its `close` is still called.
    fn rejoin(&mut self, _member: &Member<Self>) -> impl Future<Output = Result<(), Close>> + Send
    where
        Self: Send,
    {
        async { Ok(()) }
    }

    /// Receives a text or binary message of a member. Pings are answered and not passed to the service. Ignores the
    /// message by default.
    ///
    /// # Cancel safety
    /// The future is dropped at its current `.await` only when the service ends; see
    /// [`Service`](Service#cancel-safety).
    fn incoming(&mut self, _member: &Member<Self>, _message: Message) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        async { Control::Continue }
    }

    /// Receives an error of [`incoming`](Self::incoming), in the code that the macro generates. A service by hand handles
    /// its errors in `incoming`.
    #[doc(hidden)]
    fn error(&mut self, member: &Member<Self>, error: BoxError) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        let control = member.fail("incoming", error);
        async { control }
    }

    /// Receives a value that the program broadcast with [`AppHandle::broadcast`] or
    /// [`ServiceHandle::broadcast`](crate::ServiceHandle::broadcast). Ignores it by default.
    ///
    /// # Cancel safety
    /// The future is dropped at its current `.await` only when the service ends; see
    /// [`Service`](Service#cancel-safety).
    fn broadcast(&mut self, _message: Self::Broadcast) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        async { Control::Continue }
    }

    /// Receives an info that the program sent with [`ServiceHandle::info`](crate::ServiceHandle::info). Ignores it by
    /// default.
    ///
    /// # Cancel safety
    /// The future is dropped at its current `.await` only when the service ends; see
    /// [`Service`](Service#cancel-safety).
    fn info(&mut self, _info: Self::Info) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        async { Control::Continue }
    }

    /// Returns how many bytes `info` holds on the heap. An info counts in the inbox with this and with its own size. 0 by
    /// default. The macro calls [`HeapSize::heap_size`](crate::HeapSize::heap_size) of the types that implement it.
    fn info_heap_size(_info: &Self::Info) -> usize {
        0
    }

    /// Like [`info_heap_size`](Self::info_heap_size), for a broadcast.
    fn broadcast_heap_size(_broadcast: &Self::Broadcast) -> usize {
        0
    }

    /// The service received nothing for the duration of the last [`Control::Timeout`]. Called again each time that this
    /// happens; never by default.
    ///
    /// # Cancel safety
    /// The future is dropped at its current `.await` only when the service ends; see
    /// [`Service`](Service#cancel-safety).
    fn timeout(&mut self) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        async { Control::Continue }
    }

    /// A member's connection has ended, for this reason. Called exactly once for each [`join`](Self::join) that
    /// succeeded, even if the client left during the handshake, the app drains or a task is aborted. It is not called
    /// for a member that [`rejoin`](Self::rejoin) rejected, nor if the service cannot restart after a panic.
    ///
    /// Messages to the member are no longer delivered. When the service ends, the returned [`Control`] has no effect.
    ///
    /// # Cancel safety
    /// The future is dropped at its current `.await` only at its [time limit](Service#time-limits) and when the service
    /// ends; see [`Service`](Service#cancel-safety). It is not called again for this member.
    fn close(&mut self, _member: &Member<Self>, _reason: &Terminate) -> impl Future<Output = Control> + Send
    where
        Self: Send,
    {
        async { Control::Continue }
    }

    /// The service ends: a callback returned [`Control::Stop`], the app drains, the service's task is aborted, or a
    /// callback panicked and the service restarts. Called exactly once for each [`init`](Self::init) that succeeded,
    /// after the last [`close`](Self::close). After a panic it is called while the members are still connected, and
    /// without their `close`. A panic in it is logged.
    ///
    /// # Cancel safety
    /// The future is dropped at its current `.await` at its [time limit](Service#time-limits), and 1 s after the deadline
    /// of a drain. If the task is aborted or its runtime shut down, it
    /// runs up to its first `.await`, and the rest runs only if a runtime is still available.
    fn terminate(&mut self, _reason: &Terminate) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        async {}
    }
}
