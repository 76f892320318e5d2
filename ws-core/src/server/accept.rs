//! Accepting connections until a shutdown begins, then the drain.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

#[cfg(feature = "tls")]
use axum::Router;
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::half_open::HalfOpen;
use super::http::{self, Accepted, Serving};
use super::listen::Listener;
use super::placement::{Placement, Workers};
use super::worker_listener::WorkerListener;
use super::{DRAIN, Server};
use crate::connection::Progress;
use crate::handler::AppHandle;
use crate::shared::clock::{after, later};
use crate::shared::drain::GRACE_PERIOD;
use crate::shared::log_limit::Line;
use crate::shared::stats::Limit;

/// tokio wakes its own thread, with a system call, when a timer is set that is earlier than all others. So while clients
/// come, each worker has a timer that is earlier than those of its connections.
const EARLY: Duration = Duration::from_secs(1);
/// The pause before the next `accept` while the system has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The same pause if half-open connections make room: their descriptors are free at once.
const RELIEF: Duration = Duration::from_millis(5);

impl Server {
    /// Accepts connections on the current runtime until `shutdown` resolves or a drain starts.
    pub(super) async fn accept_until(mut self, shutdown: impl Future<Output = ()>) -> Draining {
        let (acceptor, closed) = Acceptor::new(&self);
        let beside = self.accept_beside(&acceptor);
        let Self { listener: _listener, worker_listeners, handle, .. } = self;
        tokio::select! {
            _ = join_all(worker_listeners.into_iter().enumerate().map(|(number, listener)| acceptor.clone().accept(listener, number))) => {}
            () = shutdown => {}
            () = handle.draining() => {}
            () = beside => {}
        }
        Draining { handle, closed }
    }

    /// Accepts connections on each of `runtimes`, the ones that the server was bound on, until `shutdown` resolves or a
    /// drain starts.
    pub(super) async fn accept_on(
        mut self,
        runtimes: &[Handle],
        shutdown: impl Future<Output = ()>,
    ) -> (Draining, Stopping) {
        let (acceptor, closed) = Acceptor::new(&self);
        let beside = self.accept_beside(&acceptor);
        let Self { listener, worker_listeners, handle, .. } = self;
        let accepting = worker_listeners
            .into_iter()
            .zip(runtimes)
            .enumerate()
            .map(|(number, (listener, runtime))| {
                runtime.spawn(acceptor.clone().accept(listener, number).boxed())
            })
            .collect::<Vec<_>>();
        tokio::select! {
            () = shutdown => {}
            () = handle.draining() => {}
            () = beside => {}
        }
        accepting.iter().for_each(JoinHandle::abort);
        (Draining { handle, closed }, Stopping { listener, accepting })
    }

    /// Redirects plain HTTP, and logs ahead that the certificate expires. Never returns.
    fn accept_beside(&mut self, acceptor: &Arc<Acceptor>) -> impl Future<Output = ()> + use<> {
        #[cfg(feature = "tls")]
        {
            let redirecting = std::mem::take(&mut self.redirect).accept(acceptor);
            let expiring = super::expiry::watch(self.tls.clone());
            async move {
                let ((), ()) = futures_util::future::join(redirecting, expiring).await;
            }
        }
        #[cfg(not(feature = "tls"))]
        {
            let _ = (self, acceptor);
            std::future::pending()
        }
    }
}

/// Accepts connections. The workers share it.
pub(super) struct Acceptor {
    serving: Serving,
    half_open: Arc<HalfOpen>,
    workers: Arc<Workers>,
    /// Nobody accepts before this time: the system had no file descriptor left.
    rests_until: Mutex<Instant>,
}

impl Acceptor {
    /// Returns the receiver that closes when the last HTTP connection has sent its response, too.
    fn new(server: &Server) -> (Arc<Self>, mpsc::Receiver<Infallible>) {
        let (open, closed) = mpsc::channel(1);
        let acceptor = Self {
            serving: Serving {
                router: server.router.clone(),
                handle: server.handle.clone(),
                open,
                #[cfg(feature = "tls")]
                tls: server.tls.clone(),
            },
            half_open: HalfOpen::new(server.handle.clone()),
            workers: Workers::new(server.worker_listeners.len()),
            rests_until: Mutex::new(Instant::now()),
        };
        (Arc::new(acceptor), closed)
    }

