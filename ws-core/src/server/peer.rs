//! The other end of a connection, as its requests carry it.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::Extensions;

use crate::handshake::proxies::{OverTls, OverUnixSocket};
#[cfg(feature = "tls")]
use crate::tls::ClientCertificate;

#[derive(Clone, Debug, Default)]
pub(crate) struct Peer {
    /// `None` for a Unix socket.
    pub(crate) addr: Option<SocketAddr>,
    pub(crate) over_tls: bool,
    #[cfg(feature = "tls")]
    pub(crate) certificate: Option<ClientCertificate>,
}

impl Peer {
    pub(crate) fn new(addr: Option<SocketAddr>) -> Self {
        Self { addr, ..Self::default() }
    }

    /// Adds the facts about the peer to a request.
    pub(super) fn describe(&self, extensions: &mut Extensions) {
        match self.addr {
            Some(addr) => drop(extensions.insert(ConnectInfo(addr))),
            None => drop(extensions.insert(OverUnixSocket)),
        }
        if self.over_tls {
            extensions.insert(OverTls);
        }
        #[cfg(feature = "tls")]
        if let Some(certificate) = &self.certificate {
            extensions.insert(certificate.clone());
        }
    }
}
