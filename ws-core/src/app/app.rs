//! The app: its routes, state and settings, and how they become a router.

use std::any::Any;
use std::fmt;
use std::mem;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::Route as AxumRoute;

#[cfg(feature = "pages")]
use super::app_pages::{AppPages, with_script};
use super::hosts;
use super::router::{limited, mount, not_found, warn_if_panics_abort};
use super::settings::{Checked, Settings};
use super::task::{StartTask, TaskResult, start_here};
use crate::error::{Error, Result};
use crate::handler::{AppHandle, AppInner, Handler};
use crate::handshake::origins::{IntoOrigins, OriginList};
use crate::hub::History;
#[cfg(feature = "pages")]
use crate::page::Pages;
use crate::protocol::Compression;
use crate::route::table::{self, Routes};
use crate::route::{Kind, Route, linked};
use crate::service::Service;
use crate::shared::Setup;
use crate::shared::heartbeat::Heartbeat;
use crate::shared::limits::{Overflow, with_limits};
use crate::shared::panics;
use crate::shared::rate_limit::RateLimit;
use crate::shared::states::States;
use crate::shared::urls::UrlResolver;

type Layer = Box<dyn FnOnce(Router) -> Router + Send>;

#[doc = include_str!("docs/app.md")]
#[must_use = "an `App` does nothing unless you run it"]
pub struct App {
    inner: Arc<AppInner>,
    routes: Vec<Route>,
    /// The module that was searched for routes, if the app was created by `discover_in`.
    searched: Option<String>,
    states: States,
    pub(super) settings: Settings,
    fallback: Option<Router>,
    layers: Vec<Layer>,
    #[cfg(feature = "pages")]
    pages: AppPages,
    pub(crate) tasks: Vec<StartTask>,
    pub(crate) workers: Option<usize>,
    /// More than one is an error when the app starts.
    #[cfg(feature = "tls")]
    pub(super) tls: Vec<crate::tls::Config>,
    #[cfg(feature = "tls")]
    pub(super) redirects: Vec<super::listen::Listen>,
}

impl App {
    /// Creates an app with every handler and service that `#[websocket("/path")]` or `#[service]` registered in this
    /// program, sorted by path.
    ///
    /// The linker leaves out a crate that nothing refers to, and its handlers with it. Write `use your_crate as _;` to
    /// keep them.
    pub fn discover() -> Self {
        let app = Self::of(linked::routes(None), None);
        #[cfg(feature = "pages")]
        let app = Self { pages: AppPages::linked(None), ..app };
        app
    }

    /// Creates an app with the registered handlers and services of one module and its submodules, or of one crate:
    /// `App::discover_in(module_path!())`. For tests and libraries.
    pub fn discover_in(module: &str) -> Self {
        let app = Self::of(linked::routes(Some(module)), Some(module.to_owned()));
        #[cfg(feature = "pages")]
        let app = Self { pages: AppPages::linked(Some(module)), ..app };
        app
    }

    /// Creates an app without any route. Add them with [`mount`](Self::mount), [`mount_service`](Self::mount_service)
    /// or [`route`](Self::route).
    pub fn new() -> Self {
        Self::of(Vec::new(), None)
    }

    fn of(routes: Vec<Route>, searched: Option<String>) -> Self {
        Self {
            inner: Arc::default(),
            routes,
            searched,
            states: States::default(),
            settings: Settings::default(),
            fallback: None,
            layers: Vec::new(),
            #[cfg(feature = "pages")]
            pages: AppPages::default(),
            tasks: Vec::new(),
            workers: None,
            #[cfg(feature = "tls")]
            tls: Vec::new(),
            #[cfg(feature = "tls")]
            redirects: Vec::new(),
        }
    }

    #[doc = include_str!("docs/mount.md")]
    #[track_caller]
    pub fn mount<H: Handler /* the handler's type: `.mount::<Echo>("/echo", ())` */>(
        self,
        path: impl Into<String>,
        options: impl Any + Send + Sync,
    ) -> Self {
        self.route(Route::new::<H>(path).options(options))
    }

    /// Mounts service `S` at `path`. This is short for [`route`](Self::route) with [`Route::service`].
    #[track_caller]
    pub fn mount_service<S: Service /* its type: `.mount_service::<Chat>("/chat")` */>(
        self,
        path: impl Into<String>,
    ) -> Self {
        self.route(Route::service::<S>(path))
    }

