//! The table of routes: validated before the app listens, and logged at startup.

use std::any::TypeId;
use std::fmt;

use super::kind::Kind;
use super::route::Route;
use crate::error::{Error, Result};
use crate::event::EventInfo;
use crate::handshake::request::is_token;
use crate::shared::limits::Limits;
use crate::shared::pattern::Pattern;
use crate::shared::states::States;
use crate::shared::urls::RouteEntry;

/// Validates `routes` as a whole, and returns their full paths.
pub(crate) fn check(routes: &[Route], base: &str, limits: &Limits, states: &States) -> Result<Vec<Pattern>> {
    if routes.is_empty() {
        return Err(Error::NoRoute);
    }
    let mut patterns = Vec::new();
    let mut bad = Vec::new();
    for route in routes {
        match Pattern::parse(&route.path) {
            Ok(pattern) => patterns.push(pattern.under(base)),
            Err(problem) => bad.push(format!("`{}` of {}: {problem}", route.path, route.source())),
        }
        bad.extend(
            problem(route, limits)
                .map(|problem| format!("`{}` of {}: {problem}", route.path, route.source())),
        );
    }
    bad.extend(mixed(routes));
    if !bad.is_empty() {
        return Err(Error::BadRoutes(bad));
    }
    let conflicts = conflicts(routes, &patterns);
    if !conflicts.is_empty() {
        return Err(Error::Conflicts(conflicts));
    }
    let missing: Vec<_> = routes
        .iter()
        .flat_map(|route| {
            route.handlers().flat_map(|handler| {
                let source = route.source_of(handler);
                let missing: Vec<_> = handler.needs().missing(states).collect();
                missing.into_iter().map(move |taken| format!("`#[init]` of {source} takes {taken}"))
            })
        })
        .collect();
    if missing.is_empty() { Ok(patterns) } else { Err(Error::MissingState(missing)) }
}

fn problem(route: &Route, app: &Limits) -> Option<String> {
    if let Some(problem) = route.limits.over(app).problem() {
        return Some(problem.to_owned());
    }
    match route.limits.inbox.limits() {
        Some(_) if !route.handler.is_service() => {
            return Some(
                "only services have an inbox; limit the queue of a connection with `mailbox_bytes`"
                    .to_owned(),
            );
        }
        Some(limits) if limits.messages == Some(0) || limits.bytes == 0 => {
            return Some("`inbox` must hold at least 1 message and 1 byte".to_owned());
        }
        _ => {}
    }
    match &route.per {
        Some(_) if !route.handler.is_service() => {
            return Some(
                "only services have an instance for each key; a handler has one for each connection"
                    .to_owned(),
            );
        }
        Some(per) if !parameters(&route.path).any(|name| name == per) => {
            return Some(format!("the path has no parameter `{per}`, which `per` names"));
        }
        None if route.limits.linger.is_some() => {
            return Some(
                "only a service with `per` lingers: without it, a service runs as long as the app".to_owned(),
            );
        }
        _ => {}
    }
    if let Some(problem) = route.limits.compression.flatten().and_then(|compression| compression.problem()) {
        return Some(problem.to_owned());
    }
    if let Some(name) = route.subprotocols.iter().find(|name| !is_token(name)) {
        return Some(format!("subprotocol `{name}` is not a token (RFC 6455 4.1)"));
    }
    route.origins.as_ref()?.parse().err()
}

/// Returns the names of the parameters of a path.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some(name.strip_prefix('*').unwrap_or(name))
    })
}

/// Reports services of which some routes have a key and some do not.
fn mixed(routes: &[Route]) -> Vec<String> {
    let unlike = |route: &Route| {
        let other = routes.iter().find(|other| other.handler.type_id() == route.handler.type_id())?;
        (other.per.is_some() != route.per.is_some()).then(|| {
            format!(
                "`{}` of {} and `{}` differ: a service has either `per` on each route, or on none",
                route.path,
                route.source(),
                other.path
            )
        })
    };
    routes.iter().filter_map(unlike).collect()
}

fn conflicts(routes: &[Route], patterns: &[Pattern]) -> Vec<String> {
    let mut found = Vec::new();
    let mut known = matchit::Router::new();
    for (at, pattern) in patterns.iter().enumerate() {
        // axum's own router finds the conflicts on which axum would panic.
        let Err(error) = known.insert(pattern.as_str(), at) else { continue };
        let other = match &error {
            matchit::InsertError::Conflict { with } => {
                patterns[..at].iter().position(|known| known.as_str() == with)
            }
            _ => None,
        };
        found.push(match other {
            Some(other) => format!(
                "`{}` of {} conflicts with `{}` of {}: change one of the paths{}",
                pattern.as_str(),
                routes[at].source(),
                patterns[other].as_str(),
                routes[other].source(),
                named_alike(&routes[at], &routes[other]),
            ),
            None => format!("`{}` of {}: {error}", pattern.as_str(), routes[at].source()),
        });
    }
    for (at, route) in routes.iter().enumerate() {
        if route.name.is_some()
            && let Some(first) = routes[..at].iter().find(|first| first.name == route.name)
        {
            found.push(format!(
                "the name `{}` of {} is also the name of {}: rename one of the routes",
                route.name.as_deref().unwrap_or_default(),
                route.source(),
                first.source()
            ));
        }
    }
    found
}

