//! The server. In reading order: the listener ([`listen`]) at an [`address`] that it checks; the [`worker_listener`] of
//! each runtime; how it [`accept`]s connections until the drain, with their [`placement`] on workers and a bound on
//! those that are [`half_open`]; a [`watch`] over each connection, from the TLS handshake ([`secure`]) through [`http`]
//! until a request upgrades it, or `http2` with its `streams` and `portioned` responses, with the facts about the
//! [`peer`], [`tracked`] bodies and a time limit for an [`upload`]; [`run`](mod@run), with a runtime for each core, and
//! the [`signals`] that shut it down. [`expiry`] logs that the certificate expires soon, and [`redirect`] sends the
//! clients of plain HTTP to TLS.

mod accept;
mod address;
#[cfg(feature = "tls")]
mod expiry;
mod half_open;
pub(crate) mod http;
#[cfg(feature = "http2")]
mod http2;
mod listen;
pub(crate) mod peer;
mod placement;
#[cfg(feature = "http2")]
mod portioned;
#[cfg(feature = "tls")]
mod redirect;
mod run;
#[cfg(feature = "tls")]
mod secure;
mod signals;
#[cfg(feature = "http2")]
mod streams;
mod tracked;
mod upload;
mod watch;
mod worker_listener;

use std::io;
use std::mem;
use std::net::SocketAddr;
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::runtime::Handle;

use self::listen::Listener;
#[cfg(feature = "tls")]
use self::redirect::Redirect;
pub use self::run::run;
use self::signals::Signals;
use self::worker_listener::WorkerListener;
use crate::app::{App, IntoListen, Listen};
use crate::error::{Error, Result};
use crate::handler::AppHandle;

/// The time limit of a drain that a signal, or the future given to `serve_until`, starts.
const DRAIN: Duration = Duration::from_secs(30);
/// The time limit of the drain that follows when a service does not start.
const FAILED: Duration = Duration::from_secs(1);

impl App {
    /// Listens at an address, or on a [listener of yours](Listen), and serves on the current tokio runtime until ctrl-c
    /// or SIGTERM, then [drains](AppHandle::drain) the app within 30 s.
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
    /// Returns an [`Error`] if the app cannot start: a route or a setting is wrong, a service fails, the address cannot be
    /// bound, or no tokio runtime runs here.
    ///
    /// # Cancel safety
    /// If you drop the future while it serves, the listener closes without a drain. Open connections keep running on
    /// the runtime.
    pub async fn serve(self, at: impl IntoListen) -> Result {
        let runtimes = [runtime("`serve`")?];
        // Before anything listens: a client that gets a response finds a process that handles signals.
        let mut signals = Signals::new()?;
        if let Some(server) = self.bind_until_signal(at.into_listen(), &runtimes, &mut signals).await? {
            server.serve_until_signal(signals).await;
        }
        Ok(())
    }

    /// Starts the services and listens, like [`serve`](Self::serve), without serving yet, so that you know the port first.
    ///
    /// Clients that connect before [`serve`](Server::serve) wait in the system's accept queue.
    ///
    /// ```no_run
    /// # async fn f() -> ws_core::Result {
    /// let server = ws_core::App::discover().bind("127.0.0.1:0").await?;
    /// println!("listening on {:?}", server.local_addr());
    /// server.serve().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an [`Error`] if the app cannot start: a route or a setting is wrong, a service fails, the address cannot be
    /// bound, or no tokio runtime runs here.
    pub async fn bind(self, at: impl IntoListen) -> Result<Server> {
        self.bind_on(at.into_listen(), &[runtime("`bind`")?]).await
    }

    /// Like `bind_on`, but a signal ends a start that hangs. Returns `None` then.
    async fn bind_until_signal(
        self,
        at: Listen,
        runtimes: &[Handle],
        signals: &mut Signals,
    ) -> Result<Option<Server>> {
        let handle = self.handle();
        tokio::select! {
            bound = self.bind_on(at, runtimes) => {
                #[cfg(feature = "tls")]
                signals.reload(handle)?;
                return bound.map(Some);
            }
            () = signals.next() => tracing::info!("received a signal during startup: shutting down"),
        }
        tokio::select! {
            _ = handle.drain(DRAIN) => {}
            () = signals.next() => tracing::warn!("received a second signal: skipping the drain"),
        }
        Ok(None)
    }