    /// Mounts a route.
    pub fn route(mut self, route: Route /* axum's routes: `.fallback(router)` */) -> Self {
        #[cfg(feature = "pages")]
        self.pages.gives_way(&mut self.routes, &route);
        self.routes.push(route);
        self
    }

    #[doc = include_str!("docs/state.md")]
    pub fn state<T: Any + Send + Sync>(mut self, state: T) -> Self {
        self.states.insert(state);
        self
    }

    #[doc = include_str!("docs/on_start.md")]
    #[track_caller]
    pub fn on_start<F, T>(mut self, task: F) -> Self
    where
        F: FnOnce(AppHandle) -> T + Send + 'static,
        T: Future<Output: TaskResult> + Send + 'static,
    {
        self.tasks.push(StartTask::new(task, Location::caller()));
        self
    }

    #[doc = include_str!("docs/pages.md")]
    #[cfg(feature = "pages")]
    #[track_caller]
    pub fn pages(mut self, pages: Pages) -> Self {
        self.pages.turn_on(pages, &mut self.routes);
        self
    }

    /// Prepends `base` to the path of every route, as in `"/api"`. Empty by default.
    pub fn base_url(mut self, base: impl Into<String>) -> Self {
        self.settings.base_url = base.into();
        self
    }

    /// Prepends `prefix` to the URLs that the app builds ([`AppHandle::url`], [`AppHandle::url_for`]), because its router
    /// is nested there, or a proxy removes the prefix. The paths of the routes stay as they are. Empty by default.
    ///
    /// ```
    /// use axum::Router;
    /// use ws_core::prelude::*;
    ///
    /// #[derive(Default)]
    /// struct Chat;
    ///
    /// #[websocket]
    /// impl Chat {}
    ///
    /// let app = App::new().mount::<Chat>("/chat/{room}", ()).nested_at("/api");
    /// let handle = app.handle();
    /// let router: Router = Router::new().nest("/api", app.into_router());
    /// assert_eq!(handle.url::<Chat>([("room", "lobby")]).as_deref(), Ok("/api/chat/lobby"));
    /// ```
    pub fn nested_at(mut self, prefix: impl Into<String>) -> Self {
        self.settings.nested_at = prefix.into();
        self
    }