/// The hint for two services with the same name in different modules: their default paths are equal.
fn named_alike(one: &Route, other: &Route) -> &'static str {
    if one.path == other.path && one.handler.is_service() && other.handler.is_service() {
        "; the default path of a service is made from its name, so set another with `#[service(\"/path\")]`"
    } else {
        ""
    }
}

/// The routes of an app. `Display` prints one line for each: path, handler, place in the program, and name.
///
/// ```
/// # use ws_core::prelude::*;
/// # #[websocket("/chat")]
/// # #[derive(Default)]
/// # struct Chat;
/// # #[websocket]
/// # impl Chat {}
/// let routes = App::new().mount::<Chat>("/chat/{room}", ()).base_url("/api").routes();
/// assert_eq!(routes.paths().collect::<Vec<_>>(), ["/api/chat/{room}"]);
/// println!("{routes}");
/// ```
#[derive(Clone, Debug)]
pub struct Routes(Vec<Row>);

#[derive(Clone, Debug)]
struct Row {
    path: String,
    name: Option<String>,
    handler: &'static str,
    type_id: TypeId,
    location: String,
    events: Vec<EventInfo>,
}

impl Routes {
    pub(crate) fn new(routes: &[Route], base: &str) -> Self {
        Self(
            routes
                .iter()
                .map(|route| Row {
                    path: format!("{base}{}", route.path),
                    name: route.name.clone(),
                    handler: route.handler.type_name(),
                    type_id: route.handler.type_id(),
                    location: route.location.to_string(),
                    events: route.handlers().flat_map(Kind::events).collect(),
                })
                .collect(),
        )
    }

    /// Adds events to the routes of a handler.
    #[cfg(feature = "pages")]
    pub(crate) fn with_events(mut self, handler: Kind, events: impl Fn() -> Vec<EventInfo>) -> Self {
        for row in self.0.iter_mut().filter(|row| row.type_id == handler.type_id()) {
            row.events.extend(events());
        }
        self
    }

    /// Returns the number of routes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no routes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the full paths, with the base url, in the order of the table.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|row| row.path.as_str())
    }

    /// Returns the events of the `#[message]` callbacks, each with the full path of its route, in the order of the table.
    pub fn events(&self) -> impl Iterator<Item = (&str, &EventInfo)> {
        self.0.iter().flat_map(|row| row.events.iter().map(|event| (row.path.as_str(), event)))
    }

    /// Panics unless the routes are exactly the expected ones; see [`assert_routes!`](crate::assert_routes).
    #[doc(hidden)]
    pub fn assert(&self, expected: &[(&str, TypeId, &str)]) {
        let missing = expected
            .iter()
            .filter(|(path, id, _)| !self.0.iter().any(|row| row.path == *path && row.type_id == *id))
            .map(|(path, _, handler)| format!("  missing: {path}  {handler}\n"));
        let extra = self
            .0
            .iter()
            .filter(|row| !expected.iter().any(|(path, id, _)| row.path == *path && row.type_id == *id))
            .map(|row| format!("  unexpected: {row}\n"));
        let (missing, extra): (String, String) = (missing.collect(), extra.collect());
        let hint = if missing.is_empty() {
            ""
        } else {
            "help: the linker leaves out a crate that nothing refers to; write `use your_crate as _;`"
        };
        assert!(
            missing.is_empty() && extra.is_empty(),
            "the routes differ from the expected ones:\n{missing}{extra}{hint}"
        );
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}  {}", self.path, self.handler, self.location)?;
        match &self.name {
            Some(name) => write!(f, "  as {name}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.iter().map(|row| row.path.len()).max().unwrap_or(0);
        let handler = self.0.iter().map(|row| row.handler.len()).max().unwrap_or(0);
        for (at, row) in self.0.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{:path$}  {:handler$}  {}", row.path, row.handler, row.location)?;
            if let Some(name) = &row.name {
                write!(f, "  as {name}")?;
            }
        }
        Ok(())
    }
}

/// The path of each route, for URLs.
pub(crate) fn entries(routes: &[Route], patterns: Vec<Pattern>, nested_at: &str) -> Vec<RouteEntry> {
    routes
        .iter()
        .zip(patterns)
        .flat_map(|(route, pattern)| {
            let pattern = pattern.under(nested_at);
            route.handlers().map(move |handler| RouteEntry {
                handler: handler.type_id(),
                type_name: handler.type_name(),
                name: route.name.clone(),
                pattern: pattern.clone(),
            })
        })
        .collect()
}

/// Asserts that an app has exactly these routes, so that a test fails if one disappears or appears at link time.
///
/// Each line has a whole path, with the base url, and a handler or service. The order does not matter.
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
/// # fn main() {
/// # let app = App::new().mount::<Chat>("/chat/{room}", ());
/// ws_core::assert_routes!(app, {
///     "/chat/{room}" => Chat,
/// });
/// # }
/// ```
#[macro_export]
macro_rules! assert_routes {
    ($app:expr, { $($path:literal => $handler:ty),* $(,)? }) => {
        $app.routes().assert(&[$((
            $path,
            ::core::any::TypeId::of::<$handler>(),
            ::core::any::type_name::<$handler>(),
        )),*])
    };
}