    /// Binds on each of `runtimes`, and starts the services and tasks on them, in turn.
    async fn bind_on(mut self, at: Listen, runtimes: &[Handle]) -> Result<Server> {
        let (handle, services, tasks) = (self.handle(), self.services(), mem::take(&mut self.tasks));
        let backlog = self.backlog_size();
        #[cfg(feature = "tls")]
        let tls = self.start_tls()?.map(Arc::new);
        #[cfg(feature = "tls")]
        let (redirects, redirect_router) = self.start_redirects();
        let router = self.build_whole()?;
        #[cfg_attr(not(feature = "tls"), expect(unused_mut, reason = "TLS changes it"))]
        let mut listener = listen::listen(at, backlog).await?;
        #[cfg(feature = "tls")]
        if let Some(tls) = &tls {
            listener.speak_tls()?;
            let _ = handle.inner().tls.set(tls.clone());
        }
        let worker_listeners = runtimes
            .iter()
            .map(|runtime| WorkerListener::new(&listener, runtime))
            .collect::<io::Result<_>>()?;
        if let Some(addr) = listener.local_addr() {
            handle.shared().listens_on(addr);
        }
        #[cfg(feature = "tls")]
        let redirect = Redirect::open(redirects, redirect_router, backlog, &runtimes[0]).await?;
        let mut runtimes = runtimes.iter().cycle();
        for ((service, source_location), runtime) in services.into_iter().zip(runtimes.by_ref()) {
            let Some(started) = service.start(handle.inner(), runtime) else { continue };
            let started = started.await.unwrap_or_else(|_| Err("its runtime was shut down".into()));
            if let Err(source) = started {
                // Drains the services that did start, for a short time: the error is more urgent.
                handle.drain(FAILED).await;
                return Err(Error::Service { service: source_location, source });
            }
        }
        for (task, runtime) in tasks.into_iter().zip(runtimes) {
            task.start(&handle, runtime);
        }
        tracing::info!("listening on {listener}");
        Ok(Server {
            listener,
            worker_listeners,
            router,
            handle,
            #[cfg(feature = "tls")]
            tls,
            #[cfg(feature = "tls")]
            redirect,
        })
    }
}

/// Returns the current tokio runtime, which `method` needs.
pub(crate) fn runtime(method: &'static str) -> Result<Handle> {
    Handle::try_current().map_err(|_| Error::NoRuntime(method))
}

/// A server that listens and does not accept connections yet. Created by [`App::bind`].
#[must_use = "a `Server` does nothing unless you call `serve` or `serve_until`"]
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    /// One for each runtime.
    worker_listeners: Vec<WorkerListener>,
    router: Router,
    handle: AppHandle,
    #[cfg(feature = "tls")]
    tls: Option<Arc<crate::tls::Acceptor>>,
    #[cfg(feature = "tls")]
    redirect: Redirect,
}

impl Server {
    /// Returns the address that the server listens on, or `None` for a Unix socket. For port 0 it has the port that the
    /// system chose.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.local_addr()
    }

    /// Returns the addresses at which [`redirect_http`](App::redirect_http) listens, in the order of its calls.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn redirect_addrs(&self) -> Vec<SocketAddr> {
        self.redirect.local_addrs()
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
    /// Returns [`Error::Io`] if the signal handlers cannot be installed, and [`Error::NoRuntime`] if no tokio runtime runs
    /// here.
    ///
    /// # Cancel safety
    /// If you drop the future, the listener closes without a drain. Open connections keep running on the runtime.
    pub async fn serve(self) -> Result {
        runtime("`serve`")?;
        #[cfg_attr(not(feature = "tls"), expect(unused_mut, reason = "TLS changes them"))]
        let mut signals = Signals::new()?;
        #[cfg(feature = "tls")]
        signals.reload(self.handle.clone())?;
        self.serve_until_signal(signals).await;
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
    /// # Panics
    /// Panics if its future is polled outside of a tokio runtime.
    ///
    /// # Cancel safety
    /// If you drop the future, the listener closes without a drain. Open connections keep running on the runtime.
    pub async fn serve_until(self, shutdown: impl Future<Output = ()>) {
        let serving = self.accept_until(shutdown).await;
        serving.drain().await;
    }

    /// Accepts connections until a signal, then drains.
    async fn serve_until_signal(self, mut signals: Signals) {
        let serving = self.accept_until(signals.next()).await;
        tokio::select! {
            () = serving.drain() => {}
            () = signals.next() => tracing::warn!("received a second signal: skipping the drain"),
        }
    }
}
