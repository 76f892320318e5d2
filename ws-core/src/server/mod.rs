//! The server: a listener, HTTP/1.1 on each connection until a request upgrades it, and the drain at the end.

mod half_open;
pub(crate) mod http;
mod run;
mod signals;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use self::half_open::HalfOpen;
use self::http::{Accepted, Serving};
pub use self::run::run;
use self::signals::Signals;
use crate::app::App;
use crate::error::{Error, Result};
use crate::handler::AppHandle;
use crate::shared::clock::later;
use crate::shared::drain::GRACE_PERIOD;
use crate::shared::stats::Limit;

/// The time limit of a drain that a signal, or the future given to `serve_until`, starts.
const DRAIN: Duration = Duration::from_secs(30);
/// The time limit of the drain that follows when a service does not start.
const FAILED: Duration = Duration::from_secs(1);
/// The pause before the next `accept` while the system has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The same pause if half-open connections were dropped: their descriptors are free at once.
const RELIEF: Duration = Duration::from_millis(5);
/// The shortest interval between two log messages about this, so that the client that exhausts the descriptors does not
/// fill the log too.
const WARN_EVERY: Duration = Duration::from_secs(10);

impl App {
    /// Listens on `addr` and serves on the current tokio runtime until ctrl-c or SIGTERM, then
    /// [drains](AppHandle::drain) the app within 30 s.
    ///
    /// A second signal skips the drain. A drain that starts elsewhere ends the server too, and keeps its own deadline.
    /// Signals are also handled while services start.
    ///
    /// All connections share the caller's runtime; [`run`](Self::run) starts a runtime for each core instead.
    ///
    /// ```no_run
    /// #[tokio::main]
    /// async fn main() -> ws_core::Result {
    ///     ws_core::App::discover().serve("127.0.0.1:8080").await
    /// }
    /// ```
    ///
    /// # Errors
    /// Returns an [`Error`] if the app cannot start: a route or a setting is wrong, a service fails, or `addr` cannot
    /// be bound.
    ///
    /// # Cancel safety
    /// If you drop the future while it serves, the listener closes without a drain. Open connections keep running on
    /// the runtime.
    pub async fn serve(self, addr: impl ToSocketAddrs + fmt::Debug) -> Result {
        // Before anything listens: a client that gets a response finds a process that handles signals.
        let mut signals = Signals::new()?;
        if let Some(server) = self.bind_until_signal(listen(addr), &[Handle::current()], &mut signals).await?
        {
            server.serve_until_signal(signals, on_this_runtime).await;
        }
        Ok(())
    }

    /// Starts the services and listens on `addr` without serving yet, so that you know the port first.
    ///
    /// Clients that connect before [`serve`](Server::serve) wait in the system's accept queue.
    ///
    /// ```no_run
    /// # async fn f() -> ws_core::Result {
    /// let server = ws_core::App::discover().bind("127.0.0.1:0").await?;
    /// println!("http://{}", server.local_addr());
    /// server.serve().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an [`Error`] if the app cannot start: a route or a setting is wrong, a service fails, or `addr` cannot
    /// be bound.
    pub async fn bind(self, addr: impl ToSocketAddrs + fmt::Debug) -> Result<Server> {
        self.bind_on(listen(addr), &[Handle::current()]).await
    }

    /// Like `bind_on`, but a signal ends a start that hangs. Returns `None` then.
    async fn bind_until_signal(
        self,
        listening: impl Future<Output = Result<Listener>>,
        runtimes: &[Handle],
        signals: &mut Signals,
    ) -> Result<Option<Server>> {
        let handle = self.handle();
        tokio::select! {
            bound = self.bind_on(listening, runtimes) => return bound.map(Some),
            () = signals.next() => tracing::info!("received a signal during startup: shutting down"),
        }
        tokio::select! {
            _ = handle.drain(DRAIN) => {}
            () = signals.next() => tracing::warn!("received a second signal: skipping the drain"),
        }
        Ok(None)
    }

    /// Binds, and starts the services on `runtimes`, in turn.
    async fn bind_on(
        self,
        listening: impl Future<Output = Result<Listener>>,
        runtimes: &[Handle],
    ) -> Result<Server> {
        let (handle, services) = (self.handle(), self.services());
        let router = self.build_whole()?;
        let (listener, local_addr) = listening.await?;
        handle.shared().listens_on(local_addr);
        for ((service, source_location), runtime) in services.into_iter().zip(runtimes.iter().cycle()) {
            let Some(started) = service.start(handle.inner(), runtime) else { continue };
            let started = started.await.unwrap_or_else(|_| Err("its runtime was shut down".into()));
            if let Err(source) = started {
                // Drains the services that did start, for a short time: the error is more urgent.
                handle.drain(FAILED).await;
                return Err(Error::Service { service: source_location, source });
            }
        }
        tracing::info!("listening on http://{local_addr}");
        Ok(Server { listener, local_addr, router, handle })
    }
}

/// A listener and its local address.
type Listener = (TcpListener, SocketAddr);

