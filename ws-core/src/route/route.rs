//! A route and its settings.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::alternative::{Alternative, RouteRequest};
use super::kind::Kind;
use super::options::RouteOptions;
use super::source_location::SourceLocation;
use crate::handler::Handler;
use crate::handshake::origins::{IntoOrigins, OriginList};
use crate::protocol::Compression;
use crate::service::Service;
use crate::service::inbox_limits::InboxOverflow;
use crate::shared::heartbeat::Heartbeat;
use crate::shared::limits::{Overflow, with_limits};
use crate::shared::rate_limit::RateLimit;

/// A route that you mount with [`App::route`](crate::App::route): a path, a handler or service, and settings.
///
/// The methods correspond to the options of `#[websocket("/path", …)]`. A setting takes precedence over the app's.
/// Invalid paths and settings are errors at startup ([`Error::BadRoutes`](crate::Error::BadRoutes)), with the place of
/// the call that created the route.
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
/// let app = App::new()
///     .route(Route::new::<Relay>("/relay/{to}").name("relay").idle_timeout(Duration::from_secs(5)));
/// ```
pub struct Route {
    pub(crate) path: String,
    pub(crate) name: Option<String>,
    pub(crate) limits: RouteOptions,
    /// In order of preference.
    pub(crate) subprotocols: Vec<Cow<'static, str>>,
    /// The path parameter whose values have instances of a service.
    pub(crate) per: Option<Cow<'static, str>>,
    /// `None`: those of the app.
    pub(crate) origins: Option<OriginList>,
    pub(crate) options: Option<Arc<dyn Any + Send + Sync>>,
    pub(crate) location: SourceLocation,
    pub(crate) handler: Kind,
    pub(crate) alternatives: Vec<Alternative>,
}

impl Route {
    /// Creates a route for handler `H` at `path`, as in `"/chat/{room}"` or `"/files/{*path}"`.
    #[must_use]
    #[track_caller]
    pub fn new<H: Handler /* the handler's type: `Route::new::<Echo>("/echo")` */>(
        path: impl Into<String>,
    ) -> Self {
        Self::of(path.into(), Kind::of::<H>())
    }

    /// Creates a route for service `S` at `path`. A service has one instance in an app, even if it has several routes,
    /// unless the routes set [`per`](Self::per).
    #[must_use]
    #[track_caller]
    pub fn service<S: Service /* the service's type: `Route::service::<Chat>("/chat")` */>(
        path: impl Into<String>,
    ) -> Self {
        Self::of(path.into(), Kind::of_service::<S>())
    }

    #[track_caller]
    fn of(path: String, handler: Kind) -> Self {
        let caller = Location::caller();
        Self {
            path,
            name: None,
            limits: RouteOptions::new(),
            subprotocols: Vec::new(),
            per: None,
            origins: None,
            options: None,
            location: SourceLocation { module: "", file: caller.file(), line: caller.line() },
            handler,
            alternatives: Vec::new(),
        }
    }

