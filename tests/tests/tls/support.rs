//! Certificates made here, a server that uses them, and clients that trust them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::{ClientSessionMemoryCache, ClientSessionStore, Resumption};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion, version};
use tokio_websockets::{ClientBuilder, WebSocketStream};
use ws_core::{App, tls};
use ws_tests::raw::{self, HEADERS};
use ws_tests::{Server, within};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Pair {
    /// Returns a configuration of rustls with these, which offers the protocols `alpn`.
    pub(crate) fn rustls(&self, alpn: &[&str]) -> ServerConfig {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}

/// An authority that issues certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let mut params = CertificateParams::default();
        // Authorities of the same name would be taken for the same one.
        let name = format!("authority {}", NUMBER.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// Issues a certificate for `localhost` and `127.0.0.1`, which expires after `left`.
    pub(crate) fn server(&self, left: Duration) -> Pair {
        self.server_since(DAY, left)
    }

    /// Issues a certificate that was valid for `age` already.
    pub(crate) fn server_since(&self, age: Duration, left: Duration) -> Pair {
        let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.not_before = (SystemTime::now() - age).into();
        params.not_after = (SystemTime::now() + left).into();
        self.issue(&params)
    }

    /// Issues a certificate for a client.
    pub(crate) fn client(&self, name: &str) -> Pair {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::OrganizationName, "Example");
        self.issue(&params)
    }

    fn issue(&self, params: &CertificateParams) -> Pair {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// A client that trusts this authority.
    pub(crate) fn trusting(&self) -> Trusting {
        Trusting {
            authority: self.0.der().clone(),
            version: None,
            identity: None,
            alpn: Vec::new(),
            sessions: None,
        }
    }
}

/// The configuration of a client.
#[derive(Clone)]
pub(crate) struct Trusting {
    authority: CertificateDer<'static>,
    version: Option<&'static SupportedProtocolVersion>,
    identity: Option<Pair>,
    alpn: Vec<Vec<u8>>,
    /// The sessions of earlier connections, if it keeps them.
    sessions: Option<Arc<dyn ClientSessionStore>>,
}

impl Trusting {
    pub(crate) fn tls12(mut self) -> Self {
        self.version = Some(&version::TLS12);
        self
    }

    pub(crate) fn identity(mut self, pair: Pair) -> Self {
        self.identity = Some(pair);
        self
    }

    /// Resumes the sessions of earlier connections.
    pub(crate) fn resuming(mut self) -> Self {
        self.sessions = Some(Arc::new(ClientSessionMemoryCache::new(8)));
        self
    }

    pub(crate) fn alpn(mut self, names: &[&str]) -> Self {
        self.alpn = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        self
    }

    pub(crate) fn config(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).unwrap();
        let versions = self.version.map_or_else(|| vec![&version::TLS13, &version::TLS12], |one| vec![one]);
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(Pair { certificate, key }) => builder
                .with_client_auth_cert(
                    vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                    PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
                )
                .unwrap(),
        };
        config.alpn_protocols.clone_from(&self.alpn);
        if let Some(sessions) = &self.sessions {
            config.resumption = Resumption::store(sessions.clone());
        }
        config
    }

    /// Connects, and performs the TLS handshake.
    pub(crate) async fn open(&self, addr: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        self.over(within(TcpStream::connect(addr)).await.unwrap()).await
    }

    /// Performs the TLS handshake on `stream`.
    pub(crate) async fn over(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        stream.set_nodelay(true).unwrap();
        let connector = TlsConnector::from(Arc::new(self.config()));
        within(connector.connect(ServerName::try_from("localhost").unwrap(), stream)).await
    }

    /// Connects an independent WebSocket client to `path`.
    pub(crate) async fn connect(
        &self,
        addr: SocketAddr,
        path: &str,
    ) -> WebSocketStream<TlsStream<TcpStream>> {
        let stream = self.open(addr).await.expect("a TLS handshake");
        let url = format!("wss://localhost:{}{path}", addr.port());
        let builder = ClientBuilder::new().uri(&url).unwrap();
        within(builder.connect_on(stream)).await.expect("a WebSocket handshake").0
    }

    /// Connects to `path` and completes a handshake, for raw frames.
    pub(crate) async fn raw(&self, addr: SocketAddr, path: &str) -> TlsStream<TcpStream> {
        let mut stream = self.open(addr).await.expect("a TLS handshake");
        let head = exchange(&mut stream, &raw::request("GET", path, &HEADERS)).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        stream
    }
}

/// Sends a request, and returns the head of the response.
pub(crate) async fn exchange<S>(stream: &mut S, request: &[u8]) -> String
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    within(stream.write_all(request)).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within(stream.read_u8()).await.expect("the head of a response"));
    }
    String::from_utf8(head).unwrap()
}

/// Serves `app` over TLS, and returns a client that trusts it.
pub(crate) async fn serve(app: App) -> (Server, Trusting) {
    let authority = Authority::new();
    let Pair { certificate, key } = authority.server(90 * DAY);
    (Server::start(app.tls(tls::from_pem(certificate, key))).await, authority.trusting())
}
