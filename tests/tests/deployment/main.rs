//! Behind nginx, Caddy and HAProxy, as Debian packages them, with the configurations of the book's chapter on deployment.

#![cfg(unix)]

mod caddy;
mod cases;
mod client;
mod haproxy;
#[path = "../http2/support.rs"]
#[allow(dead_code, reason = "the tests of HTTP/2 use the rest")]
mod http2_support;
mod nginx;
mod proxy;
#[path = "../tls/support.rs"]
#[allow(dead_code, reason = "the tests of TLS use the rest")]
mod tls_support;
