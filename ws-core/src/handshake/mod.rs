//! The server's half of the opening handshake (RFC 6455 4.2). In reading order: the check of the request, also of one
//! that comes over HTTP/2 ([`connect`]), the negotiation of extensions, the hosts, origins and proxies that the app
//! trusts, the session of the browser with its random id, and the HTTP response to a rejected client.

pub(crate) mod accept;
pub(crate) mod connect;
pub(crate) mod host;
pub(crate) mod request;

pub(crate) mod extensions;
pub(crate) mod hosts;
pub(crate) mod origin;
pub(crate) mod origins;

pub(crate) mod forwarded;
pub(crate) mod proxies;

#[cfg(feature = "pages")]
pub(crate) mod id;
#[cfg(feature = "pages")]
pub(crate) mod session;

pub(crate) mod rejection;