    /// Adds a URL under which browsers reach the app, as in `"https://example.com"`. Pages of that origin may connect
    /// even if a proxy rewrites `Host`. You can call it several times.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.settings.public.push(url.into());
        self
    }

    #[doc = include_str!("docs/origins.md")]
    pub fn origins(mut self, origins: impl IntoOrigins) -> Self {
        self.settings.origins = OriginList::of(origins);
        self
    }

    #[doc = include_str!("docs/hosts.md")]
    pub fn hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.hosts.get_or_insert_default().extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Enables compression (permessage-deflate, RFC 7692) for clients that offer it; `None` disables it. Disabled by
    /// default. A route's own setting takes precedence.
    pub fn compress(mut self, compression: impl Into<Option<Compression>>) -> Self {
        self.settings.compression = compression.into();
        self
    }

    #[doc = include_str!("docs/history.md")]
    pub fn history(mut self, topics: impl Into<String>, history: History) -> Self {
        self.settings.histories.push((topics.into(), history));
        self
    }

    /// Serves `router` for every path that is not one of the app's routes, and for requests at their paths that are no
    /// handshake, if it has a route for them: `POST /graphql`, and the socket at `/graphql`. A second call replaces the
    /// first router.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use ws_core::App;
    ///
    /// let app = App::discover().fallback(Router::new().route("/health", get(|| async { "ok" })));
    /// ```
    pub fn fallback(mut self, router: Router) -> Self {
        self.fallback = Some(router);
        self
    }

    /// Wraps all routes, and the router given to [`fallback`](Self::fallback), in a tower layer. The last layer is the
    /// outermost.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: tower_layer::Layer<AxumRoute> + Clone + Send + Sync + 'static,
        L::Service: tower_service::Service<axum::extract::Request> + Clone + Send + Sync + 'static,
        <L::Service as tower_service::Service<axum::extract::Request>>::Response: IntoResponse + 'static,
        <L::Service as tower_service::Service<axum::extract::Request>>::Error:
            Into<std::convert::Infallible> + 'static,
        <L::Service as tower_service::Service<axum::extract::Request>>::Future: Send + 'static,
    {
        self.layers.push(Box::new(|router| router.layer(layer)));
        self
    }

    /// Sets the number of threads that [`run`](Self::run) serves on, each with its own runtime. One for each core by
    /// default; at least one. [`serve`](Self::serve) ignores it.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// Returns the table of routes: paths, handlers, and places in the program.
    #[must_use]
    pub fn routes(&self) -> Routes {
        let routes = Routes::new(&self.routes, self.settings.base_url.trim_end_matches('/'));
        #[cfg(feature = "pages")]
        let routes = self.pages.described(routes);
        routes
    }

    /// Returns a handle to the app. You can call it before the app starts; the handle stays valid afterwards.
    #[must_use]
    pub fn handle(&self) -> AppHandle {
        AppHandle::new(self.inner.clone())
    }

    #[doc = include_str!("docs/into_router.md")]
    #[track_caller]
    pub fn into_router(self) -> Router {
        match self.try_into_router() {
            Ok(router) => router,
            Err(error) => panic!("{error}"),
        }
    }

    /// Converts the app into an axum router, like [`into_router`](Self::into_router).
    ///
    /// # Errors
    /// Returns an [`Error`] if a route or a setting is wrong, a state is missing, or the app has tasks
    /// ([`on_start`](Self::on_start)) and no tokio runtime runs here.
    pub fn try_into_router(mut self) -> Result<Router> {
        #[cfg(feature = "tls")]
        if !self.tls.is_empty() || !self.redirects.is_empty() {
            let in_vain = "`App::tls` and `App::redirect_http` have no effect on a router: configure TLS in the server that you \
                           mount it in, or call `run`, `serve` or `bind`";
            return Err(Error::BadSetting(in_vain.to_owned()));
        }
        let (tasks, handle) = (mem::take(&mut self.tasks), self.handle());
        let router = self.build()?;
        start_here(tasks, &handle)?;
        Ok(router)
    }

    /// The services that start with the app, each once, with the place of its first route.
    pub(crate) fn services(&self) -> Vec<(Kind, String)> {
        let mut services: Vec<(Kind, String)> = Vec::new();
        let runs = |route: &&Route| route.handler.is_service() && route.per.is_none();
        for route in self.routes.iter().filter(runs) {
            if services.iter().all(|(known, _)| known.type_id() != route.handler.type_id()) {
                services.push((route.handler, route.source()));
            }
        }
        services
    }

    #[cfg(feature = "tls")]
    pub(super) fn hosts_given(&self) -> Option<&[String]> {
        self.settings.hosts.as_deref()
    }

    pub(crate) const fn backlog_size(&self) -> u32 {
        self.settings.total_limits.backlog
    }

    /// Builds the router of a server, which also answers requests for paths that nothing is mounted at.
    pub(crate) fn build_whole(mut self) -> Result<Router> {
        let fallback = self.fallback.take().unwrap_or_else(|| not_found(self.inner.shared.clone()));
        self.fallback = Some(limited(fallback));
        self.build()
    }

    fn build(mut self) -> Result<Router> {
        let (histories, history_limits) = self.settings.take_histories()?;
        let Checked { base, nested_at, public, origins, hosts, proxies } = self.settings.check()?;
        #[cfg(feature = "pages")]
        let pages = self.pages.start(&mut self.routes, &self.states, (nested_at, base), &self.inner)?;
        if let Some(module) = self.searched.filter(|_| self.routes.is_empty()) {
            return Err(Error::NoRouteIn { module, others: linked::modules() });
        }
        let patterns = table::check(&self.routes, base, &self.settings.limits, &self.states)?;
        warn_if_panics_abort();
        panics::watch();
        tracing::info!("routes:\n{}", Routes::new(&self.routes, base));
        for route in &self.routes {
            route.handler.allow_time(&self.inner, route.limits.over(&self.settings.limits).callbacks());
            if route.per.is_some() {
                route.handler.set_keyed(&self.inner, linger(&self.routes, route.handler));
            }
        }
        self.inner.topics.keep(histories, history_limits);
        let mut router = mount(&self.routes, &patterns, &self.inner, &origins, self.fallback.as_ref())?;
        #[cfg(feature = "pages")]
        if pages {
            router = with_script(router, base, &patterns)?;
        }
        self.inner.shared.set_up(Setup {
            states: self.states,
            urls: UrlResolver(table::entries(&self.routes, patterns, nested_at)),
            limits: self.settings.limits,
            app_limits: self.settings.total_limits,
            proxies,
            compression: self.settings.compression,
            public,
            has_hosts: hosts.is_some(),
        });
        if let Some(fallback) = self.fallback {
            router = router.fallback_service(fallback);
        }
        let router = self.layers.into_iter().fold(router, |router, layer| layer(router));
        #[cfg(feature = "pages")]
        let router =
            if pages { router.layer(axum::Extension(AppHandle::new(self.inner.clone()))) } else { router };
        Ok(match hosts {
            Some(hosts) => hosts::only(hosts, self.inner.shared.clone(), router),
            None => router,
        })
    }
}

