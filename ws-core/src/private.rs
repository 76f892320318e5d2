//! Support for the code that the macros generate. Do not use it by hand: it changes without notice.
#![allow(missing_docs, reason = "seen only by what the macros write")]

#[path = "private/arguments.rs"]
mod arguments;
#[path = "private/incoming.rs"]
mod incoming;
#[path = "private/reply.rs"]
mod reply;

use std::any::Any;
use std::convert::Infallible;
use std::marker::PhantomData;
pub use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::IntoResponse;
pub use axum::response::Response;
use futures_util::future::BoxFuture;
pub use http::request::Parts;
pub use inventory;

pub use self::arguments::{CloseArgument, MemberArgument, TerminateArgument, UpgradeArgument};
pub use self::incoming::*;
pub use self::reply::{AnyReply, ReplyText};
use crate::connection::{End, Local};
use crate::handler::AppHandle;
use crate::handler::Context;
use crate::handler::Handler;
use crate::handler::State;
use crate::handler::Upgrade;
use crate::handler::{IntoReply, Reply};
use crate::hub::DeliveryCounts;
use crate::message::BadPayload;
use crate::message::BoxError;
use crate::message::{Close, CloseCode};
pub use crate::route::linked::Linked;
pub use crate::route::options::RouteOptions;
use crate::service::{Control, Member, Service};
pub use crate::shared::heartbeat::Heartbeat;
pub use crate::shared::panics::Named;
use crate::shared::states::Needs;

/// Sets the name of the running callback, as it is written in the program.
pub fn enter<H: Handler>(cx: &mut Context<H>, callback: &'static str) {
    cx.local().callback = callback;
}

/// Delivers a broadcast to every connection of `H`.
pub fn broadcast<H: Handler>(app: &AppHandle, mut info: impl FnMut() -> H::Info) -> DeliveryCounts {
    app.sockets::<H>().iter().map(|socket| socket.boxed_info(Box::new(info()))).collect()
}

/// Delivers a broadcast to service `S`.
pub fn broadcast_to_service<S: Service>(
    app: &AppHandle,
    mut broadcast: impl FnMut() -> S::Broadcast,
) -> DeliveryCounts {
    [app.service::<S>().boxed_broadcast(broadcast())].into_iter().collect()
}

/// Creates a handler that has no `#[init]`.
#[must_use]
pub fn by_default<H: ByDefault>() -> H {
    H::by_default()
}

/// `Default`, with an error message of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has neither `#[init]` nor `Default`",
    label = "cannot be created when a client connects",
    note = "write `#[derive(Default)]` on `{Self}`, or an `#[init]` callback that creates it: `#[init] fn new() -> \
            {Self} {{ … }}`"
)]
pub trait ByDefault: Sized {
    fn by_default() -> Self;
}

#[diagnostic::do_not_recommend]
impl<H: Default> ByDefault for H {
    fn by_default() -> Self {
        Self::default()
    }
}

/// `FromRequestParts`, with an error message of its own.
#[diagnostic::on_unimplemented(
    message = "`#[init]` cannot take `{Self}` from the request",
    label = "not an extractor of request parts",
    note = "the arguments of `#[init]` are axum extractors that do not read the body: `State<T>` (with `T: Clone`) for \
            values from `App::state`, `Path<T>` and `Query<T>` (with `T: Deserialize`), `HeaderMap`, `Uri` and so on",
    note = "the last argument can be `upgrade: &mut Upgrade<Self>`; in the module form, write the type of the state \
            instead of `Self`"
)]
pub trait Extractor: FromRequestParts<AppHandle> {}

#[diagnostic::do_not_recommend]
impl<A: FromRequestParts<AppHandle>> Extractor for A {}

/// Extracts one argument of `#[init]` from the request. The future is boxed, so that a type that is no extractor causes
/// one error instead of three. This costs an allocation for each argument and handshake.
pub fn extract<'a, A, H>(parts: &'a mut Parts, upgrade: &Upgrade<H>) -> BoxFuture<'a, Result<A, Response>>
where
    A: Extractor,
{
    extract_from(parts, upgrade.app())
}

/// Not generic over the handler, so that handlers that take the same type share it.
fn extract_from<A: FromRequestParts<AppHandle>>(
    parts: &mut Parts,
    app: AppHandle,
) -> BoxFuture<'_, Result<A, Response>> {
    Box::pin(async move { A::from_request_parts(parts, &app).await.map_err(IntoResponse::into_response) })
}

/// Handles the return value of `#[terminate]`: an error is logged. Messages are dropped, because the connection has
/// ended.
pub fn ended<H: Handler>(cx: &mut Context<H>, returned: impl IntoReply) {
    let mut reply = Reply::new();
    returned.into_reply(&mut reply);
    report(std::any::type_name::<H>(), cx.local(), &mut reply);
}

