//! TLS: the server listens at `https://` and `wss://` itself, without a proxy. Needs the feature `tls`.
//!
//! ```no_run
//! use ws_core::{App, tls};
//!
//! fn main() -> ws_core::Result {
//!     App::discover().tls(tls::from_files("cert.pem", "key.pem")).run("0.0.0.0:443")
//! }
//! ```
//!
//! TLS 1.3 and 1.2 are enabled, with rustls. Its cryptography is `ring`: to build, it needs a C compiler
//! alone, where `aws-lc-rs` needs more tools on some systems and takes longer. For another choice, build the
//! [`rustls::ServerConfig`] yourself and pass it to [`from_rustls`].
//!
//! Everything that holds for a connection over TCP holds over TLS: limits, timeouts, compression, the origin check and
//! the drain. The TLS handshake runs in the connection's own task, and counts as a part of the first request's head:
//! the same deadline of 10 s applies, and [`max_half_open`](crate::App::max_half_open).
//! [`Stats::tls_failed`](crate::Stats) counts the handshakes that fail.
// In reading order: the configuration as the program gives it, how it is loaded, the certificates in it, and that of a
// client as an extractor; the acceptor that holds the current one, the handshake, and the stream with the TCP stream
// below it.

mod acceptor;
mod certificate;
mod config;
mod extract;
mod handshake;
mod load;
mod stream;
mod tcp;

pub use tokio_rustls::rustls;

pub(crate) use self::acceptor::Acceptor;
pub use self::certificate::ClientCertificate;
pub(crate) use self::certificate::Validity;
pub use self::config::{Config, from_files, from_pem, from_rustls};
pub(crate) use self::handshake::{HELLO, Spoken, first_byte};
pub(crate) use self::stream::Stream;
