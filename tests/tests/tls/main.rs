//! The server over TLS, with independent clients: tokio-websockets and raw frames over rustls, curl, and Python.

mod echo;
mod support;