/// Listens on `addr`. A function of its own, so that the rest is compiled only once for all address types.
async fn listen(addr: impl ToSocketAddrs + fmt::Debug) -> Result<Listener> {
    let bound = async {
        let listener = TcpListener::bind(&addr).await?;
        let local_addr = listener.local_addr()?;
        io::Result::Ok((listener, local_addr))
    };
    bound.await.map_err(|source| Error::bind(&addr, source))
}

/// A server that listens and does not accept connections yet. Created by [`App::bind`].
#[must_use = "a `Server` does nothing unless you call `serve` or `serve_until`"]
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    router: Router,
    handle: AppHandle,
}

impl Server {
    /// Returns the address that the server listens on. For port 0 it has the port that the system chose.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Returns a handle to the app.
    #[must_use]
    pub fn handle(&self) -> AppHandle {
        self.handle.clone()
    }

    /// Serves until ctrl-c or SIGTERM, or until a [drain](AppHandle::drain) starts elsewhere, then drains the app
    /// within 30 s.
    ///
    /// A second signal skips the drain.
    ///
    /// # Errors
    /// Returns [`Error::Io`] if the signal handlers cannot be installed.
    ///
    /// # Cancel safety
    /// If you drop the future, the listener closes without a drain. Open connections keep running on the runtime.
    pub async fn serve(self) -> Result {
        let signals = Signals::new()?;
        self.serve_until_signal(signals, on_this_runtime).await;
        Ok(())
    }

    /// Serves until `shutdown` resolves, or until a [drain](AppHandle::drain) starts elsewhere, then drains the app
    /// within 30 s. It does not handle signals.
    ///
    /// ```no_run
    /// # async fn f() -> ws_core::Result {
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// let server = ws_core::App::discover().bind("127.0.0.1:0").await?;
    /// let serving = tokio::spawn(server.serve_until(async {
    ///     let _ = stopped.await;
    /// }));
    /// // Later:
    /// let _ = stop.send(());
    /// let _ = serving.await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// If you drop the future, the listener closes without a drain. Open connections keep running on the runtime.
    pub async fn serve_until(self, shutdown: impl Future<Output = ()>) {
        let serving = self.accept_until(shutdown, on_this_runtime).await;
        serving.drain().await;
    }

    /// Accepts connections until a signal, then drains. `spawn` chooses the runtime of a connection.
    async fn serve_until_signal(self, mut signals: Signals, spawn: impl FnMut(Serving, Accepted)) {
        let serving = self.accept_until(signals.next(), spawn).await;
        tokio::select! {
            () = serving.drain() => {}
            () = signals.next() => tracing::warn!("received a second signal: skipping the drain"),
        }
    }

    /// Accepts connections until `shutdown` resolves or a drain starts.
    async fn accept_until(
        self,
        shutdown: impl Future<Output = ()>,
        mut spawn: impl FnMut(Serving, Accepted),
    ) -> Draining {
        let Self { listener, router, handle, .. } = self;
        let (open, closed) = mpsc::channel(1);
        let serving = Serving { router, handle: handle.clone(), open };
        let half_open = HalfOpen::new(handle.clone());
        let accepting = async {
            let mut warned: Option<Instant> = None;
            loop {
                match listener.accept().await {
                    Ok((stream, peer)) => {
                        let (head, gives_way) = half_open.enter();
                        spawn(serving.clone(), Accepted { stream, peer, head, gives_way });
                    }
                    // The client was gone before its connection was accepted.
                    Err(error) if is_of_one_client(&error) => {}
                    Err(error) => {
                        handle.shared().stats.limited(Limit::Descriptors);
                        if warned.is_none_or(|warned| warned.elapsed() > WARN_EVERY) {
                            tracing::warn!("cannot accept connections: {error}");
                            warned = Some(Instant::now());
                        }
                        let pause = if half_open.relieve() { RELIEF } else { ACCEPT_PAUSE };
                        tokio::time::sleep(pause).await;
                    }
                }
            }
        };
        tokio::select! {
            () = accepting => {}
            () = shutdown => {}
            () = handle.draining() => {}
        }
        Draining { handle, closed }
    }
}

/// A server that accepts no more connections.
struct Draining {
    handle: AppHandle,
    /// Closes when the last HTTP connection has sent its response.
    closed: mpsc::Receiver<Infallible>,
}

impl Draining {
    async fn drain(mut self) {
        // A drain that started elsewhere has its own deadline.
        let within = self.handle.drain_deadline().map_or(DRAIN, |deadline| deadline - Instant::now());
        let drained = self.handle.drain(within).await;
        if let Some(deadline) = self.handle.drain_deadline() {
            // Each connection observes the deadline itself. This one is for a connection whose callback blocks its
            // thread.
            let _ = timeout_at(later(deadline, GRACE_PERIOD), self.closed.recv()).await;
        }
        tracing::info!(ended = drained.ended, aborted = drained.aborted, left = drained.left, "drained");
    }
}

fn on_this_runtime(serving: Serving, accepted: Accepted) {
    tokio::spawn(http::serve_accepted(serving, accepted));
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
