//! The handle of a running app: how everything else reaches it.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::audience::{Audience, BroadcastFor};
use crate::clock::later;
use crate::error::UrlError;
use crate::handler::{Handler, InfoFor};
use crate::hub::backplane::{Crossing, News};
use crate::hub::{Hub, Reached};
use crate::shared::Shared;
use crate::shared::drain::{Drained, GRACE};
use crate::shared::mailbox::ConnectionId;
use crate::shared::stats::Stats;
use crate::socket::Socket;
use crate::url::UrlParams;

/// A handle to an app: cheap to clone, usable from any task or thread.
///
/// From [`App::handle`](crate::App::handle) before the start, from [`Context::app`](crate::Context::app) within.
#[derive(Clone)]
pub struct AppHandle(pub(crate) Arc<Shared>);

impl AppHandle {
    /// The live connections of handler `H`, in no order.
    #[must_use]
    pub fn sockets<H: Handler>(&self) -> Vec<Socket<H>> {
        self.0.live.of(TypeId::of::<H>()).all().into_iter().map(Socket::new).collect()
    }

    /// The live connection of handler `H` with this number, if there is one: of those that
    /// [`Hub::subscribers`](crate::Hub::subscribers) names, for example.
    ///
    /// ```
    /// # use ws_core::prelude::*;
    /// # use ws_core::Handler;
    /// /// Closes whoever of `H` is in the room.
    /// fn clear<H: Handler>(app: &AppHandle, room: &str) {
    ///     for id in app.hub().subscribers(room) {
    ///         if let Some(socket) = app.socket::<H>(id) {
    ///             socket.close(CloseCode::NORMAL, "closing time");
    ///         }
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn socket<H: Handler>(&self, id: ConnectionId) -> Option<Socket<H>> {
        self.0.live.of(TypeId::of::<H>()).find(id).map(Socket::new)
    }

    /// The hub: what is published through it reaches the subscribers of a topic.
    #[must_use]
    pub fn hub(&self) -> Hub {
        Hub::new(self.0.clone())
    }

    /// Says `news` to every live connection of handler `A`, whose `#[broadcast]` of this type hears it (B5). The value is
    /// shared, not cloned; nothing waits, as with [`Socket::info`].
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/news")]
    /// #[derive(Default)]
    /// struct Reader;
    ///
    /// struct News(String);
    ///
    /// #[websocket]
    /// impl Reader {
    ///     #[broadcast]
    ///     fn news(&mut self, news: &News) -> String {
    ///         format!("news: {}", news.0)
    ///     }
    /// }
    ///
    /// fn announce(app: &AppHandle) {
    ///     let reached = app.broadcast::<Reader>(News("it works".into()));
    ///     println!("{} will hear it", reached.queued);
    /// }
    /// ```
    pub fn broadcast<A: Audience>(&self, news: impl BroadcastFor<A>) -> Reached {
        let news = Arc::new(news);
        self.0.stats.published();
        let reached = A::tell(self, || news.clone().into_heard());
        let value = News(&|| news.crossing());
        self.0.backplane.0.carry(&Crossing::Broadcast {
            audience: type_name::<A>(),
            news: name(&news),
            value,
        });
        reached
    }

    /// Says to every live connection of handler `H` what `info` makes for it: for an [`Audience`] that is written by hand.
    pub fn tell_each<H: Handler, I: InfoFor<H>>(&self, mut info: impl FnMut() -> I) -> Reached {
        self.sockets::<H>().iter().map(|socket| socket.info(info())).collect()
    }

    /// The path of handler `H` under the base url, its parameters filled in and percent-encoded (Z1).
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/chat/{room}")]
    /// #[derive(Default)]
    /// struct Chat;
    ///
    /// #[websocket]
    /// impl Chat {}
    ///
    /// let app = App::empty().mount::<Chat>("/chat/{room}", ()).base_url("/api");
    /// let handle = app.handle();
    /// let router = app.into_router();
    /// assert_eq!(handle.url::<Chat>([("room", "a b")]).as_deref(), Ok("/api/chat/a%20b"));
    /// ```
    ///
    /// # Errors
    /// A missing or extra parameter, a handler that is not mounted, or that is mounted more than once.
    pub fn url<H: Handler>(&self, params: impl UrlParams) -> Result<String, UrlError> {
        self.0.setup().directory.by_type(TypeId::of::<H>(), type_name::<H>(), &params.pairs())
    }

    /// The path of the route with this name, as [`url`](Self::url).
    ///
    /// # Errors
    /// A missing or extra parameter, or a name that no route has.
    pub fn url_for(&self, name: &str, params: impl UrlParams) -> Result<String, UrlError> {
        self.0.setup().directory.by_name(name, &params.pairs())
    }

    /// The state of type `T` that the app was given.
    #[must_use]
    pub fn state<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.setup().states.get()
    }

    /// The app's figures, as they are now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.stats.snapshot()
    }

    /// Whether the app drains: it takes no new connections.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.drain.deadline().is_some()
    }

    /// Takes no new connections (503), closes the live ones with 1001, and waits until every `terminate` has run. A
    /// callback that still waits at the deadline is cut; a `terminate` has a second more. What was sent to a connection
    /// before goes out first. Services end when their members have left.
    ///
    /// Called again, it waits for the same; a shorter deadline stands.
    pub async fn drain(&self, within: Duration) -> Drained {
        let (stats, drain) = (&self.0.stats, &self.0.drain);
        let before = stats.snapshot();
        let deadline = drain.begin(within);
        let mut emptied = drain.watch_empty();
        self.0.live.drain();
        let empty = async { while stats.open() > 0 && emptied.changed().await.is_ok() {} };
        // A callback that blocks its thread cannot be cut; it is reported as left.
        let _ = tokio::time::timeout_at(later(deadline, 2 * GRACE), empty).await;
        // All members have left; what keeps a service busy still is cut as a callback is.
        let _ = tokio::time::timeout_at(later(deadline, 2 * GRACE), self.0.services.drained()).await;
        let after = stats.snapshot();
        Drained {
            ended: before.open.saturating_sub(after.open),
            cut: after.cut - before.cut,
            left: after.open,
        }
    }

    /// Resolves when a drain begins.
    pub(crate) async fn draining(&self) {
        self.0.drain.begun().await;
    }

    /// When the drain that began must be over.
    pub(crate) fn drain_deadline(&self) -> Option<Instant> {
        self.0.drain.deadline()
    }
}

/// The name of the type of what `_value` points to.
fn name<T>(_value: &Arc<T>) -> &'static str {
    type_name::<T>()
}

impl fmt::Debug for AppHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppHandle").field("routes", &self.0.setup().directory.0.len()).finish_non_exhaustive()
    }
}
