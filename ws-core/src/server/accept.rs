//! Accepting connections until a shutdown begins, then the drain.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::door::Door;
use super::half_open::HalfOpen;
use super::http::{self, Accepted, Serving};
use super::listen::Listener;
use super::turns::{Turns, Workers};
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
    pub(super) async fn accept_until(self, shutdown: impl Future<Output = ()>) -> Draining {
        let Self { listener: _listener, doors, router, handle } = self;
        let (entrance, closed) = Entrance::new(router, &handle, doors.len());
        tokio::select! {
            _ = join_all(doors.into_iter().enumerate().map(|(number, door)| entrance.clone().accept(door, number))) => {}
            () = shutdown => {}
            () = handle.draining() => {}
        }
        Draining { handle, closed }
    }

    /// Accepts connections on each of `runtimes`, the ones that the server was bound on, until `shutdown` resolves or a
    /// drain starts.
    pub(super) async fn accept_on(
        self,
        runtimes: &[Handle],
        shutdown: impl Future<Output = ()>,
    ) -> (Draining, Leaving) {
        let Self { listener, doors, router, handle } = self;
        let (entrance, closed) = Entrance::new(router, &handle, doors.len());
        let accepting = doors
            .into_iter()
            .zip(runtimes)
            .enumerate()
            .map(|(number, (door, runtime))| runtime.spawn(entrance.clone().accept(door, number)))
            .collect::<Vec<_>>();
        tokio::select! {
            () = shutdown => {}
            () = handle.draining() => {}
        }
        accepting.iter().for_each(JoinHandle::abort);
        (Draining { handle, closed }, Leaving { listener, accepting })
    }
}

/// All that the workers share while they accept.
struct Entrance {
    serving: Serving,
    half_open: Arc<HalfOpen>,
    workers: Arc<Workers>,
    /// Nobody accepts before this time: the system had no file descriptor left.
    rests_until: Mutex<Instant>,
}

impl Entrance {
    /// Returns the receiver that closes when the last HTTP connection has sent its response, too.
    fn new(router: Router, handle: &AppHandle, workers: usize) -> (Arc<Self>, mpsc::Receiver<Infallible>) {
        let (open, closed) = mpsc::channel(1);
        let entrance = Self {
            serving: Serving { router, handle: handle.clone(), open },
            half_open: HalfOpen::new(handle.clone()),
            workers: Workers::new(workers),
            rests_until: Mutex::new(Instant::now()),
        };
        (Arc::new(entrance), closed)
    }

    /// Accepts connections without end, and serves them on the current runtime, that of worker `number`.
    async fn accept(self: Arc<Self>, door: Door, number: usize) {
        let mut turns = self.workers.turns(number);
        let (mut early, mut is_early) = (pin!(sleep(EARLY)), false);
        loop {
            let taken = tokio::select! {
                biased;
                client = door.client() => match client {
                    Ok(()) => self.take_turn(&door, &mut turns).await,
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

    async fn take_turn(&self, door: &Door, turns: &mut Turns) -> io::Result<()> {
        for _ in 0..turns.next().await {
            match door.accept() {
                Ok((socket, peer)) => {
                    let progress = Progress::new();
                    // Clients that come meanwhile wait in the system's queue.
                    let place = self.half_open.enter(&progress).await;
                    let accepted = Accepted { socket, placed: turns.place(), peer, progress, place };
                    // Boxed, so that the connection's WebSocket does not carry it, and it is not moved from call to call.
                    tokio::spawn(Box::pin(http::serve_accepted(self.serving.clone(), accepted)));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    turns.none_waits();
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

/// A server whose workers leave the listener.
pub(super) struct Leaving {
    listener: Listener,
    accepting: Vec<JoinHandle<()>>,
}

impl Leaving {
    /// Stops listening. If that takes until every worker has left the listener, because a callback blocks one of them,
    /// clients that come meanwhile are turned away, and do not wait for a response that never comes.
    pub(super) async fn turn_away(self) {
        let Self { listener, accepting } = self;
        if listener.stop() {
            return;
        }
        let turn_away = async {
            let door = Door::new(&listener, &Handle::current())?;
            loop {
                door.client().await?;
                match door.accept() {
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
            Err(error) = turn_away => tracing::debug!("cannot turn away connections: {error}"),
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
