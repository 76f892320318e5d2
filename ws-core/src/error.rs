//! What stops a start, in words that say what to write instead.

use std::fmt;
use std::io;

use crate::terminate::BoxError;

/// What [`run`](crate::run) and [`App`](crate::App) return.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Why an app did not start.
///
/// `Debug` prints the same text as `Display`, since that is what a `main` that returns it prints.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No handler is mounted.
    #[error(
        "no route: no `#[websocket(\"/path\")]` or `#[service]` is linked into this program.\n\
         A crate that nothing names is not linked, and its handlers are missing: where they are in a crate of their \
         own, write `use your_crate as _;` in `main.rs`; by hand, `App::empty().mount::<Handler>(\"/path\", ())`"
    )]
    NoRoute,
    /// No handler is in the module that was asked for.
    #[error("no route: no `#[websocket(\"/path\")]` or `#[service]` is in the module `{module}`, or below it.\n{}", elsewhere(.module, .others))]
    NoRouteIn {
        /// The module that was searched.
        module: String,
        /// The modules of this program that have handlers.
        others: Vec<&'static str>,
    },
    /// Routes that cannot stand beside each other, each with both places.
    #[error("{}", lines("routes in conflict:", .0))]
    Conflicts(Vec<String>),
    /// Routes that cannot be what was meant: a bad path, a bad limit, each with its place.
    #[error("{}", lines("routes that cannot be served:", .0))]
    BadRoutes(Vec<String>),
    /// States that handlers take and nobody gave, each with the handler and its place.
    #[error("{}", lines("missing state:", .0))]
    MissingState(Vec<String>),
    /// A service whose `#[init]` failed.
    #[error("service {service} did not start: {source}")]
    Service {
        /// The service and its place.
        service: String,
        /// What its `#[init]` said.
        source: BoxError,
    },
    /// A setting of the app that cannot be meant.
    #[error("{0}")]
    BadSetting(String),
    /// The address could not be listened on.
    #[error("cannot listen on {addr}: {source}{}", hint(.source))]
    Bind {
        /// The address as it was given.
        addr: String,
        /// What the system said.
        source: io::Error,
    },
    /// The runtime or a listener failed.
    #[error("the server failed: {0}")]
    Io(#[from] io::Error),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn lines(head: &str, items: &[String]) -> String {
    items.iter().fold(head.to_owned(), |text, item| text + "\n  - " + &item.replace('\n', "\n    "))
}

/// Where handlers are that were sought in vain.
fn elsewhere(module: &str, modules: &[&str]) -> String {
    const SHOWN: usize = 5;
    let krate = |module: &str| module.split("::").next().map(str::to_owned);
    let Some(first) = modules.iter().find(|other| krate(other) == krate(module)) else {
        return "There is none in this whole crate. A crate that nothing names is not linked, and its handlers are \
                missing: write `use your_crate as _;`"
            .to_owned();
    };
    let shown: Vec<String> = modules.iter().take(SHOWN).map(|module| format!("`{module}`")).collect();
    let more = match modules.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = shown.join(", ");
    format!(
        "There are some in {shown}{more}: where you mean those of one, write `App::linked_in(\"{first}\")`.\n\
         A crate that nothing names is not linked, and its handlers are missing: write `use your_crate as _;`"
    )
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program listens there: stop it, or choose another port (0 takes a free one)"
        }
        io::ErrorKind::PermissionDenied => "; ports below 1024 need a privilege",
        io::ErrorKind::AddrNotAvailable => "; this machine has no such address",
        _ => "",
    }
}

impl Error {
    pub(crate) fn bind(addr: &impl fmt::Debug, source: io::Error) -> Self {
        Self::Bind { addr: format!("{addr:?}"), source }
    }
}

/// Why there is no such url.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// No route has this name.
    #[error("no route is named `{name}`; names: {}", join(.names))]
    UnknownName {
        /// The name asked for.
        name: String,
        /// The names there are.
        names: Vec<String>,
    },
    /// The handler is not mounted in this app.
    #[error("`{handler}` is not mounted in this app")]
    NotMounted {
        /// The handler's type.
        handler: &'static str,
    },
    /// The handler is mounted more than once.
    #[error("`{handler}` is mounted {} times ({}): give each a name, and ask `url_for` for it", .paths.len(), join(.paths))]
    Ambiguous {
        /// The handler's type.
        handler: &'static str,
        /// Where it is mounted.
        paths: Vec<String>,
    },
    /// A parameter is missing, extra, empty or given twice.
    #[error("url of `{path}`: {problem}")]
    Params {
        /// The route's path.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

fn join(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
