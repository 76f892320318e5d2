//! Reads a configuration: PEM to a `ServerConfig`. Each error text names the file and the correction.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::crypto::ring::{Ticketer, default_provider};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};

use super::certificate::Validity;
use super::config::{Authorities, Clients, Config, Source};

/// The protocol of a connection whose client does not choose one, too.
pub(super) const HTTP_1_1: &[u8] = b"http/1.1";

/// The name of HTTP/2 over TLS (RFC 9113 3.2).
pub(super) const HTTP_2: &[u8] = b"h2";

/// The protocols that the server offers, in its order of preference.
fn protocols(http2: bool) -> Vec<Vec<u8>> {
    let names = if http2 { &[HTTP_2, HTTP_1_1][..] } else { &[HTTP_1_1] };
    names.iter().map(|name| name.to_vec()).collect()
}

/// A configuration that connections can be accepted with.
#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) config: Arc<ServerConfig>,
    /// `None` if the certificates are not ours to know.
    pub(super) validity: Option<Validity>,
}

impl Config {
    /// Reads the files, if there are any, and checks everything. `http2`: HTTP/2 is offered to the clients.
    pub(super) fn load(&self, http2: bool) -> Result<Loaded, String> {
        match &self.source {
            Source::Rustls(config) => self.adopt(config, http2),
            Source::Pem { certificates, key } => {
                let (certificates, key) =
                    (Pem::new("the certificate's PEM", certificates), Pem::new("the key's PEM", key));
                self.build(&certificates, &key, http2)
            }
            Source::Files { certificates, key } => {
                let certificate_pem = read("certificate", certificates)?;
                let key_pem = read("key", key)?;
                let certificates = Pem::new(format!("`{}`", certificates.display()), &certificate_pem);
                self.build(&certificates, &Pem::new(format!("`{}`", key.display()), &key_pem), http2)
            }
        }
    }

    fn adopt(&self, config: &Arc<ServerConfig>, http2: bool) -> Result<Loaded, String> {
        if matches!(self.clients, Clients::Checked { .. }) {
            return Err(
                "with `from_rustls`, set the verifier of client certificates in your own configuration"
                    .to_owned(),
            );
        }
        let mut config = config.clone();
        if config.alpn_protocols.is_empty() {
            Arc::make_mut(&mut config).alpn_protocols = protocols(http2);
        }
        if !http2 && config.alpn_protocols.iter().any(|name| name == HTTP_2) {
            return Err(
                "the `alpn_protocols` of your configuration contain `h2`, which this server does not speak without \
                 `App::http2`"
                    .to_owned(),
            );
        }
        if !config.alpn_protocols.iter().any(|name| name == HTTP_1_1) {
            return Err("the `alpn_protocols` of your configuration do not contain `http/1.1`".to_owned());
        }
        Ok(Loaded { config, validity: None })
    }

    fn build(&self, certificates: &Pem<'_>, key: &Pem<'_>, http2: bool) -> Result<Loaded, String> {
        let provider = Arc::new(default_provider());
        let chain = certificates.certificates(", the server's own certificate first")?;
        let validity = Validity::of(&chain[0])
            .ok_or_else(|| format!("{} contains a certificate that cannot be parsed", certificates.name))?;
        let certified = CertifiedKey::from_der(chain, key.private_key()?, &provider)
            .map_err(|error| problem(&error, certificates, key))?;
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match &self.clients {
            Clients::Ignored => builder.with_no_client_auth(),
            Clients::Checked { authorities, required } => {
                builder.with_client_cert_verifier(verifier(authorities, *required, provider)?)
            }
        };
        let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = protocols(http2);
        // Sessions are kept by the clients, encrypted. rustls's default keeps the last 256 in memory, too few for a crowd
        // that comes back at once.
        config.ticketer = Ticketer::new().map_err(|error| error.to_string())?;
        Ok(Loaded { config: Arc::new(config), validity: Some(validity) })
    }
}

fn verifier(
    authorities: &Authorities,
    required: bool,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let read;
    let pem = match authorities {
        Authorities::Pem(pem) => Pem::new("the PEM of the clients' authorities", pem),
        Authorities::File(file) => {
            read = self::read("clients' authorities", file)?;
            Pem::new(format!("`{}`", file.display()), &read)
        }
    };
    let mut roots = RootCertStore::empty();
    for certificate in pem.certificates("")? {
        roots.add(certificate).map_err(|error| format!("{}: {error}", pem.name))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = if required { builder } else { builder.allow_unauthenticated() };
    builder.build().map_err(|error| format!("{}: {error}", pem.name))
}

fn read(kind: &str, path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("cannot read the {kind} file `{}`: {error}", path.display()))
}

/// Describes a certificate and a key that cannot be used together.
fn problem(error: &rustls::Error, certificates: &Pem<'_>, key: &Pem<'_>) -> String {
    match error {
        rustls::Error::InconsistentKeys(_) => {
            format!(
                "the private key in {} does not belong to the certificate in {}",
                key.name, certificates.name
            )
        }
        rustls::Error::InvalidCertificate(error) => {
            format!("{} contains a certificate that cannot be parsed: {error}", certificates.name)
        }
        error => format!("{}: {error}", key.name),
    }
}

/// A text in PEM, and the name of its place in error texts.
struct Pem<'p> {
    name: String,
    bytes: &'p [u8],
}

impl<'p> Pem<'p> {
    fn new(name: impl Into<String>, bytes: &'p [u8]) -> Self {
        Self { name: name.into(), bytes }
    }

    /// Returns all certificates, at least one. `order`: the rest of a sentence about their order.
    fn certificates(&self, order: &str) -> Result<Vec<CertificateDer<'static>>, String> {
        let found = CertificateDer::pem_slice_iter(self.bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| format!("{} is not valid PEM: {error}", self.name))?;
        if found.is_empty() {
            let key =
                if PrivateKeyDer::from_pem_slice(self.bytes).is_ok() { "a private key and " } else { "" };
            return Err(format!(
                "{} contains {key}no certificate; it needs one or more `-----BEGIN CERTIFICATE-----` blocks{order}",
                self.name
            ));
        }
        Ok(found)
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, String> {
        PrivateKeyDer::from_pem_slice(self.bytes).map_err(|error| match error {
            pem::Error::NoItemsFound if self.contains(b"ENCRYPTED PRIVATE KEY") => format!(
                "the private key in {} is encrypted; decrypt it with `openssl pkey -in KEY -out DECRYPTED`",
                self.name
            ),
            pem::Error::NoItemsFound => format!(
                "{} contains no private key; it needs a `-----BEGIN PRIVATE KEY-----` block",
                self.name
            ),
            error => format!("{} is not valid PEM: {error}", self.name),
        })
    }

    fn contains(&self, words: &[u8]) -> bool {
        self.bytes.windows(words.len()).any(|window| window == words)
    }
}
