//! The server over TLS, with independent clients: tokio-websockets and raw frames over rustls, curl, and Python.

mod closing;
mod echo;
mod failures;
mod support;
