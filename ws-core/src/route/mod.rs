//! Routes: where a handler is mounted, by the macro at link time or by hand, what answers there, and the table that
//! they make.

pub(crate) mod endpoint;
pub(crate) mod linked;
pub(crate) mod table;

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use futures_util::future::BoxFuture;
use http::request::Parts;
use tokio::runtime::Handle;

use crate::compression::Compression;
use crate::connection::run;
use crate::connection::session::{Init, Opened};
use crate::handler::Handler;
use crate::limits::{InboxLimits, InboxOverflow, Origins, Overflow, RouteOptions};
use crate::service::actor::{self, Started};
use crate::service::{Service, post, seat};
use crate::shared::Shared;
use crate::shared::state::Needs;
use crate::upgrade;

/// A route that is mounted by hand with [`App::route`](crate::App::route): a handler, a path, and what the attribute
/// would say.
///
/// ```
/// use std::time::Duration;
/// use ws_core::prelude::*;
/// use ws_core::Route;
///
/// #[derive(Default)]
/// struct Relay;
///
/// #[websocket]
/// impl Relay {}
///
/// let app = App::empty()
///     .route(Route::new::<Relay>("/relay/{to}").name("relay").idle_timeout(Duration::from_secs(5)));
/// ```
pub struct Route {
    pub(crate) path: String,
    pub(crate) name: Option<String>,
    pub(crate) limits: RouteOptions,
    pub(crate) options: Option<Arc<dyn Any + Send + Sync>>,
    pub(crate) place: Place,
    pub(crate) handler: Kind,
}

impl Route {
    /// `H` at `path`. A bad path is an error at the start, with the place of this call.
    #[must_use]
    #[track_caller]
    pub fn new<H: Handler>(path: impl Into<String>) -> Self {
        let caller = Location::caller();
        Self {
            path: path.into(),
            name: None,
            limits: RouteOptions::NONE,
            options: None,
            place: Place { module: "", file: caller.file(), line: caller.line() },
            handler: Kind::of::<H>(),
        }
    }

    /// Service `S` at `path`, in the same way. Of a service there is one in an app, on however many paths.
    #[must_use]
    #[track_caller]
    pub fn service<S: Service>(path: impl Into<String>) -> Self {
        let caller = Location::caller();
        Self {
            path: path.into(),
            name: None,
            limits: RouteOptions::NONE,
            options: None,
            place: Place { module: "", file: caller.file(), line: caller.line() },
            handler: Kind::of_service::<S>(),
        }
    }

    /// A name, for [`AppHandle::url_for`](crate::AppHandle::url_for).
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// A value that `#[init]` reads with [`Upgrade::options`](crate::Upgrade::options).
    #[must_use]
    pub fn options<T: Any + Send + Sync>(mut self, options: T) -> Self {
        self.options = Some(Arc::new(options));
        self
    }

