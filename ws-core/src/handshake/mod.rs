//! The opening handshake (RFC 6455 4.2), the server's half: what is checked before a request becomes a connection. In
//! reading order: the request itself, the extensions that the client offers, the origins and proxies that the app
//! trusts, and the HTTP response that a rejected client gets.

pub(crate) mod request;

pub(crate) mod extensions;
pub(crate) mod origin;

pub(crate) mod forwarded;
pub(crate) mod proxies;

pub(crate) mod rejection;
