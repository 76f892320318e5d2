//! Tests handlers in memory, without a network. The handshake and the connection's event loop are those of production.
//!
//! Enable the feature `testing` in `[dev-dependencies]`. With tokio's paused clock, you can test a heartbeat or an idle
//! timeout of minutes in no time, and to the millisecond. The clients are those of [`client`](crate::client), which
//! answer pings in a task of their own. In a test, each wait of a client fails with [`Error::Timeout`] after 5 s of
//! real time.
//!
//! ```
//! use ws_core::prelude::*;
//! use ws_core::testing;
//!
//! #[websocket("/echo")]
//! #[derive(Default)]
//! struct Echo;
//!
//! #[websocket]
//! impl Echo {
//!     #[text]
//!     fn received(&mut self, text: &str) -> String {
//!         format!("You said: {text}")
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut client = testing::connect(testing::app!(), "/echo").await?;
//! client.send("hi").await?;
//! assert_eq!(client.text().await?, "You said: hi");
//! # Ok(())
//! # }
//! ```

mod request;

use std::mem;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::DuplexStream;
use tokio::sync::mpsc;

pub use self::request::Request;
use crate::app::{App, start_here};
pub use crate::client::{Client, Error, Rejected};
use crate::connection::Progress;
use crate::error::Result;
use crate::handler::AppHandle;
use crate::server::http::{Serving, serve};

/// Returns an app with the handlers of the calling module and of its submodules. In a module named `tests` or `test`,
/// it has those of the parent module. So the tests of one program do not see each other's routes.
///
/// The app is that of [`App::discover_in`] with the module's name. If the module has no handler, the app does not start,
/// and the error names the module that was searched.
///
/// ```
/// mod chat {
///     use ws_core::prelude::*;
///
///     #[websocket("/chat")]
///     #[derive(Default)]
///     struct Chat;
///
///     #[websocket]
///     impl Chat {}
///
///     #[cfg(test)]
///     mod tests {
///         use ws_core::testing;
///
///         #[tokio::test]
///         async fn a_chat_begins() -> Result<(), testing::Error> {
///             testing::connect(testing::app!(), "/chat").await?;
///             Ok(())
///         }
///     }
/// }
/// ```
#[doc(inline)]
pub use crate::__testing_app as app;

#[doc(hidden)]
#[macro_export]
macro_rules! __testing_app {
    () => {
        $crate::testing::app_for(::core::module_path!())
    };
}

#[doc(hidden)]
pub fn app_for(module: &str) -> App {
    App::discover_in(tested_by(module))
}

/// Returns the module under test: the parent of a module named `tests` or `test`, otherwise `module` itself.
fn tested_by(module: &str) -> &str {
    let around = module.strip_suffix("::tests").or_else(|| module.strip_suffix("::test"));
    around.unwrap_or(module)
}

/// Starts `app`, and connects a client to `path`, which starts with `/` and may have a query. The app lives as long as
/// the client. The [module's documentation](self) has an example.
///
/// To connect several clients, or to set headers, call [`start`].
///
/// # Errors
/// [`Error::Start`] if the app does not start. Otherwise the same as for [`Request::connect`].
///
/// # Panics
/// Panics outside of a tokio runtime with time enabled.
///
/// # Cancel safety
/// If you drop the future, the connection is dropped.
pub async fn connect(app: App, path: &str) -> Result<Client, Error> {
    start(app)?.connect(path).await
}

/// Starts `app` in memory. Any number of clients can connect to it; see [`TestApp`].
///
/// # Errors
/// The error that keeps the app from starting, such as two handlers on one path; see [`crate::Error`].
pub fn start(mut app: App) -> Result<TestApp> {
    let (handle, tasks) = (app.handle(), mem::take(&mut app.tasks));
    // No one waits for the last response of a test.
    let (open, _) = mpsc::channel(1);
    let serving = Serving { router: app.build_whole()?, handle, open };
    start_here(tasks, &serving.handle)?;
    Ok(TestApp { serving })
}

/// An app that runs in memory. Clones stand for the same app.
///
/// ```
/// # use ws_core::prelude::*;
/// # #[websocket("/chat/{room}")]
/// # #[derive(Default)]
/// # struct Chat;
/// # #[websocket]
/// # impl Chat {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ws_core::testing;
///
/// let app = testing::start(testing::app!())?;
/// let ada = app.connect("/chat/kitchen").await?;
/// let bob = app.request("/chat/kitchen").header("cookie", "name=bob").connect().await?;
/// assert_eq!(app.handle().stats().open, 2);
///
/// let refused = app.request("/chat/kitchen").origin("https://evil.example").rejection().await?;
/// assert_eq!(refused.status, 403);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestApp {
    serving: Serving,
}

impl TestApp {
    /// Returns a handle to the app, for example to read its [`Stats`](crate::Stats).
    #[must_use]
    pub fn handle(&self) -> AppHandle {
        self.serving.handle.clone()
    }

    /// Connects a new client to `path`, which starts with `/` and may have a query.
    ///
    /// # Errors
    /// The same as for [`Request::connect`].
    ///
    /// # Panics
    /// Panics outside of a tokio runtime with time enabled.
    ///
    /// # Cancel safety
    /// If you drop the future, the connection is dropped.
    pub async fn connect(&self, path: &str) -> Result<Client, Error> {
        self.request(path).connect().await
    }

    /// Starts a handshake request to `path`, which starts with `/` and may have a query. Set headers, origin and
    /// subprotocols, then call [`connect`](Request::connect) or [`rejection`](Request::rejection).
    pub fn request(&self, path: &str) -> Request {
        Request::new(self.clone(), path)
    }

    /// Opens a connection to the app: a pipe that holds 64 KiB in each direction.
    fn stream(&self) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        tokio::spawn(serve(self.serving.clone(), theirs, Some(PEER), Progress::new(), None));
        ours
    }
}

/// The client's address that handlers see, one of those reserved for documentation (RFC 5737).
const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 50_000);

#[cfg(test)]
mod tests {
    use super::tested_by;

    #[test]
    fn a_module_of_tests_speaks_for_the_one_around_it() {
        assert_eq!(tested_by("shop::chat::tests"), "shop::chat");
        assert_eq!(tested_by("shop::test"), "shop");
        for itself in ["shop", "tests", "shop::contests", "shop::tests::slow"] {
            assert_eq!(tested_by(itself), itself);
        }
    }
}