    /// Closes a connection (1001) after so long without a byte from the client; `None`: never.
    #[must_use]
    pub fn idle_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.limits.idle_timeout = Some(after.into());
        self
    }

    /// How often the server pings; `None`: never.
    #[must_use]
    pub fn heartbeat(mut self, every: impl Into<Option<Duration>>) -> Self {
        self.limits.heartbeat = Some(every.into());
        self
    }

    /// The largest message that a client may send, in bytes, after inflating (1009; C17).
    #[must_use]
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.limits.max_message_size = Some(bytes);
        self
    }

    /// The largest frame that a client may send, in bytes as it comes (1009; C17); `usize::MAX`: as large as a message
    /// may be.
    #[must_use]
    pub fn max_frame_size(mut self, bytes: usize) -> Self {
        self.limits.max_frame_size = Some(bytes);
        self
    }

    /// The most frames that one message may come in (1008); `usize::MAX`: any number.
    #[must_use]
    pub fn max_fragments(mut self, frames: usize) -> Self {
        self.limits.max_fragments = Some(frames);
        self
    }

    /// Closes a connection (1008) when a message that has begun is not whole after so long; `None`: never.
    #[must_use]
    pub fn message_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.limits.message_timeout = Some(after.into());
        self
    }

    /// Cuts a connection when what is to be written finds no room for so long, since the client does not read;
    /// `None`: never.
    #[must_use]
    pub fn write_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.limits.write_timeout = Some(after.into());
        self
    }

    /// Cuts a connection when our close frame is not answered for so long.
    #[must_use]
    pub fn close_timeout(mut self, after: Duration) -> Self {
        self.limits.close_timeout = Some(after);
        self
    }

    /// How many entries and bytes may wait in front of a connection, and what happens then.
    #[must_use]
    pub fn mailbox(mut self, messages: usize, bytes: usize, overflow: Overflow) -> Self {
        self.limits.mailbox_messages = Some(messages);
        self.limits.mailbox_bytes = Some(bytes);
        self.limits.overflow = Some(overflow);
        self
    }

    /// How many messages and bytes of its members may wait in front of a service, and what happens then. Of several
    /// routes of one service, the first that says it counts; on the route of a handler it is an error at the start.
    #[must_use]
    pub fn inbox(mut self, messages: usize, bytes: usize, overflow: InboxOverflow) -> Self {
        self.limits.inbox.messages = Some(messages);
        self.limits.inbox.bytes = Some(bytes);
        self.limits.inbox.overflow = Some(overflow);
        self
    }

    /// The subprotocols spoken here, the preferred one first.
    #[must_use]
    pub fn subprotocols(mut self, names: &'static [&'static str]) -> Self {
        self.limits.subprotocols = names;
        self
    }

    /// Which pages may connect.
    #[must_use]
    pub fn origins(mut self, origins: Origins) -> Self {
        self.limits.origins = Some(origins);
        self
    }

    /// Compresses messages where a client offers it; `None`: never, whatever the app says.
    #[must_use]
    pub fn compress(mut self, compression: impl Into<Option<Compression>>) -> Self {
        self.limits.compression = Some(compression.into());
        self
    }

    /// The handler and its place, in an error.
    pub(crate) fn whence(&self) -> String {
        format!("`{}` ({})", self.handler.type_name(), self.place)
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Route({} {})", self.path, self.whence())
    }
}

/// Where in the program a route is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) module: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A handler's type, erased.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    type_id: fn() -> TypeId,
    type_name: fn() -> &'static str,
    needs: fn(&mut Needs),
    init: Init,
    service: Option<OfService>,
}

/// What a service has that a handler has not.
#[derive(Clone, Copy)]
struct OfService {
    start: fn(&Arc<Shared>, &Handle) -> Started,
    bound: fn(&Shared, InboxLimits),
}

impl Kind {
    pub(crate) const fn of<H: Handler>() -> Self {
        Self {
            type_id: TypeId::of::<H>,
            type_name: type_name::<H>,
            needs: H::needs,
            init: run::init::<H>,
            service: None,
        }
    }

    pub(crate) const fn of_service<S: Service>() -> Self {
        Self {
            type_id: TypeId::of::<S>,
            type_name: type_name::<S>,
            needs: S::needs,
            init: seat::init::<S>,
            service: Some(OfService { start: actor::start::<S>, bound: post::bound::<S> }),
        }
    }

    pub(crate) const fn is_service(self) -> bool {
        self.service.is_some()
    }

    /// Starts the service, if it is one, on `runtime`.
    pub(crate) fn start(self, shared: &Arc<Shared>, runtime: &Handle) -> Option<Started> {
        self.service.map(|service| (service.start)(shared, runtime))
    }

    /// Bounds its inbox, if it is a service.
    pub(crate) fn bound(self, shared: &Shared, limits: InboxLimits) {
        if let Some(service) = self.service {
            (service.bound)(shared, limits);
        }
    }

    pub(crate) fn type_id(self) -> TypeId {
        (self.type_id)()
    }

    pub(crate) fn type_name(self) -> &'static str {
        (self.type_name)()
    }

    pub(crate) fn init(
        self,
        parts: Parts,
        upgrade: Box<upgrade::Inner>,
    ) -> BoxFuture<'static, Result<Opened, Response>> {
        (self.init)(parts, upgrade)
    }

    pub(crate) fn needs(self) -> Needs {
        let mut needs = Needs::default();
        (self.needs)(&mut needs);
        needs
    }
}
