//! `wss`, against a rustls server with certificates made here.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use ws_core::client::rustls::crypto::ring;
use ws_core::client::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ws_core::client::rustls::{self, ClientConfig, RootCertStore, ServerConfig};
use ws_core::client::{self, Error};
use ws_core::{CloseCode, prelude::*};
use ws_tests::process::Process;
use ws_tests::within;

#[websocket("/echo")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }

    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

/// A server on every local address, with a certificate for `localhost` and `127.0.0.1`, and the client configuration
/// that trusts the certificate.
struct Server {
    port: u16,
    authority: String,
    trusting: ClientConfig,
}

// ANCHOR: trusting
fn trusting(authority: CertificateDer<'static>) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority)?;
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
// ANCHOR_END: trusting

async fn serve() -> Server {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();

    let trusting = trusting(authority.der().clone()).unwrap();

    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = App::discover_in(module_path!()).into_router();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, router) = (acceptor.clone(), router.clone());
            tokio::spawn(async move {
                // A client that does not trust the server disconnects here.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = hyper_util::service::TowerToHyperService::new(router);
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(hyper_util::rt::TokioIo::new(stream), service)
                    .with_upgrades();
                let _ = connection.await;
            });
        }
    });
    Server { port, authority: authority.pem(), trusting }
}

#[tokio::test]
async fn a_trusted_certificate_connects() {
    let server = serve().await;
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("wss://{host}:{}/echo", server.port);
        let config = server.trusting.clone();
        // ANCHOR: connect
        let connect = client::request(&url).tls_config(config).connect();
        // ANCHOR_END: connect
        let mut client = within(connect).await.unwrap();
        within(client.send("hello")).await.unwrap();
        assert_eq!(within(client.text()).await.unwrap(), "hello");
        within(client.send(vec![1; 100_000])).await.unwrap();
        assert_eq!(within(client.binary()).await.unwrap(), vec![1; 100_000]);
        let answer = within(client.close(CloseCode::NORMAL, "bye")).await.unwrap();
        assert_eq!(answer, Some((1000, "bye".to_owned())));
    }
}

#[tokio::test]
async fn by_default_the_system_decides() {
    let (server, other) = (serve().await, serve().await);
    let url = format!("wss://localhost:{}/echo", server.port);
    let run = |authorities: &str| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("authorities-{}.pem", server.port));
        fs::write(&file, authorities).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_connects"));
        Process::spawn(command.arg(&url).env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR"))
    };
    let mut trusts = run(&server.authority);
    trusts.prints("connected").await;
    assert_eq!(trusts.ended().await.code(), Some(0), "{trusts:?}");
    let mut trusts_another = run(&other.authority);
    trusts_another
        .complains("Error: the TLS handshake with localhost failed: invalid peer certificate: ")
        .await;
    let mut trusts_nobody = run("");
    trusts_nobody
        .complains("no root certificates on this system; install them, set SSL_CERT_FILE, or use")
        .await;
}

#[tokio::test]
async fn an_untrusted_certificate_is_an_error_that_names_the_cause() {
    let (server, other) = (serve().await, serve().await);
    let url = format!("wss://localhost:{}/echo", server.port);
    // By default the client trusts the certificates that the system trusts, and this is not one of them.
    let of_the_system = within(client::connect(&url)).await.unwrap_err();
    assert!(matches!(of_the_system, Error::Tls { .. }), "{of_the_system}");
    let error = within(client::request(&url).tls_config(other.trusting).connect()).await.unwrap_err();
    let wanted = "the TLS handshake with localhost failed: invalid peer certificate: ";
    assert!(error.to_string().starts_with(wanted), "{error}");
}

#[tokio::test]
async fn a_certificate_of_another_name_is_an_error_that_names_the_cause() {
    let server = serve().await;
    let url = format!("wss://127.0.0.2:{}/echo", server.port);
    let connect = client::request(&url).tls_config(server.trusting).connect();
    let error = within(connect).await.unwrap_err().to_string();
    let wanted =
        "the TLS handshake with 127.0.0.2 failed: invalid peer certificate: certificate not valid for name";
    assert!(error.starts_with(wanted), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_an_error() {
    let plain = ws_tests::Server::start(App::discover_in(module_path!())).await;
    let connect =
        client::request(&format!("wss://{}/echo", plain.addr)).tls_config(serve().await.trusting).connect();
    let error = within(connect).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error}");
}
