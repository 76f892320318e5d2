//! `run`: one current-thread runtime for each core.
//!
//! A worker of tokio's work-stealing scheduler holds 256 ready tasks; the others wait in a shared queue. With a
//! thousand busy connections that costs a p99 latency of 85 ms instead of 5 ms (measured; see "Running" in the book).

use std::io;
use std::num::NonZero;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::join;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use super::Server;
use super::signals::Signals;
use crate::app::{App, IntoListen, Listen};
use crate::error::{Error, Result};

/// How long the workers may take to shut down their runtimes after a drain.
const LEAVE: Duration = Duration::from_secs(1);

/// Serves all handlers and services that are linked into this program at an address, or on a [listener of
/// yours](Listen), until ctrl-c or SIGTERM.
///
/// This is [`App::discover`] followed by [`App::run`].
///
/// ```no_run
/// fn main() -> ws_core::Result {
///     ws_core::run("127.0.0.1:8080")
/// }
/// ```
///
/// # Errors
/// Returns an [`Error`] if the app cannot start, or if it is called within an async context.
pub fn run(at: impl IntoListen) -> Result {
    App::discover().run(at)
}

impl App {
    /// Listens at an address, or on a [listener of yours](Listen), and serves until ctrl-c or SIGTERM, then
    /// [drains](crate::AppHandle::drain) the app within 30 s. A second signal skips the drain.
    ///
    /// This method blocks. It starts one single-threaded runtime for each core (see [`workers`](Self::workers)). Each of
    /// them accepts connections, as many as the others, and a connection stays on the runtime that accepted it. A
    /// callback that blocks its thread delays only the connections of that runtime: new clients that would be its share
    /// are accepted by the others within a few milliseconds. With one worker, they wait. The calling thread handles
    /// signals and the drain.
    ///
    /// If no `tracing` subscriber is set, the routes and the address are printed to standard error.
    ///
    /// # Errors
    /// Returns an [`Error`] if the app cannot start: a route or a setting is wrong, a service fails, or the address
    /// cannot be bound. Returns [`Error::BadSetting`] within an async context, where it cannot block: use
    /// [`serve`](Self::serve) there.
    pub fn run(self, at: impl IntoListen) -> Result {
        // The rest is compiled once, in this crate.
        self.run_at(at.into_listen())
    }

    fn run_at(self, at: Listen) -> Result {
        if Handle::try_current().is_ok() {
            return Err(Error::BadSetting(
                "`run` blocks and starts its own runtimes, so it cannot be called within an async context: \
                 write `App::discover().serve(addr).await`, or call `run` from a `main` that is not async"
                    .to_owned(),
            ));
        }
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let count = self.workers.unwrap_or(cores).max(1);
        // This thread handles signals and the drain, so no callback can block either.
        let front = runtime()?;
        let ended = front.block_on(async {
            // Before anything listens: a client that gets a response finds a process that handles signals.
            let mut signals = Signals::new()?;
            let routes = self.routes();
            // Services run on the workers, like connections: one that blocks its thread does not stop this thread.
            let workers = (0..count).map(Worker::start).collect::<io::Result<Vec<_>>>()?;
            let runtimes: Vec<_> = workers.iter().map(|worker| worker.runtime.clone()).collect();
            let server = match self.bind_until_signal(at, &runtimes, &mut signals).await {
                Ok(Some(server)) => server,
                ended => {
                    stop(workers);
                    return ended.map(drop);
                }
            };
            if !tracing::dispatcher::has_been_set() {
                eprintln!("{routes}\nlistening on {}", server.listener);
            }
            server.serve_on_until_signal(&runtimes, signals).await;
            stop(workers);
            Ok(())
        });
        front.shutdown_background();
        ended
    }
}

impl Server {
    /// Accepts and serves connections on `runtimes`, the ones that it was bound on, until a signal. Then drains.
    async fn serve_on_until_signal(self, runtimes: &[Handle], mut signals: Signals) {
        let (draining, stopping) = self.accept_on(runtimes, signals.next()).await;
        tokio::select! {
            _ = join(draining.drain(), stopping.stop_listening()) => {}
            () = signals.next() => tracing::warn!("received a second signal: skipping the drain"),
        }
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// A thread with its own runtime.
struct Worker {
    runtime: Handle,
    stop: oneshot::Sender<()>,
    stopped: mpsc::Receiver<()>,
}

impl Worker {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = runtime()?;
        let handle = runtime.handle().clone();
        let (stop, stopping) = oneshot::channel::<()>();
        let (stopped_by, stopped) = mpsc::channel();
        thread::Builder::new().name(format!("ws-worker-{number}")).spawn(move || {
            // A dropped sender stops it too.
            let _ = runtime.block_on(stopping);
            runtime.shutdown_timeout(LEAVE);
            let _ = stopped_by.send(());
        })?;
        Ok(Self { runtime: handle, stop, stopped })
    }
}

/// Stops the threads. A thread that a callback blocks is left behind and ends with the process.
fn stop(workers: Vec<Worker>) {
    let stopped: Vec<_> = workers
        .into_iter()
        .map(|worker| {
            let _ = worker.stop.send(());
            worker.stopped
        })
        .collect();
    let until = Instant::now() + 2 * LEAVE;
    for stopped in stopped {
        let _ = stopped.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}
