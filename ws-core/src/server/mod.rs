//! Serving: a listener, HTTP on each connection until it is upgraded, and the drain at the end.

mod http;
mod run;
mod signals;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};

pub use self::run::run;
use crate::app::{App, not_found};
use crate::error::{Error, Result};
use crate::handle::AppHandle;

/// How long a drain may take once a signal came.
const DRAIN: Duration = Duration::from_secs(30);
/// How long the listener rests when the system has no descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

impl App {
    /// Listens on `addr` and serves on the caller's runtime, until ctrl-c or SIGTERM drains it.
    ///
    /// # Errors
    /// Whatever keeps the app from starting; see [`Error`].
    pub async fn serve(self, addr: impl ToSocketAddrs + fmt::Debug) -> Result {
        self.bind(addr).await?.serve().await
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
        let handle = self.handle();
        let router = self.build(Some(not_found()))?;
        let bound = async {
            let listener = TcpListener::bind(&addr).await?;
            let local_addr = listener.local_addr()?;
            io::Result::Ok((listener, local_addr))
        };
        let (listener, local_addr) = bound.await.map_err(|source| Error::bind(&addr, source))?;
        tracing::info!("listening on http://{local_addr}");
        Ok(Server { listener, local_addr, router, handle })
    }
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

    /// Serves until ctrl-c or SIGTERM, or a [drain](AppHandle::drain) from elsewhere; drains within 30 s.
    ///
    /// # Errors
    /// If the system gives no notice of signals.
    pub async fn serve(self) -> Result {
        let signal = signals::shutdown()?;
        self.serve_until(signal).await;
        Ok(())
    }

    /// Serves until `shutdown` resolves, or a [drain](AppHandle::drain) from elsewhere; drains within 30 s.
    pub async fn serve_until(self, shutdown: impl Future<Output = ()>) {
        self.serve_on(shutdown, |serving, stream, peer| {
            tokio::spawn(http::serve(serving, stream, peer));
        })
        .await;
    }

    /// Accepts until `shutdown`, and lets `spawn` say where a connection lives.
    async fn serve_on(
        self,
        shutdown: impl Future<Output = ()>,
        mut spawn: impl FnMut(http::Serving, TcpStream, SocketAddr),
    ) {
        let Self { listener, router, handle, .. } = self;
        let serving = http::Serving { router, handle: handle.clone() };
        let accepting = async {
            loop {
                match listener.accept().await {
                    Ok((stream, peer)) => spawn(serving.clone(), stream, peer),
                    // The client was gone before it was accepted.
                    Err(error) if is_of_one_client(&error) => {}
                    Err(error) => {
                        tracing::warn!("accepting rests for a moment: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            () = accepting => {}
            () = shutdown => {}
            () = handle.draining() => {}
        }
        drop(listener);
        // One that began elsewhere has its own, shorter deadline.
        let drained = handle.drain(DRAIN).await;
        tracing::info!(ended = drained.ended, cut = drained.cut, left = drained.left, "drained");
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