    #[doc = include_str!("docs/alternative.md")]
    #[must_use]
    pub fn alternative<H: Handler>(
        mut self,
        picks: impl Fn(&RouteRequest<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.alternatives.push(Alternative { picks: Arc::new(picks), handler: Kind::of::<H>() });
        self
    }

    /// Names the route, for [`AppHandle::url_for`](crate::AppHandle::url_for). Names are unique in an app.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Attaches a value that `#[init]` can read with [`Upgrade::options`](crate::Upgrade::options). A second value
    /// replaces the first.
    #[must_use]
    pub fn options<T: Any + Send + Sync>(mut self, options: T) -> Self {
        self.options = Some(Arc::new(options));
        self
    }

    /// Sets how many bytes the inbox of a service holds, for the messages of its members. The program's infos and
    /// broadcasts may have as many. The default is 4 MiB.
    ///
    /// Each message counts with its payload and with about 50 bytes of its own. Of an info, only the value itself
    /// counts, unless its type states with [`HeapSize`](crate::HeapSize) how much it holds on the heap. An empty inbox
    /// accepts one message of any size.
    ///
    /// If a service has several routes, the first route that sets its inbox decides. On a handler's route it is an error
    /// at startup.
    #[must_use]
    pub fn inbox_bytes(mut self, bytes: usize) -> Self {
        self.limits.inbox.bytes = Some(bytes);
        self
    }

    /// Sets how many messages of its members the inbox of a service holds, in addition to the limit in bytes: each
    /// message counts as at least `bytes / messages`. The same applies to the program's infos and broadcasts.
    ///
    /// There is no such limit by default, with one exception: while members wait ([`InboxOverflow::Wait`]), the inbox
    /// holds 1,024 messages of theirs, so that a member that sends without end does not delay the others for long.
    #[must_use]
    pub fn inbox_messages(mut self, messages: usize) -> Self {
        self.limits.inbox.messages = Some(messages);
        self
    }

    /// Sets how the inbox of a service behaves when it is full. The default is [`InboxOverflow::Wait`].
    #[must_use]
    pub fn inbox_overflow(mut self, overflow: InboxOverflow) -> Self {
        self.limits.inbox.overflow = Some(overflow);
        self
    }

    /// Starts an instance of the service for each value of this path parameter, and not one for the app; see
    /// [`Service`](crate::Service#keys).
    ///
    /// If a service has several routes, each has to name a parameter, or none. On a handler's route it is an error at
    /// startup, and so is a parameter that the path does not have.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ws_core::prelude::*;
    /// use ws_core::Route;
    ///
    /// #[derive(Default)]
    /// struct Game;
    ///
    /// #[service]
    /// impl Game {}
    ///
    /// let app = App::new()
    ///     .route(Route::service::<Game>("/game/{id}").per("id").linger(Duration::from_secs(30)));
    /// ```
    #[must_use]
    pub fn per(mut self, parameter: impl Into<String>) -> Self {
        self.per = Some(Cow::Owned(parameter.into()));
        self
    }

    /// Sets how long an instance of a service with [`per`](Self::per) goes on after its last member has left. It ends at
    /// once by default. If a service has several routes, the longest applies.
    #[must_use]
    pub const fn linger(mut self, after: Duration) -> Self {
        self.limits.linger = Some(after);
        self
    }

    /// Sets the subprotocols of this route, in order of preference (RFC 6455 1.9). The server selects the first one
    /// that the client offers. A client that offers only others gets a 400 response. Names that are not tokens are an
    /// error at startup.
    ///
    /// ```
    /// # use ws_core::{Route, prelude::*};
    /// # #[derive(Default)]
    /// # struct Chat;
    /// # #[websocket]
    /// # impl Chat {}
    /// # let from_configuration: Vec<String> = vec![];
    /// let fixed = Route::new::<Chat>("/chat").subprotocols(["chat.v2", "chat.v1"]);
    /// let configured = Route::new::<Chat>("/chat").subprotocols(from_configuration);
    /// ```
    #[must_use]
    pub fn subprotocols(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.subprotocols = names.into_iter().map(|name| Cow::Owned(name.as_ref().to_owned())).collect();
        self
    }

    /// Sets the origins that may connect: [`Origins`](crate::Origins), or a list of text, which may come from your
    /// configuration. The app's setting by default ([`App::origins`](crate::App::origins)). Others get a 403 response.
    ///
    /// Invalid text is an error at startup.
    ///
    /// ```
    /// # use ws_core::{Origins, Route, prelude::*};
    /// # #[derive(Default)]
    /// # struct Chat;
    /// # #[websocket]
    /// # impl Chat {}
    /// # let from_configuration: Vec<String> = vec![];
    /// let every = Route::new::<Chat>("/chat").origins(Origins::Any);
    /// let app = Route::new::<Chat>("/chat").origins(["capacitor://localhost", "https://*.example.com"]);
    /// let configured = Route::new::<Chat>("/chat").origins(from_configuration);
    /// ```
    #[must_use]
    pub fn origins(mut self, origins: impl IntoOrigins) -> Self {
        self.origins = Some(OriginList::of(origins));
        self
    }

    /// Enables compression (permessage-deflate, RFC 7692) for clients that offer it; `None` disables it, even if the
    /// app enables it.
    #[must_use]
    pub fn compress(mut self, compression: impl Into<Option<Compression>>) -> Self {
        self.limits.compression = Some(compression.into());
        self
    }

    /// The handler and its place in the program, for error texts.
    pub(crate) fn source(&self) -> String {
        self.source_of(self.handler)
    }

    /// One of the handlers and its place in the program.
    pub(crate) fn source_of(&self, handler: Kind) -> String {
        format!("`{}` ({})", handler.type_name(), self.location)
    }

    /// Returns the handlers: the first, and its alternatives.
    pub(crate) fn handlers(&self) -> impl Iterator<Item = Kind> {
        [self.handler].into_iter().chain(self.alternatives.iter().map(|other| other.handler))
    }
}

macro_rules! route_setters {
    ($(
        $(#[$doc:meta])*
        $name:ident($argument:ident: $taken:ty) -> $stored:ty { $value:expr; default $default:expr, $text:literal }
    )*) => {
        /// Limits of each connection of this route. The app's setting is the default.
        impl Route {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(mut self, $argument: $taken) -> Self {
                    self.limits.$name = Some($value);
                    self
                }
            )*
        }
    };
}
with_limits!(route_setters);

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Route({} {})", self.path, self.source())
    }
}