fn report(handler: &'static str, local: &Local, reply: &mut Reply) {
    if let Some(End::Failed(error)) = reply.outbox().take_end() {
        tracing::error!(
            handler,
            connection = %local.connection.id,
            callback = local.callback,
            "callback returned an error: {error}"
        );
    }
}

/// The return types of `#[init]`.
#[diagnostic::on_unimplemented(
    message = "`#[init]` cannot return `{Self}`",
    label = "neither the handler nor a `Result` with it and an HTTP response",
    note = "`#[init]` returns `{H}`, or `Result<{H}, R>` where `R: IntoResponse` is the HTTP response that rejects \
            the upgrade: a `StatusCode`, a `(StatusCode, String)`, a `Response`"
)]
pub trait IntoInit<H> {
    fn into_init(self) -> Result<H, Response>;
}

#[diagnostic::do_not_recommend]
impl<H: Handler> IntoInit<H> for H {
    fn into_init(self) -> Result<H, Response> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<H: Handler, R: IntoResponse> IntoInit<H> for Result<H, R> {
    fn into_init(self) -> Result<H, Response> {
        self.map_err(IntoResponse::into_response)
    }
}

/// An extractor for an argument of `#[join]`.
#[diagnostic::on_unimplemented(
    message = "`#[join]` cannot take `{Self}` from the request",
    label = "not an extractor of request parts",
    note = "the arguments of `#[join]` are axum extractors that do not read the body: `State<T>` (with `T: Clone`) for \
            values from `App::state`, `Path<T>` and `Query<T>` (with `T: Deserialize`), `HeaderMap`, `Uri` and so on; or \
            the member, `member: &Member<Self>`"
)]
pub trait JoinExtractor: FromRequestParts<AppHandle> {}

#[diagnostic::do_not_recommend]
impl<A: FromRequestParts<AppHandle>> JoinExtractor for A {}

/// Extracts one argument of `#[join]` from the request.
pub fn ask<'a, A, S>(parts: &'a mut Parts, upgrade: &Upgrade<S>) -> BoxFuture<'a, Result<A, Response>>
where
    A: JoinExtractor,
{
    extract_from(parts, upgrade.app())
}

/// Creates a service that has no `#[init]`.
#[must_use]
pub fn started_by_default<S: StartedByDefault>() -> S {
    S::by_default()
}

/// `Default`, with an error message of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has neither `#[init]` nor `Default`",
    label = "cannot be created at startup",
    note = "write `#[derive(Default)]` on `{Self}`, or an `#[init]` callback that creates it: `#[init] fn new() -> \
            {Self} {{ … }}`"
)]
pub trait StartedByDefault: Sized {
    fn by_default() -> Self;
}

#[diagnostic::do_not_recommend]
impl<S: Default> StartedByDefault for S {
    fn by_default() -> Self {
        Self::default()
    }
}

/// An argument of a service's `#[init]`, which runs at the start of the app, without a request.
#[diagnostic::on_unimplemented(
    message = "`#[init]` of a service cannot take `{Self}`",
    label = "not available at startup",
    note = "it runs at startup, without a request: it takes `State<T>` (with `T: Clone`) for values from `App::state`, \
            and `AppHandle`; extract parts of a client's request in `#[join]`"
)]
pub trait FromApp: Sized {
    fn from_app(app: &AppHandle) -> Result<Self, BoxError>;
}

impl FromApp for AppHandle {
    fn from_app(app: &AppHandle) -> Result<Self, BoxError> {
        Ok(app.clone())
    }
}

impl<T: Any + Clone + Send + Sync> FromApp for State<T> {
    fn from_app(app: &AppHandle) -> Result<Self, BoxError> {
        let missing = || format!("the app has no state of type `{}`", std::any::type_name::<T>());
        app.state::<T>().cloned().map(State).ok_or_else(|| missing().into())
    }
}

pub fn from_app<T: FromApp>(app: &AppHandle) -> Result<T, BoxError> {
    T::from_app(app)
}

/// The return types of a service's `#[init]`.
#[diagnostic::on_unimplemented(
    message = "`#[init]` cannot return `{Self}`",
    label = "neither the service nor a `Result` with it",
    note = "`#[init]` returns `{S}`, or `Result<{S}, E>` where an error makes startup fail: a type that implements \
            `std::error::Error`, a `String`, `Box<dyn Error + Send + Sync>`"
)]
pub trait IntoService<S> {
    fn into_service(self) -> Result<S, BoxError>;
}

