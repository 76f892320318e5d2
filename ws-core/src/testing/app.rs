//! An app that runs in memory.

use std::fmt;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use http::header::COOKIE;
use http::{HeaderMap, Method};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

use super::cookies::Cookies;
use super::http::HttpRequest;
use super::request::Request;
use crate::app::{App, start_here};
use crate::client::{Client, Error};
use crate::connection::Progress;
use crate::error;
use crate::handler::AppHandle;
use crate::server::http::{Serving, serve};
use crate::server::peer::Peer;

/// The client's address that handlers see, one of those reserved for documentation (RFC 5737).
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 50_000);

/// An app for [`start`](super::start) and [`connect`](super::connect): an [`App`], or the axum `Router` of a program that
/// calls [`App::into_router`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an app that can be tested",
    label = "neither an `App` nor an axum `Router`",
    note = "give the `App` itself, or a `Router` that has its state (`Router::with_state`)"
)]
pub trait Testable {
    #[doc(hidden)]
    fn start(self) -> error::Result<TestApp>;
}

impl Testable for App {
    fn start(mut self) -> error::Result<TestApp> {
        let (handle, tasks) = (self.handle(), mem::take(&mut self.tasks));
        let router = self.build_whole()?;
        start_here(tasks, &handle)?;
        Ok(TestApp::new(router, handle, true))
    }
}

impl Testable for Router {
    fn start(self) -> error::Result<TestApp> {
        Ok(TestApp::new(self, AppHandle::new(Arc::default()), false))
    }
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
/// # async fn main() -> ws_core::testing::Result {
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
#[derive(Clone)]
pub struct TestApp {
    serving: Serving,
    /// The handle belongs to the app, and not just to this kit.
    has_handle: bool,
    cookies: Option<Arc<Mutex<Cookies>>>,
}

impl TestApp {
    fn new(router: Router, handle: AppHandle, has_handle: bool) -> Self {
        // No one waits for the last response of a test.
        let (open, _) = mpsc::channel(1);
        Self {
            serving: Serving {
                router,
                handle,
                open,
                #[cfg(feature = "tls")]
                tls: None,
            },
            has_handle,
            cookies: None,
        }
    }

    /// Returns a handle to the app, for example to read its [`Stats`](crate::Stats).
    ///
    /// # Panics
    /// Panics if the app was started from a `Router`, which has no handle: call [`App::handle`] before
    /// [`App::into_router`].
    #[must_use]
    #[track_caller]
    pub fn handle(&self) -> AppHandle {
        assert!(
            self.has_handle,
            "a `Router` has no handle of its app: call `App::handle` before `App::into_router`"
        );
        self.serving.handle.clone()
    }

    /// Returns a client's session with the app. It keeps the cookies that the app sets, and sends them with further
    /// requests and handshakes, as a browser does. Clones share the cookies; each call returns a session without any.
    ///
    /// Cookies keep to their `Path`, and `Max-Age=0` removes one. Other attributes have no effect.
    ///
    /// ```
    /// # use ws_core::prelude::*;
    /// # use axum::{Router, http::{HeaderMap, header::SET_COOKIE}, routing::post};
    /// # #[websocket("/chat")]
    /// # struct Chat { cookies: String }
    /// # #[websocket]
    /// # impl Chat {
    /// #     #[init]
    /// #     fn new(headers: HeaderMap) -> Self {
    /// #         Self { cookies: headers["cookie"].to_str().unwrap_or_default().to_owned() }
    /// #     }
    /// #     #[open]
    /// #     fn open(&mut self) -> String { self.cookies.clone() }
    /// # }
    /// # fn login() -> Router {
    /// #     Router::new().route("/login", post(async |name: String| [(SET_COOKIE, name)]))
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> ws_core::testing::Result {
    /// use ws_core::testing;
    ///
    /// let ada = testing::start(testing::app!().fallback(login()))?.session();
    /// assert_eq!(ada.post("/login").body("name=ada").send().await?.status, 200);
    /// let mut client = ada.connect("/chat").await?;
    /// assert_eq!(client.text().await?, "name=ada");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn session(&self) -> Self {
        Self { cookies: Some(Arc::default()), ..self.clone() }
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

    /// Starts a plain GET request to `path`, which starts with `/` and may have a query.
    pub fn get(&self, path: &str) -> HttpRequest {
        self.method(Method::GET, path)
    }

    /// Starts a plain POST request to `path`. Set its body with [`form`](HttpRequest::form),
    /// [`json`](HttpRequest::json) or [`body`](HttpRequest::body).
    pub fn post(&self, path: &str) -> HttpRequest {
        self.method(Method::POST, path)
    }

    /// Starts a plain HTTP request of any method.
    pub fn method(&self, method: Method, path: &str) -> HttpRequest {
        HttpRequest::new(self.clone(), method, path)
    }

    /// Opens a connection to the app: a pipe that holds 64 KiB in each direction.
    pub(super) fn stream(&self) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        tokio::spawn(serve(self.serving.clone(), theirs, Peer::new(Some(PEER)), Progress::new(), None));
        ours
    }

    /// Adds the session's cookies for `path`.
    pub(super) fn add_cookies(&self, path: &str, headers: &mut HeaderMap) {
        if let Some(cookies) = self.cookies(|cookies| cookies.header(path)).flatten() {
            headers.insert(COOKIE, cookies);
        }
    }

    /// Stores the cookies of a response in the session.
    pub(super) fn store_cookies(&self, path: &str, headers: &HeaderMap) {
        self.cookies(|cookies| cookies.store(headers, path));
    }

    fn cookies<T>(&self, with: impl FnOnce(&mut Cookies) -> T) -> Option<T> {
        let cookies = self.cookies.as_ref()?;
        Some(with(&mut cookies.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for TestApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestApp").field("handle", &self.serving.handle).finish_non_exhaustive()
    }
}