/// Returns the longest time that the routes of a service let it go on without members.
fn linger(routes: &[Route], service: Kind) -> Duration {
    let own = routes.iter().filter(|route| route.handler.type_id() == service.type_id());
    own.filter_map(|route| route.limits.linger).max().unwrap_or_default()
}

macro_rules! app_setters {
    ($(
        $(#[$doc:meta])*
        $name:ident($argument:ident: $taken:ty) -> $stored:ty { $value:expr; default $default:expr, $text:literal }
    )*) => {
        /// Limits of each connection. A route's own setting takes precedence.
        ///
        /// A size, number or duration of zero is an error at startup ([`Error::BadSetting`](crate::Error::BadSetting)).
        impl App {
            $(
                $(#[$doc])*
                ///
                #[doc = concat!("The default is ", $text, ".")]
                pub fn $name(mut self, $argument: $taken) -> Self {
                    self.settings.limits.$name = $value;
                    self
                }
            )*
        }
    };
}
with_limits!(app_setters);

/// Limits of all connections together, and trusted proxies.
///
/// A limit of zero is an error at startup ([`Error::BadSetting`](crate::Error::BadSetting)).
impl App {
    /// Limits the number of open connections, of all routes together; `None`, the default, disables the limit. A
    /// further handshake gets a 503 response before `#[init]` runs.
    pub fn max_connections(mut self, connections: impl Into<Option<usize>>) -> Self {
        self.settings.total_limits.connections = connections.into();
        self
    }

    #[doc = include_str!("docs/max_connections_per_address.md")]
    pub fn max_connections_per_address(mut self, connections: impl Into<Option<usize>>) -> Self {
        self.settings.total_limits.connections_per_address = connections.into();
        self
    }

    #[doc = include_str!("docs/max_half_open.md")]
    pub fn max_half_open(mut self, connections: usize) -> Self {
        self.settings.total_limits.half_open = connections;
        self
    }

    #[doc = include_str!("docs/backlog.md")]
    pub fn backlog(mut self, connections: u32) -> Self {
        self.settings.total_limits.backlog = connections;
        self
    }

    #[doc = include_str!("docs/max_http_requests.md")]
    pub fn max_http_requests(mut self, requests: impl Into<Option<usize>>) -> Self {
        self.settings.total_limits.http_requests = requests.into();
        self
    }

    #[doc = include_str!("docs/keep_alive_timeout.md")]
    pub fn keep_alive_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.settings.total_limits.keep_alive = after.into();
        self
    }

    #[doc = include_str!("docs/http_read_timeout.md")]
    pub fn http_read_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.settings.total_limits.http_read_timeout = after.into();
        self
    }

    /// Drops an HTTP connection if the client accepts no bytes of a response for this long. 60 s by default; `None`
    /// disables the timeout.
    ///
    /// This applies to servers started with [`run`](Self::run), [`serve`](Self::serve) or [`bind`](Self::bind).
    pub fn http_write_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.settings.total_limits.http_write_timeout = after.into();
        self
    }

    /// Limits the number of topics that have a [history](Self::history). 16,384 by default. A further one takes the place
    /// of the history that was used the longest time ago, and of a topic with subscribers only if all have some. The next
    /// message begins a new epoch there.
    pub fn max_history_topics(mut self, topics: usize) -> Self {
        self.settings.total_limits.history_topics = topics;
        self
    }

    /// Limits the messages of all [histories](Self::history) together, in bytes. 64 MiB by default. Beyond it, the topic
    /// whose last message would expire first loses its messages, and keeps its position.
    pub fn max_history_bytes(mut self, bytes: usize) -> Self {
        self.settings.total_limits.history_bytes = bytes;
        self
    }

    #[doc = include_str!("docs/trusted_proxies.md")]
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.proxies.extend(networks.into_iter().map(Into::into));
        self
    }
}

impl Default for App {
    /// Creates an app without routes, as [`new`](Self::new) does.
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("routes", &self.routes)
            .field("base_url", &self.settings.base_url)
            .finish_non_exhaustive()
    }
}
