//! Routes that the macros register at link time.

use std::borrow::Cow;

use super::kind::Kind;
use super::options::RouteOptions;
use super::route::Route;
use super::source_location::SourceLocation;
use crate::handler::Handler;
use crate::handshake::origins::OriginList;
use crate::service::Service;

/// The route of `#[websocket("/path")]` or `#[service]` on a struct, collected by the linker.
///
/// If the compiler names it, the struct has no `#[websocket] impl` or `#[service] impl`.
#[derive(Clone, Copy)]
pub struct LinkedRoute {
    path: &'static str,
    name: Option<&'static str>,
    options: RouteOptions,
    location: SourceLocation,
    handler: Kind,
}

inventory::collect!(LinkedRoute);

#[doc(hidden)]
impl LinkedRoute {
    #[must_use]
    pub const fn new<H: Handler>(
        path: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
    ) -> Self {
        Self::of(Kind::of::<H>(), path, SourceLocation { module, file, line })
    }

    #[must_use]
    pub const fn service<S: Service>(
        path: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
    ) -> Self {
        Self::of(Kind::of_service::<S>(), path, SourceLocation { module, file, line })
    }

    const fn of(handler: Kind, path: &'static str, location: SourceLocation) -> Self {
        Self { path, name: None, options: RouteOptions::new(), location, handler }
    }

    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    #[must_use]
    pub const fn options(mut self, options: RouteOptions) -> Self {
        self.options = options;
        self
    }
}

/// The linked routes, sorted by path. With `module`, only those of that module and its submodules.
pub(crate) fn routes(module: Option<&str>) -> Vec<Route> {
    let mut routes: Vec<_> = inventory::iter::<LinkedRoute>
        .into_iter()
        .filter(|linked| module.is_none_or(|module| linked.location.is_in(module)))
        .map(|linked| Route {
            path: linked.path.to_owned(),
            name: linked.name.map(str::to_owned),
            limits: linked.options,
            subprotocols: linked.options.subprotocols.iter().copied().map(Cow::Borrowed).collect(),
            per: linked.options.per.map(Cow::Borrowed),
            origins: linked.options.origins.map(OriginList::of),
            options: None,
            location: linked.location,
            handler: linked.handler,
            alternatives: Vec::new(),
        })
        .collect();
    // The linker's order is arbitrary and changes between builds.
    routes.sort_by(|a, b| {
        (&a.path, a.location.file, a.location.line).cmp(&(&b.path, b.location.file, b.location.line))
    });
    routes
}

/// The modules that have routes, sorted.
pub(crate) fn modules() -> Vec<&'static str> {
    let mut modules: Vec<_> =
        inventory::iter::<LinkedRoute>.into_iter().map(|linked| linked.location.module).collect();
    modules.sort_unstable();
    modules.dedup();
    modules
}
