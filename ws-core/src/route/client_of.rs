//! The client that sent a request.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::request::Parts;

use crate::handshake::proxies::{Client, OverTls, OverUnixSocket, Proxies};
use crate::handshake::rejection::Rejection;
use crate::shared::canonical::canonical;

/// Returns the client behind the peer that sent a request; see [`Proxies::client`].
pub(crate) fn client_of(parts: &Parts, proxies: &Proxies) -> Result<Client, Rejection> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| canonical(info.0));
    let over_unix_socket = parts.extensions.get::<OverUnixSocket>().is_some();
    let over_tls = parts.extensions.get::<OverTls>().is_some();
    proxies.client(peer, over_unix_socket, over_tls, &parts.headers)
}
