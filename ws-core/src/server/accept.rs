//! Accepting connections until a shutdown begins, then the drain.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::half_open::HalfOpen;
use super::http::{Accepted, Serving};
use super::listen::Listener;
use super::{DRAIN, Server};
use crate::connection::Progress;
use crate::handler::AppHandle;
use crate::shared::clock::later;
use crate::shared::drain::GRACE_PERIOD;
use crate::shared::log_limit::Line;
use crate::shared::stats::Limit;

/// The pause before the next `accept` while the system has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The same pause if half-open connections make room: their descriptors are free at once.
const RELIEF: Duration = Duration::from_millis(5);

impl Server {
    /// Accepts connections until `shutdown` resolves or a drain starts. `spawn` chooses the runtime of a connection.
    pub(super) async fn accept_until(
        self,
        shutdown: impl Future<Output = ()>,
        spawn: impl FnMut(Serving, Accepted),
    ) -> Draining {
        let Self { listener, router, handle } = self;
        let (open, closed) = mpsc::channel(1);
        let serving = Serving { router, handle: handle.clone(), open };
        tokio::select! {
            () = accept(&listener, &serving, spawn) => {}
            () = shutdown => {}
            () = handle.draining() => {}
        }
        Draining { handle, closed }
    }
}

/// Accepts connections without end.
async fn accept(listener: &Listener, serving: &Serving, mut spawn: impl FnMut(Serving, Accepted)) {
    let half_open = HalfOpen::new(serving.handle.clone());
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                // Clients that come meanwhile wait in the system's queue.
                half_open.room().await;
                let progress = Progress::new();
                let place = half_open.enter(&progress);
                spawn(serving.clone(), Accepted { socket, peer, progress, place });
            }
            // The client was gone before its connection was accepted.
            Err(error) if is_of_one_client(&error) => {}
            Err(error) => {
                let shared = serving.handle.shared();
                shared.stats.limited(Limit::Descriptors);
                if let Some(Line { suppressed }) = shared.log_limit.admit("accept", "", "") {
                    tracing::warn!(suppressed, "cannot accept connections: {error}");
                }
                let pause = if half_open.relieve() { RELIEF } else { ACCEPT_PAUSE };
                tokio::time::sleep(pause).await;
            }
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
