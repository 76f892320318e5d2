//! Tests handlers in memory, without a network. The handshake and the connection's event loop are those of production.
//!
//! Enable the feature `testing` in `[dev-dependencies]`. With tokio's paused clock, you can test a heartbeat or an idle
//! timeout of minutes in no time, and to the millisecond. The clients are those of [`client`](crate::client), which
//! answer pings in a task of their own. In a test, each wait of a client fails with [`Error::Timeout`] after 5 s of
//! real time.
//!
//! [`TestApp`] also sends plain HTTP requests, and keeps the cookies of a [session](TestApp::session). A test that returns
//! [`Result`] names the line of its failure.
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
//! # async fn main() -> testing::Result {
//! let mut client = testing::connect(testing::app!(), "/echo").await?;
//! client.send("hi").await?;
//! assert_eq!(client.text().await?, "You said: hi");
//! # Ok(())
//! # }
//! ```

mod app;
mod cookies;
mod failure;
mod http;
mod request;

pub use self::app::{TestApp, Testable};
pub use self::failure::{Failure, Result};
pub use self::http::{HttpRequest, Response};
pub use self::request::Request;
use crate::app::App;
pub use crate::client::{Client, Error, Rejected};

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
///         async fn a_chat_begins() -> testing::Result {
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
pub async fn connect(app: impl Testable, path: &str) -> Result<Client, Error> {
    start(app)?.connect(path).await
}

/// Starts `app` in memory. Any number of clients can connect to it; see [`TestApp`].
///
/// `app` is an [`App`], or the axum `Router` of a program that calls [`App::into_router`].
///
/// # Errors
/// The error that keeps the app from starting, such as two handlers on one path; see [`crate::Error`].
pub fn start(app: impl Testable) -> crate::Result<TestApp> {
    app.start()
}

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
