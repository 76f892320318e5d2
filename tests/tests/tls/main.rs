//! The server over TLS, with independent clients: tokio-websockets and raw frames over rustls, curl, and Python.

mod attacks;
mod book;
mod certificates;
mod closing;
mod echo;
mod example;
mod failures;
mod redirect;
mod reload;
mod signals;
mod startup;
mod support;
