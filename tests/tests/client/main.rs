//! `ws_core::client` over TCP and TLS: against our own server, a scripted one, and Python's `websockets`.

mod book;
mod closing;
mod connecting;
mod flow;
mod messages;
mod peer;
mod python;
mod tls;
