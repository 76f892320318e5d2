//! `ws_core::client` over TCP and TLS, against the ws-core server, a scripted server, and Python's `websockets`.

mod book;
mod closing;
mod connecting;
mod flow;
mod messages;
mod peer;
mod python;
mod tls;
