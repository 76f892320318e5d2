//! The server over TLS, with independent clients: tokio-websockets and raw frames over rustls, curl, and Python.

mod certificates;
mod closing;
mod echo;
mod failures;
mod redirect;
mod reload;
mod signals;
mod startup;
mod support;
