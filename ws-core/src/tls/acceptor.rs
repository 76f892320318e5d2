//! The configuration that new connections are accepted with. Reloading replaces it for those that come later.

use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::certificate::Validity;
use super::config::Config;
use super::handshake::{self, Accepted};
use super::load::Loaded;
use super::tcp::Observer;
use crate::shared::stats::TlsFailure;

pub(crate) struct Acceptor {
    config: Config,
    /// HTTP/2 is offered to the clients.
    http2: bool,
    current: RwLock<Loaded>,
    /// Notified when the certificate has changed.
    reloaded: Notify,
}

impl Acceptor {
    pub(crate) fn new(config: Config, http2: bool) -> Result<Self, String> {
        let current = RwLock::new(config.load(http2)?);
        Ok(Self { config, http2, current, reloaded: Notify::new() })
    }

    fn current(&self) -> Loaded {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Performs the handshake on `stream`. `observer` is called whenever the stream has nothing to read.
    pub(crate) async fn accept(&self, stream: TcpStream, observer: Observer) -> Result<Accepted, TlsFailure> {
        handshake::accept(self.current().config, stream, observer).await
    }

    /// Reads the files again. If they cannot be used, the current certificates stay.
    pub(crate) fn reload(&self) -> Result<(), String> {
        if !self.is_reloadable() {
            return Err("the certificates were not given as files, so they cannot be reloaded".to_owned());
        }
        let loaded = self.config.load(self.http2)?;
        if loaded.validity.is_some_and(|validity| validity.left(SystemTime::now()).is_none()) {
            return Err("the new certificate has expired".to_owned());
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        self.reloaded.notify_waiters();
        Ok(())
    }

    pub(crate) fn is_reloadable(&self) -> bool {
        self.config.has_files()
    }

    /// Returns the validity of the current certificate, if the server knows it.
    pub(crate) fn validity(&self) -> Option<Validity> {
        self.current().validity
    }

    /// Resolves when the certificate has changed.
    pub(crate) async fn reloaded(&self) {
        self.reloaded.notified().await;
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").field("config", &self.config).finish_non_exhaustive()
    }
}
