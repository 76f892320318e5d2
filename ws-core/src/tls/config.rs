//! The TLS configuration as the program gives it. It is checked when the app starts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::ServerConfig;

/// The TLS configuration of a server, for [`App::tls`](crate::App::tls). Created by [`from_files`], [`from_pem`] or
/// [`from_rustls`].
///
/// It is read and checked when the app starts: a file that is missing, a key that does not belong to the certificate, or
/// PEM without a certificate is an [`Error::Tls`](crate::Error::Tls) then.
#[derive(Clone)]
#[must_use = "a `Config` does nothing unless you pass it to `App::tls`"]
pub struct Config {
    pub(super) source: Source,
    pub(super) clients: Clients,
}

/// The origin of the certificate and the key.
#[derive(Clone)]
pub(super) enum Source {
    Pem { certificates: Vec<u8>, key: Vec<u8> },
    Files { certificates: PathBuf, key: PathBuf },
    Rustls(Arc<ServerConfig>),
}

/// The certificates that clients present.
#[derive(Clone)]
pub(super) enum Clients {
    /// None are requested.
    Ignored,
    /// Those of these authorities.
    Checked { authorities: Authorities, required: bool },
}

/// The authorities of clients, in PEM.
#[derive(Clone)]
pub(super) enum Authorities {
    Pem(Vec<u8>),
    File(PathBuf),
}

/// Configures TLS with a certificate and its private key, both in PEM.
///
/// `certificates` contains the server's own certificate first, then those of the intermediate authorities, such as
/// certbot's `fullchain.pem`. The key is in PKCS #8, PKCS #1 or SEC1, and not encrypted.
///
/// ```no_run
/// # use ws_core::{App, tls};
/// # fn f(certificates: String, key: String) -> ws_core::Result {
/// App::discover().tls(tls::from_pem(certificates, key)).run("0.0.0.0:443")
/// # }
/// ```
pub fn from_pem(certificates: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Config {
    let (certificates, key) = (certificates.as_ref().to_vec(), key.as_ref().to_vec());
    Config::new(Source::Pem { certificates, key })
}

/// Configures TLS with the PEM files of a certificate and its private key; see [`from_pem`] for their contents.
///
/// The files are read when the app starts, and again on SIGHUP and when the program calls
/// [`AppHandle::reload_tls`](crate::AppHandle::reload_tls).
///
/// ```no_run
/// # use ws_core::{App, tls};
/// # fn f() -> ws_core::Result {
/// let folder = std::path::Path::new("/etc/letsencrypt/live/example.com");
/// let tls = tls::from_files(folder.join("fullchain.pem"), folder.join("privkey.pem"));
/// App::discover().tls(tls).run("0.0.0.0:443")
/// # }
/// ```
pub fn from_files(certificates: impl AsRef<Path>, key: impl AsRef<Path>) -> Config {
    let (certificates, key) = (certificates.as_ref().to_owned(), key.as_ref().to_owned());
    Config::new(Source::Files { certificates, key })
}

/// Configures TLS with a configuration of your own, for another cryptography, several certificates, or a resolver that
/// obtains them.
///
/// If its `alpn_protocols` are empty, `http/1.1` is added, after `h2` if the app speaks [HTTP/2](crate::App#method.http2).
/// Otherwise they must contain `http/1.1`, and may contain `h2` only in an app that speaks it. The server cannot reload it
/// and does not know when its certificates expire.
pub fn from_rustls(config: impl Into<Arc<ServerConfig>>) -> Config {
    Config::new(Source::Rustls(config.into()))
}

impl Config {
    const fn new(source: Source) -> Self {
        Self { source, clients: Clients::Ignored }
    }

    /// Accepts only clients that present a certificate which one of `authorities` has issued (mutual TLS). `authorities`
    /// are one or more certificates in PEM.
    ///
    /// A client without such a certificate does not get through the handshake. Handlers get the certificate with the
    /// extractor [`ClientCertificate`](super::ClientCertificate), or with
    /// [`client_certificate`](crate::Context::client_certificate).
    ///
    /// They stay as they are when the certificate is reloaded; see
    /// [`require_client_certificates_from_file`](Self::require_client_certificates_from_file).
    pub fn require_client_certificates(self, authorities: impl AsRef<[u8]>) -> Self {
        self.check_clients(Authorities::Pem(authorities.as_ref().to_vec()), true)
    }

    /// Like [`require_client_certificates`](Self::require_client_certificates), with the authorities in a PEM file. It is
    /// read again when the server's own certificate is: on SIGHUP, and by
    /// [`AppHandle::reload_tls`](crate::AppHandle::reload_tls). Clients that are connected stay.
    pub fn require_client_certificates_from_file(self, authorities: impl AsRef<Path>) -> Self {
        self.check_clients(Authorities::File(authorities.as_ref().to_owned()), true)
    }

    /// Like [`require_client_certificates`](Self::require_client_certificates), but clients may also present no
    /// certificate. One that is not of these `authorities` still fails the handshake.
    pub fn accept_client_certificates(self, authorities: impl AsRef<[u8]>) -> Self {
        self.check_clients(Authorities::Pem(authorities.as_ref().to_vec()), false)
    }

    /// Like [`accept_client_certificates`](Self::accept_client_certificates), with the authorities in a PEM file, which is
    /// [read again](Self::require_client_certificates_from_file) on a reload.
    pub fn accept_client_certificates_from_file(self, authorities: impl AsRef<Path>) -> Self {
        self.check_clients(Authorities::File(authorities.as_ref().to_owned()), false)
    }

    fn check_clients(mut self, authorities: Authorities, required: bool) -> Self {
        self.clients = Clients::Checked { authorities, required };
        self
    }

    /// Returns whether there is a file to read again.
    pub(super) const fn has_files(&self) -> bool {
        matches!(self.source, Source::Files { .. })
            || matches!(self.clients, Clients::Checked { authorities: Authorities::File(_), .. })
    }
}

/// Without the key.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut config = f.debug_struct("Config");
        if let Source::Files { certificates, key } = &self.source {
            config.field("certificates", certificates).field("key", key);
        }
        config.finish_non_exhaustive()
    }
}
