//! WebSockets over HTTP/2 (RFC 8441), with a raw client: the crate `h2`, and an independent WebSocket client on its streams.

mod alpn;
mod attacks;
mod book;
mod bounds;
mod closing;
mod echo;
mod flow;
mod handshake;
mod hostile;
mod pages;
mod support;
#[path = "../tls/support.rs"]
#[allow(dead_code, reason = "the tests of TLS use the rest")]
mod tls_support;
mod windows;
mod wire;