#[diagnostic::do_not_recommend]
impl<S: Service> IntoService<S> for S {
    fn into_service(self) -> Result<S, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<S: Service, E: Into<BoxError>> IntoService<S> for Result<S, E> {
    fn into_service(self) -> Result<S, BoxError> {
        self.map_err(Into::into)
    }
}

/// `IntoResponse`, with an error message of its own.
#[diagnostic::on_unimplemented(
    message = "`#[join]` cannot reject a client with `{Self}`",
    label = "the error is not an HTTP response",
    note = "`#[join]` returns the value to keep with the member, or `Result<Kept, R>` where `R: IntoResponse` is the \
            HTTP response that rejects the upgrade: a `StatusCode`, a `(StatusCode, String)`, a `Response`"
)]
pub trait Rejection: IntoResponse {}

#[diagnostic::do_not_recommend]
impl<R: IntoResponse> Rejection for R {}

/// Converts the `Result` of a `#[join]`.
pub fn joined<K, R: Rejection>(joined: Result<K, R>) -> Result<K, Response> {
    joined.map_err(IntoResponse::into_response)
}

/// A return type that is written `Result<K, …>`. The macro reads `K` there, and this trait checks it.
#[diagnostic::on_unimplemented(
    message = "`#[join]` treats `{Self}` as a `Result` that keeps `{K}`, because of its name",
    label = "not a `Result`",
    note = "return it under another name, such as `type Joined = …;`, so that the type decides"
)]
pub trait WrittenResult<K> {
    type Rejection;

    fn into_result(self) -> Result<K, Self::Rejection>;
}

impl<K, R> WrittenResult<K> for Result<K, R> {
    type Rejection = R;

    fn into_result(self) -> Self {
        self
    }
}

/// The return value of `#[join]`, under any name. `RESULT` is `IsResult::<Self>::YES`, which the macro cannot know but rustc
/// does.
pub trait Joined<const RESULT: bool> {
    type Kept;
    type Rejection;

    fn into_result(self) -> Result<Self::Kept, Self::Rejection>;
}

impl<K, R> Joined<true> for Result<K, R> {
    type Kept = K;
    type Rejection = R;

    fn into_result(self) -> Self {
        self
    }
}

impl<K> Joined<false> for K {
    type Kept = K;
    type Rejection = Infallible;

    fn into_result(self) -> Result<K, Infallible> {
        Ok(self)
    }
}

/// Whether `T` is a `Result`: an inherent constant goes before the one of [`IsNoResult`].
pub struct IsResult<T>(PhantomData<T>);

impl<K, R> IsResult<Result<K, R>> {
    pub const YES: bool = true;

    pub fn keep(joined: Result<K, R>) -> Result<Result<K, R>, Response>
    where
        Result<K, R>: KeptWhole,
    {
        Ok(joined)
    }
}

/// The answer for every other type.
pub trait IsNoResult<T> {
    const YES: bool = false;

    fn keep(joined: T) -> Result<T, Response> {
        Ok(joined)
    }
}

impl<T> IsNoResult<T> for IsResult<T> {}

/// Implemented by no type: its error explains a `Result` that a generic service returns under another name.
#[diagnostic::on_unimplemented(
    message = "`#[join]` of a generic service returns a `Result` under another name",
    label = "write it as `Result<…, …>`",
    note = "a return type that contains a type parameter of the service is kept as a whole, unless you write it as `Result<Kept, R>`"
)]
pub trait KeptWhole {}

/// The return types of `#[rejoin]`.
#[diagnostic::on_unimplemented(
    message = "`#[rejoin]` cannot return `{Self}`",
    label = "neither `()` nor a `Result<(), E>`",
    note = "`#[rejoin]` returns `()`, or `Result<(), E>` where the error closes the connection: a type that implements \
            `std::error::Error` or a `String` with 1011, a `Close` with its own code"
)]
pub trait IntoRejoin {
    fn into_rejoin(self) -> Result<(), Close>;
}

impl IntoRejoin for () {
    fn into_rejoin(self) -> Result<(), Close> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoRejoin for Result<(), E> {
    fn into_rejoin(self) -> Result<(), Close> {
        self.map_err(|error| match error.into().downcast::<Close>() {
            Ok(close) => *close,
            Err(error) => {
                tracing::warn!("`#[rejoin]` failed, closing the connection: {error}");
                Close::new(CloseCode::INTERNAL, "")
            }
        })
    }
}

/// Closes the member's connection with 1007, because its callback cannot take the payload.
#[must_use]
pub fn refuse<S: Service>(member: &Member<S>, bad: &BadPayload) -> Control {
    member.refuse(bad);
    Control::Continue
}

/// Determines the state that an argument of `#[init]` needs. Only a [`State`] needs one. The type is checked and not
/// its name, so an alias or a full path works too.
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for the macro alone")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Any + Send + Sync> Probe<State<T>> {
    pub fn declare(&self, needs: &mut Needs) {
        needs.state::<T>();
    }
}

/// The fallback for every other type: the inherent method of [`Probe`] takes precedence.
pub trait NeedsNothing {
    fn declare(&self, _: &mut Needs) {}
}

impl<T> NeedsNothing for Probe<T> {}
