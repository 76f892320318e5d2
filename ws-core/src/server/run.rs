//! `run`: one current-thread runtime on each core.
//!
//! tokio's work-stealing scheduler holds 256 ready tasks a worker; the rest waits in a shared queue. With a thousand
//! busy connections that is a p99 of 85 ms instead of 5 (measured; see the book's chapter on running).

use std::fmt;
use std::io;
use std::num::NonZero;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use super::http::{self, Accepted, Serving};
use super::signals::Signals;
use super::{Listener, listen};
use crate::app::App;
use crate::error::{Error, Result};

/// How long all workers may take to let go of what a drain has left.
const LEAVE: Duration = Duration::from_secs(1);

/// Runs every linked handler on `addr`, until ctrl-c or SIGTERM; [`App::linked`] and [`App::run`] in one.
///
/// # Errors
/// Whatever keeps the app from starting; see [`Error`].
pub fn run(addr: impl ToSocketAddrs + fmt::Debug) -> Result {
    App::linked().run(addr)
}

impl App {
    /// Listens on `addr` and serves, until ctrl-c or SIGTERM drains it. Blocks: it owns its runtimes, one for each
    /// core, and a connection stays on the core that it came to. A callback that blocks its thread holds up the
    /// connections of that core, and no more.
    ///
    /// In a program that keeps no log, the routes and the address go to standard error.
    ///
    /// # Errors
    /// Whatever keeps the app from starting; see [`Error`]. Within an async context it cannot block: there it is
    /// [`serve`](Self::serve).
    pub fn run(self, addr: impl ToSocketAddrs + fmt::Debug) -> Result {
        // All else is compiled once, in this crate.
        self.run_listening(Box::pin(listen(addr)))
    }

    fn run_listening(self, listening: LocalBoxFuture<'_, Result<Listener>>) -> Result {
        if Handle::try_current().is_ok() {
            return Err(Error::BadSetting(
                "`run` blocks and owns its runtimes, and this thread is in one already: \
                 write `App::linked().serve(addr).await`, or call `run` from a `main` that is not async"
                    .to_owned(),
            ));
        }
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let count = self.workers.unwrap_or(cores).max(1);
        // This thread accepts, and hears the signals, whatever a callback does to its worker.
        let front = runtime()?;
        let ended = front.block_on(async {
            // Before anything listens: whoever is answered was accepted by a program that hears signals.
            let mut signals = Signals::new()?;
            let routes = self.routes();
            // Services live where connections do: what blocks one of them does not keep this thread from accepting.
            let workers = (0..count).map(Worker::start).collect::<io::Result<Vec<_>>>()?;
            let runtimes: Vec<_> = workers.iter().map(|worker| worker.runtime.clone()).collect();
            let server = match self.bind_until_signal(listening, &runtimes, &mut signals).await {
                Ok(Some(server)) => server,
                ended => {
                    stop(workers);
                    return ended.map(drop);
                }
            };
            if !tracing::dispatcher::has_been_set() {
                eprintln!("{routes}\nlistening on http://{}", server.local_addr());
            }
            let mut turns = (0..count).cycle();
            server
                .serve_until_signal(signals, |serving, accepted| {
                    let turn = turns.next().unwrap_or_default();
                    workers[turn].serve(serving, accepted);
                })
                .await;
            stop(workers);
            Ok(())
        });
        front.shutdown_background();
        ended
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// A thread with a runtime of its own.
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
            // A sender that is gone says the same.
            let _ = runtime.block_on(stopping);
            runtime.shutdown_timeout(LEAVE);
            let _ = stopped_by.send(());
        })?;
        Ok(Self { runtime: handle, stop, stopped })
    }

    /// Takes the stream over from the runtime that accepted it.
    fn serve(&self, serving: Serving, accepted: Accepted) {
        let Accepted { stream, peer, head, gives_way } = accepted;
        let lost = move |error: io::Error| tracing::warn!(%peer, "a connection was lost: {error}");
        match stream.into_std() {
            Ok(stream) => drop(self.runtime.spawn(async move {
                match TcpStream::from_std(stream) {
                    Ok(stream) => {
                        http::serve_accepted(serving, Accepted { stream, peer, head, gives_way }).await;
                    }
                    Err(error) => lost(error),
                }
            })),
            Err(error) => lost(error),
        }
    }
}

/// Ends the threads. One that a callback blocks is left behind: it ends with the process.
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
