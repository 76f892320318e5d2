//! The listeners that redirect plain HTTP to TLS.

use std::net::SocketAddr;

use axum::Router;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::accept::Acceptor;
use super::listen::{self, Listener};
use super::worker_listener::WorkerListener;
use crate::app::Listen;
use crate::error::Result;

/// The listeners, on one runtime.
#[derive(Debug, Default)]
pub(super) struct Redirect {
    listeners: Vec<(Listener, WorkerListener)>,
    router: Router,
    runtime: Option<Handle>,
}

/// Stops listening when it is dropped.
struct Stop(Vec<Listener>);

impl Drop for Stop {
    fn drop(&mut self) {
        for listener in &self.0 {
            let _ = listener.stop();
        }
    }
}

impl Redirect {
    pub(super) async fn open(
        at: Vec<Listen>,
        router: Router,
        backlog: u32,
        runtime: &Handle,
    ) -> Result<Self> {
        let mut listeners = Vec::new();
        for at in at {
            let listener = listen::listen(at, backlog).await?;
            tracing::info!("redirecting {listener} to https");
            let on_worker = WorkerListener::new(&listener, runtime)?;
            listeners.push((listener, on_worker));
        }
        Ok(Self { listeners, router, runtime: Some(runtime.clone()) })
    }

    pub(super) fn local_addrs(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|(listener, _)| listener.local_addr()).collect()
    }

    /// Accepts connections, beside those of `acceptor`, until the future is dropped.
    pub(super) fn accept(self, acceptor: &Acceptor) -> impl Future<Output = ()> + use<> {
        let Self { listeners, router, runtime } = self;
        let (listeners, on_worker): (Vec<_>, Vec<_>) = listeners.into_iter().unzip();
        // Dropping it aborts the tasks.
        let mut accepting = JoinSet::new();
        for (listener, runtime) in on_worker.into_iter().zip(runtime.iter().cycle()) {
            accepting.spawn_on(acceptor.plain(router.clone()).accept(listener, 0), runtime);
        }
        let stop = Stop(listeners);
        async move {
            let _stop = stop;
            while accepting.join_next().await.is_some() {}
            std::future::pending::<()>().await;
        }
    }
}
