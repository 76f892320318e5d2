//! Serving: a listener, HTTP on each connection until it is upgraded, and the drain at the end.

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
use crate::clock::later;
use crate::error::{Error, Result};
use crate::handle::AppHandle;
use crate::shared::drain::GRACE;
use crate::shared::stats::Limit;

/// How long a drain may take once a signal came.
const DRAIN: Duration = Duration::from_secs(30);
/// How long what did start may take to end, where something else did not.
const FAILED: Duration = Duration::from_secs(1);
/// How long the listener rests when the system has no descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long it rests when connections without a request give way: their descriptors come back at once.
const RELIEF: Duration = Duration::from_millis(5);
/// How often it says so: those who take the descriptors would fill the log, too.
const SAID_AGAIN: Duration = Duration::from_secs(10);

impl App {
    /// Listens on `addr` and serves on the caller's runtime, until ctrl-c or SIGTERM drains it.
    ///
    /// # Errors
    /// Whatever keeps the app from starting; see [`Error`].
    pub async fn serve(self, addr: impl ToSocketAddrs + fmt::Debug) -> Result {
        // Before anything listens: whoever is answered was accepted by a program that hears signals.
        let mut signals = Signals::new()?;
        if let Some(server) = self.bind_until_signal(listen(addr), &[Handle::current()], &mut signals).await?
        {
            server.serve_until_signal(signals, on_this_runtime).await;
        }
        Ok(())
    }

    /// Listens on `addr`, so that the port is known before anything is served.
    ///
    /// ```no_run
    /// # async fn f() -> ws_core::Result {
    /// let server = ws_core::App::linked().bind("127.0.0.1:0").await?;
    /// println!("http://{}", server.local_addr());
    /// server.serve().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Whatever keeps the app from starting; see [`Error`].
    pub async fn bind(self, addr: impl ToSocketAddrs + fmt::Debug) -> Result<Server> {
        self.bind_on(listen(addr), &[Handle::current()]).await
    }

    /// The same, unless a signal comes first: a start that hangs is no reason not to go down.
    async fn bind_until_signal(
        self,
        listening: impl Future<Output = Result<Listener>>,
        runtimes: &[Handle],
        signals: &mut Signals,
    ) -> Result<Option<Server>> {
        let handle = self.handle();
        tokio::select! {
            bound = self.bind_on(listening, runtimes) => return bound.map(Some),
            () = signals.next() => tracing::info!("a signal before all has started: going down"),
        }
        tokio::select! {
            _ = handle.drain(DRAIN) => {}
            () = signals.next() => tracing::warn!("a second signal: not waiting for the drain"),
        }
        Ok(None)
    }

    /// The same, with the services on these runtimes, in turn.
    async fn bind_on(
        self,
        listening: impl Future<Output = Result<Listener>>,
        runtimes: &[Handle],
    ) -> Result<Server> {
        let (handle, services) = (self.handle(), self.services());
        let router = self.build_whole()?;
        let (listener, local_addr) = listening.await?;
        for ((service, whence), runtime) in services.into_iter().zip(runtimes.iter().cycle()) {
            let Some(started) = service.start(&handle.0, runtime) else { continue };
            let started = started.await.unwrap_or_else(|_| Err("its runtime is gone".into()));
            if let Err(source) = started {
                // Those that did start end as they would with the app, and do not keep the error for long.
                handle.drain(FAILED).await;
                return Err(Error::Service { service: whence, source });
            }
        }
        tracing::info!("listening on http://{local_addr}");
        Ok(Server { listener, local_addr, router, handle })
    }
}

/// A listener and the address that it listens on.
type Listener = (TcpListener, SocketAddr);

/// Listens on `addr`. Apart from the rest, which is then the same code for every kind of address.
async fn listen(addr: impl ToSocketAddrs + fmt::Debug) -> Result<Listener> {
    let bound = async {
        let listener = TcpListener::bind(&addr).await?;
        let local_addr = listener.local_addr()?;
        io::Result::Ok((listener, local_addr))
    };
    bound.await.map_err(|source| Error::bind(&addr, source))
}

/// An app that listens, and serves when told to.
#[must_use = "a server does nothing until it serves"]
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    router: Router,
    handle: AppHandle,
}

impl Server {
    /// The address listened on, with the port that the system chose for port 0.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// A handle to the app.
    #[must_use]
    pub fn handle(&self) -> AppHandle {
        self.handle.clone()
    }

    /// Serves until ctrl-c or SIGTERM, or a [drain](AppHandle::drain) from elsewhere; drains within 30 s. A second
    /// signal does not wait for the drain.
    ///
    /// # Errors
    /// If the system gives no notice of signals.
    pub async fn serve(self) -> Result {
        let signals = Signals::new()?;
        self.serve_until_signal(signals, on_this_runtime).await;
        Ok(())
    }

    /// Serves until `shutdown` resolves, or a [drain](AppHandle::drain) from elsewhere; drains within 30 s.
    pub async fn serve_until(self, shutdown: impl Future<Output = ()>) {
        let serving = self.accept_until(shutdown, on_this_runtime).await;
        serving.drain().await;
    }

    /// Accepts until a signal, and lets `spawn` say where a connection lives.
    async fn serve_until_signal(self, mut signals: Signals, spawn: impl FnMut(Serving, Accepted)) {
        let serving = self.accept_until(signals.next(), spawn).await;
        tokio::select! {
            () = serving.drain() => {}
            () = signals.next() => tracing::warn!("a second signal: not waiting for the drain"),
        }
    }

    /// Accepts until `shutdown`; what is left then is to be drained.
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
            let mut said: Option<Instant> = None;
            loop {
                match listener.accept().await {
                    Ok((stream, peer)) => {
                        let (head, gives_way) = half_open.enter();
                        spawn(serving.clone(), Accepted { stream, peer, head, gives_way });
                    }
                    // The client was gone before it was accepted.
                    Err(error) if is_of_one_client(&error) => {}
                    Err(error) => {
                        handle.0.stats.limited(Limit::Descriptors);
                        if said.is_none_or(|said| said.elapsed() > SAID_AGAIN) {
                            tracing::warn!("no connection can be accepted for now: {error}");
                            said = Some(Instant::now());
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

/// A server that accepts no more.
struct Draining {
    handle: AppHandle,
    /// Ends when the last connection that speaks HTTP has its answer.
    closed: mpsc::Receiver<Infallible>,
}

impl Draining {
    async fn drain(mut self) {
        // A drain that began elsewhere has its own deadline.
        let within = self.handle.drain_deadline().map_or(DRAIN, |deadline| deadline - Instant::now());
        let drained = self.handle.drain(within).await;
        if let Some(deadline) = self.handle.drain_deadline() {
            // Each connection holds to the deadline by itself; this is for one that a handler blocks.
            let _ = timeout_at(later(deadline, GRACE), self.closed.recv()).await;
        }
        tracing::info!(ended = drained.ended, cut = drained.cut, left = drained.left, "drained");
    }
}

fn on_this_runtime(serving: Serving, accepted: Accepted) {
    tokio::spawn(http::serve_accepted(serving, accepted));
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