    /// Returns an acceptor for a second listener of one worker, whose connections `router` serves without TLS.
    #[cfg(feature = "tls")]
    pub(super) fn plain(&self, router: Router) -> Arc<Self> {
        Arc::new(Self {
            serving: Serving { router, tls: None, ..self.serving.clone() },
            half_open: self.half_open.clone(),
            workers: Workers::new(1),
            rests_until: Mutex::new(Instant::now()),
        })
    }

    /// Accepts connections without end, and serves them on the current runtime, that of worker `number`.
    pub(super) async fn accept(self: Arc<Self>, listener: WorkerListener, number: usize) {
        let mut placement = self.workers.placement(number);
        let (mut early, mut is_early) = (pin!(sleep(EARLY)), false);
        loop {
            let taken = tokio::select! {
                biased;
                client = listener.readable() => match client {
                    Ok(()) => self.accept_share(&listener, &mut placement).await,
                    Err(error) => Err(error),
                },
                () = early.as_mut(), if is_early => {
                    is_early = false;
                    continue;
                }
            };
            if !is_early {
                early.as_mut().reset(after(EARLY));
                is_early = true;
            }
            match taken {
                Ok(()) => yield_now().await,
                Err(error) => sleep_until(self.rest(&error)).await,
            }
        }
    }

    async fn accept_share(&self, listener: &WorkerListener, placement: &mut Placement) -> io::Result<()> {
        for _ in 0..placement.share().await {
            match listener.accept() {
                Ok((socket, peer)) => {
                    let progress = Progress::new();
                    // Clients that come meanwhile wait in the system's queue.
                    let place = self.half_open.enter(&progress).await;
                    let accepted = Accepted { socket, placed: placement.place(), peer, progress, place };
                    // Boxed, so that the connection's WebSocket does not carry it, and it is not moved from call to call.
                    tokio::spawn(http::serve_accepted(self.serving.clone(), accepted).boxed());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    placement.queue_is_empty();
                    break;
                }
                // The client was gone before its connection was accepted.
                Err(error) if is_of_one_client(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes room after a failure. Returns the time at which to accept again.
    fn rest(&self, error: &io::Error) -> Instant {
        let mut until = self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        // Otherwise another worker has failed for the same reason.
        if *until <= now {
            let shared = self.serving.handle.shared();
            shared.stats.limited(Limit::Descriptors);
            if let Some(Line { suppressed }) = shared.log_limit.admit("accept", "", "") {
                tracing::warn!(suppressed, "cannot accept connections: {error}");
            }
            *until = later(now, if self.half_open.relieve() { RELIEF } else { ACCEPT_PAUSE });
        }
        *until
    }
}

/// A server that stops listening.
pub(super) struct Stopping {
    listener: Listener,
    accepting: Vec<JoinHandle<()>>,
}

impl Stopping {
    /// Stops listening. If that takes until every worker has left the listener, because a callback blocks one of them,
    /// connections that come meanwhile are closed, so that their clients do not wait for a response that never comes.
    pub(super) async fn stop_listening(self) {
        let Self { listener, accepting } = self;
        if listener.stop() {
            return;
        }
        let close_clients = async {
            let listener = WorkerListener::new(&listener, &Handle::current())?;
            loop {
                listener.readable().await?;
                match listener.accept() {
                    Err(error) if error.kind() != io::ErrorKind::WouldBlock && !is_of_one_client(&error) => {
                        return Err::<Infallible, _>(error);
                    }
                    _ => {}
                }
            }
        };
        let left = async {
            join_all(accepting).await;
        };
        tokio::select! {
            () = left => {}
            Err(error) = close_clients => tracing::debug!("cannot close new connections: {error}"),
        }
    }
}

/// A server that accepts no more connections.
pub(super) struct Draining {
    handle: AppHandle,
    /// Closes when the last HTTP connection has sent its response.
    closed: mpsc::Receiver<Infallible>,
}

impl Draining {
    pub(super) async fn drain(mut self) {
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

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
