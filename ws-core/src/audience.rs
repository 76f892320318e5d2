//! Broadcast by type: one value for everyone who takes such a one.

use std::sync::Arc;

use serde::Serialize;

use crate::handle::AppHandle;
use crate::hub::Reached;
use crate::hub::backplane::Crossed;

/// Those whom [`AppHandle::broadcast`] can speak to: the live connections of one type of handler.
///
/// The macro implements it for a handler that has a `#[broadcast]`. By hand:
///
/// ```
/// use std::sync::Arc;
/// use axum::response::Response;
/// use http::request::Parts;
/// use ws_core::{
///     AppHandle, Audience, BroadcastFor, Context, Handler, InfoFor, Reached, Reply, Upgrade,
/// };
///
/// struct Reader;
///
/// struct News(String);
///
/// struct Heard(Arc<News>);
///
/// impl Handler for Reader {
///     type Info = Heard;
///
///     async fn init(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<Self, Response> {
///         Ok(Self)
///     }
///
///     async fn info(&mut self, Heard(news): Heard, _: &mut Context<Self>, reply: &mut Reply) {
///         reply.push(news.0.as_str());
///     }
/// }
///
/// impl InfoFor<Reader> for Heard {
///     fn into_info(self) -> Heard {
///         self
///     }
/// }
///
/// impl Audience for Reader {
///     type Heard = Heard;
///
///     fn tell(app: &AppHandle, heard: impl FnMut() -> Heard) -> Reached {
///         app.tell_each::<Self, _>(heard)
///     }
/// }
///
/// impl BroadcastFor<Reader> for News {
///     fn into_heard(self: Arc<Self>) -> Heard {
///         Heard(self)
///     }
/// }
///
/// fn announce(app: &AppHandle) {
///     app.broadcast::<Reader>(News("it works".into()));
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` hears no broadcasts",
    label = "no `#[broadcast]` of `{Self}` takes anything",
    note = "add a callback to its `#[websocket]` or `#[service]` impl: `#[broadcast] fn on(&mut self, it: &YourType) {{ … }}`"
)]
pub trait Audience: Sized + 'static {
    /// What a broadcast becomes before it is heard.
    type Heard: Send + 'static;

    /// Says to each what `heard` makes for it; how many it reached.
    fn tell(app: &AppHandle, heard: impl FnMut() -> Self::Heard) -> Reached;
}

/// A type that may be broadcast to `A`: one of those that its `#[broadcast]` callbacks take.
///
/// The macro implements it for each; `app.broadcast::<A>(x)` of any other type does not compile.
#[diagnostic::on_unimplemented(
    message = "`{A}` hears no broadcast of type `{Self}`",
    label = "no `#[broadcast]` of `{A}` takes this",
    note = "add a callback to its `#[websocket]` or `#[service]` impl: `#[broadcast] fn on(&mut self, it: &{Self}) {{ … }}`",
    note = "in the module form: `#[broadcast] fn on(state: &mut {A}, it: &{Self}) {{ … }}`"
)]
pub trait BroadcastFor<A: Audience>: Send + Sync + 'static {
    /// As what `A` hears; all who hear it share the value.
    fn into_heard(self: Arc<Self>) -> A::Heard;

    /// The value as it crosses to other nodes, if it can; called by a backplane alone, and there is none yet.
    #[doc(hidden)]
    fn crossing(&self) -> Crossed {
        None
    }
}

/// Asks a type whether it is `Serialize`: an inherent method goes before that of [`Stays`], where its bounds hold.
#[derive(Debug)]
pub struct AsValue<'a, T: ?Sized>(pub &'a T);

impl<T: Serialize + ?Sized> AsValue<'_, T> {
    /// The value as JSON.
    #[must_use]
    pub fn crossing(&self) -> Crossed {
        Some(serde_json::to_value(self.0))
    }
}

/// The answer of every other type.
pub trait Stays {
    /// There is nothing to cross.
    fn crossing(&self) -> Crossed {
        None
    }
}

impl<T: ?Sized> Stays for AsValue<'_, T> {}
