//! The signals that shut a server down, and the one that reloads its certificate.

use std::io;

#[cfg(all(unix, feature = "tls"))]
use crate::handler::AppHandle;

/// ctrl-c (SIGINT) and SIGTERM. SIGHUP reloads the TLS certificate.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    #[cfg(feature = "tls")]
    hangup: Option<(tokio::signal::unix::Signal, AppHandle)>,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            #[cfg(feature = "tls")]
            hangup: None,
        })
    }

    /// Reloads the certificate of `app` at each SIGHUP from now on, if it was given as files. Otherwise SIGHUP keeps its
    /// meaning.
    #[cfg(feature = "tls")]
    pub(super) fn reload(&mut self, app: AppHandle) -> io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};

        if app.inner().tls.get().is_some_and(|tls| tls.is_reloadable()) {
            self.hangup = Some((signal(SignalKind::hangup())?, app));
        }
        Ok(())
    }

    /// Resolves at the next signal that shuts the server down.
    pub(super) async fn next(&mut self) {
        #[cfg(feature = "tls")]
        let reloading = async {
            match &mut self.hangup {
                Some((hangup, app)) => {
                    while hangup.recv().await.is_some() {
                        reload(app);
                    }
                }
                None => std::future::pending().await,
            }
        };
        #[cfg(not(feature = "tls"))]
        let reloading = std::future::pending::<()>();
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = reloading => {}
        }
    }
}

#[cfg(all(unix, feature = "tls"))]
fn reload(app: &AppHandle) {
    match app.reload_tls() {
        Ok(()) => tracing::info!("reloaded the TLS certificate"),
        Err(error) => tracing::error!("kept the previous TLS certificate: {error}"),
    }
}

/// ctrl-c.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the same as on unix")]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    #[cfg(feature = "tls")]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the same as on unix")]
    pub(super) fn reload(&mut self, _: crate::handler::AppHandle) -> io::Result<()> {
        Ok(())
    }

    /// Resolves at the next ctrl-c, or never if the handler cannot be installed.
    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
