//! Startup errors and URL errors. Their texts include the fix.

use std::fmt;
use std::io;

use crate::message::{BoxError, Escaped};

/// The result of [`run`](crate::run) and of the methods that start an [`App`](crate::App).
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// The reason why an app did not start.
///
/// `Debug` prints the same text as `Display`, because that is what Rust prints for a `main` that returns an error.
#[non_exhaustive]
pub enum Error {
    /// The app has no route.
    NoRoute,
    /// The module given to [`App::discover_in`](crate::App::discover_in) has no route.
    NoRouteIn {
        /// The module that was searched.
        module: String,
        /// The modules of this program that have routes.
        others: Vec<&'static str>,
    },
    /// Routes that match the same requests or have the same name, each with both places in the program.
    Conflicts(Vec<String>),
    /// Routes with an invalid path or setting, each with its place in the program.
    BadRoutes(Vec<String>),
    /// States that handlers need and the app does not provide, each with the handler and its place in the program.
    MissingState(Vec<String>),
    /// The `#[init]` of a service returned an error or panicked.
    Service {
        /// The service and its place in the program.
        service: String,
        /// The error of its `#[init]`.
        source: BoxError,
    },
    /// A setting of the app is invalid.
    BadSetting(String),
    /// The TLS configuration cannot be used, at the start or when it is reloaded.
    Tls(String),
    /// No tokio runtime runs where this method was called, or where its future was polled.
    NoRuntime(&'static str),
    /// The app cannot listen on the address.
    Bind {
        /// The address as it was given.
        addr: String,
        /// The system's error.
        source: io::Error,
    },
    /// An I/O error: a runtime, a thread or the signal handlers could not be set up, or your own `main` returned it with
    /// `?`. The text is that of the I/O error alone.
    Io(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoute => f.write_str(
                "this app has no routes: no `#[websocket(\"/path\")]` or `#[service]` is linked into the program\n\
                 help: the linker leaves out a crate that nothing refers to; if your handlers are in another crate, \
                 write `use your_crate as _;` in `main.rs`\n\
                 help: to mount a handler by hand, write `App::new().mount::<Handler>(\"/path\", ())`",
            ),
            Self::NoRouteIn { module, others } => write!(
                f,
                "this app has no routes: no `#[websocket(\"/path\")]` or `#[service]` is in module `{module}` or its \
                 submodules\n{}",
                elsewhere(module, others)
            ),
            Self::Conflicts(value) => f.write_str(&lines("conflicting routes:", value)),
            Self::BadRoutes(value) => f.write_str(&lines("invalid routes:", value)),
            Self::MissingState(value) => f.write_str(&lines("missing state:", value)),
            Self::Service { service, source } => write!(f, "service {service} did not start: {source}"),
            Self::BadSetting(value) => f.write_str(value),
            Self::Tls(value) => write!(f, "TLS: {value}"),
            Self::NoRuntime(method) => write!(
                f,
                "{method} needs a tokio runtime, and none runs here\n\
                 help: write `#[tokio::main]` on your `async fn main`, or call `App::run`, which starts runtimes of \
                 its own, from a `main` that is not async"
            ),
            Self::Bind { addr, source } => write!(f, "cannot listen on {addr}: {source}{}", hint(source)),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Service { source, .. } => Some(&**source),
            Self::Bind { source, .. } => Some(source),
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn lines(head: &str, items: &[String]) -> String {
    items.iter().fold(head.to_owned(), |text, item| text + "\n  - " + &item.replace('\n', "\n    "))
}

/// Lists the modules that do have routes.
fn elsewhere(module: &str, modules: &[&str]) -> String {
    const SHOWN: usize = 5;
    let krate = |module: &str| module.split("::").next().map(str::to_owned);
    let Some(first) = modules.iter().find(|other| krate(other) == krate(module)) else {
        return "help: no handler of this crate is linked; the linker leaves out a crate that nothing refers to, so \
                write `use your_crate as _;`"
            .to_owned();
    };
    let shown: Vec<String> = modules.iter().take(SHOWN).map(|module| format!("`{module}`")).collect();
    let more = match modules.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = shown.join(", ");
    format!(
        "help: these modules have routes: {shown}{more}; for those of one, write `App::discover_in(\"{first}\")`\n\
         help: the linker leaves out a crate that nothing refers to; write `use your_crate as _;`"
    )
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program uses this address: stop it, or choose another port (port 0 picks a free one)"
        }
        io::ErrorKind::PermissionDenied => "; ports below 1024 require privileges",
        io::ErrorKind::AddrNotAvailable => "; this machine has no such address",
        _ => "",
    }
}

/// The error of [`AppHandle::url`](crate::AppHandle::url) and [`url_for`](crate::AppHandle::url_for).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// No route has this name.
    UnknownName {
        /// The requested name.
        name: String,
        /// The names of all routes.
        names: Vec<String>,
    },
    /// The handler is not mounted in this app.
    NotMounted {
        /// The type name of the handler.
        handler: &'static str,
    },
    /// The handler is mounted more than once, so its URL is ambiguous.
    Ambiguous {
        /// The type name of the handler.
        handler: &'static str,
        /// The paths at which it is mounted.
        paths: Vec<String>,
    },
    /// A parameter is missing, unknown, empty or given twice, or would change the path (`.` and `..`).
    Params {
        /// The path of the route.
        path: String,
        /// A description of the problem.
        problem: String,
    },
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName { name, names } => {
                write!(f, "no route is named `{}` ({})", Escaped(name), known(names))
            }
            Self::NotMounted { handler } => write!(f, "`{handler}` is not mounted in this app"),
            Self::Ambiguous { handler, paths } => write!(
                f,
                "`{handler}` is mounted {} times ({}): name the routes and use `url_for`",
                paths.len(),
                paths.join(", ")
            ),
            Self::Params { path, problem } => {
                write!(f, "cannot build the URL of `{path}`: {}", Escaped(problem))
            }
        }
    }
}

impl std::error::Error for UrlError {}

fn known(names: &[String]) -> String {
    if names.is_empty() {
        "this app has no named routes".to_owned()
    } else {
        format!("named routes: {}", names.join(", "))
    }
}
