//! TLS with rustls and `ring`, which trusts the root certificates of the system by default.

use std::io;
use std::sync::{Arc, OnceLock};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::error::Error;
use super::target::Target;

/// Performs the TLS handshake with `target` on `stream`.
pub(super) async fn handshake(
    target: &Target,
    stream: TcpStream,
    config: Option<Arc<ClientConfig>>,
) -> Result<TlsStream<TcpStream>, Error> {
    let failed = |source| Error::Tls { host: target.host.clone(), source };
    let config = match config {
        Some(config) => config,
        None => system().await.map_err(failed)?,
    };
    let name = ServerName::try_from(target.host.clone())
        .map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
    TlsConnector::from(config).connect(name, stream).await.map_err(failed)
}

/// Returns the configuration that trusts the root certificates of the system. They are loaded once, on a thread that
/// may block.
async fn system() -> io::Result<Arc<ClientConfig>> {
    static SYSTEM: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = SYSTEM.get() {
        return Ok(Arc::clone(config));
    }
    let config = tokio::task::spawn_blocking(read_system).await.map_err(io::Error::other)??;
    Ok(Arc::clone(SYSTEM.get_or_init(|| config)))
}

fn read_system() -> io::Result<Arc<ClientConfig>> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // The system's store may contain certificates that rustls cannot parse.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let errors: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        let problem = format!(
            "no root certificates on this system; install them, set SSL_CERT_FILE, or use `Request::tls_config` {errors:?}"
        );
        return Err(io::Error::new(io::ErrorKind::NotFound, problem));
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
