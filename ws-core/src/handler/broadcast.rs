//! Broadcasts: one value for every connection of a handler, or for a service.

use std::sync::Arc;

use super::app_handle::AppHandle;
use crate::hub::DeliveryCounts;

/// A handler or a service that [`AppHandle::broadcast`] can send to.
///
/// The macro implements it for a handler that has a `#[broadcast]` callback. By hand:
///
/// ```
/// use std::sync::Arc;
/// use axum::response::Response;
/// use http::request::Parts;
/// use ws_core::{
///     AppHandle, BroadcastFor, BroadcastTarget, Context, DeliveryCounts, Handler, InfoFor, Reply, Upgrade,
/// };
///
/// struct Reader;
///
/// struct News(String);
///
/// struct Broadcast(Arc<News>);
///
/// impl Handler for Reader {
///     type Info = Broadcast;
///
///     async fn init(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<Self, Response> {
///         Ok(Self)
///     }
///
///     async fn info(&mut self, Broadcast(news): Broadcast, _: &mut Context<Self>, reply: &mut Reply) {
///         reply.push(news.0.as_str());
///     }
/// }
///
/// impl InfoFor<Reader> for Broadcast {
///     fn into_info(self) -> Broadcast {
///         self
///     }
/// }
///
/// impl BroadcastTarget for Reader {
///     type Broadcast = Broadcast;
///
///     fn send(app: &AppHandle, broadcast: impl FnMut() -> Broadcast) -> DeliveryCounts {
///         app.info_each::<Self, _>(broadcast)
///     }
/// }
///
/// impl BroadcastFor<Reader> for News {
///     type Target = Reader;
///
///     fn into_broadcast(self: Arc<Self>) -> Broadcast {
///         Broadcast(self)
///     }
/// }
///
/// fn announce(app: &AppHandle) {
///     app.broadcast::<Reader>(News("it works".into()));
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` receives no broadcasts",
    label = "`{Self}` has no `#[broadcast]` callback",
    note = "add one to its `#[websocket]` or `#[service]` impl: `#[broadcast] fn on(&mut self, message: &YourType) {{ … }}`"
)]
pub trait BroadcastTarget: Sized + 'static {
    /// All types that it receives, as one type.
    type Broadcast: Send + 'static;

    /// Delivers a broadcast to every connection of the handler, or to the service. `broadcast` makes one for each.
    fn send(app: &AppHandle, broadcast: impl FnMut() -> Self::Broadcast) -> DeliveryCounts;
}

/// A type that `T` receives as a broadcast. The macro implements it for each type that a `#[broadcast]` callback takes.
#[diagnostic::on_unimplemented(
    message = "`{T}` receives no broadcast of type `{Self}`",
    label = "no `#[broadcast]` callback of `{T}` takes this type",
    note = "add one to its `#[websocket]` or `#[service]` impl: `#[broadcast] fn on(&mut self, message: &{Self}) {{ … }}`",
    note = "in the module form: `#[broadcast] fn on(state: &mut {T}, message: &{Self}) {{ … }}`"
)]
pub trait BroadcastFor<T>: Send + Sync + 'static {
    /// `T` itself.
    // The trait does not require that `T` is a target, so that a broadcast to one that receives none is one error, not two.
    type Target: BroadcastTarget;

    /// Converts the shared value.
    fn into_broadcast(self: Arc<Self>) -> <Self::Target as BroadcastTarget>::Broadcast;
}
