//! Tests handlers without a network: with the same handshake and the same connection loop, over memory.
//!
//! Enable the feature `testing` in `[dev-dependencies]`. On tokio's paused clock, a heartbeat or an idle timeout of
//! minutes is tested in no time, and to the millisecond. The client is that of [`client`](crate::client), which answers
//! pings in a task of its own; in a test, each of its waits ends after 5 s of real time.
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
//!     fn said(&mut self, text: &str) -> String {
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

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::DuplexStream;
use tokio::sync::mpsc;

pub use self::request::Request;
use crate::app::App;
pub use crate::client::{Client, Error, Rejected};
use crate::error::Result;
use crate::handle::AppHandle;
use crate::server::http::{Serving, serve};

/// An app with the handlers of the module that says it, and of those below it; a `mod tests`, or `mod test`, says it for
/// the module around it. So the tests of one program do not see each other's routes.
///
/// It is [`App::linked_in`] with that module's name. Where there is no handler the app does not start, and the error
/// names the module that was searched.
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
    App::linked_in(tested_by(module))
}

/// The module whose handlers the tests in `module` are about.
fn tested_by(module: &str) -> &str {
    let around = module.strip_suffix("::tests").or_else(|| module.strip_suffix("::test"));
    around.unwrap_or(module)
}

/// Starts `app` and connects to it once; the app lives as long as its client.
///
/// # Errors
/// [`Error::Start`] if the app does not start, [`Error::Rejected`] with the HTTP response if it rejects the handshake.
pub async fn connect(app: App, path: &str) -> Result<Client, Error> {
    start(app)?.connect(path).await
}

/// Starts `app` in memory, for any number of clients.
///
/// # Errors
/// Whatever keeps the app from starting; see [`crate::Error`].
pub fn start(app: App) -> Result<TestApp> {
    let handle = app.handle();
    // Nobody waits for the last answer of a test.
    let (open, _) = mpsc::channel(1);
    Ok(TestApp { serving: Serving { router: app.build_whole()?, handle, open } })
}

/// An app that is served in memory.
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
    /// A handle to the app.
    #[must_use]
    pub fn handle(&self) -> AppHandle {
        self.serving.handle.clone()
    }

    /// Connects a new client to `path`.
    ///
    /// # Errors
    /// [`Error::Rejected`] with the HTTP response if the app rejects the handshake.
    pub async fn connect(&self, path: &str) -> Result<Client, Error> {
        self.request(path).connect().await
    }

    /// Starts a handshake request to `path`: set headers, origin and subprotocols, then connect.
    pub fn request(&self, path: &str) -> Request {
        Request::new(self.clone(), path)
    }

    /// A connection to the app.
    fn stream(&self) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        tokio::spawn(serve(self.serving.clone(), theirs, PEER, None));
        ours
    }
}

/// The address that handlers see: one of those set aside for documentation (RFC 5737).
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
