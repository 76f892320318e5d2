//! Mutual TLS: certificates of clients, required or optional, and where they are seen.

use std::fs;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_websockets::Message as Frame;
use ws_core::prelude::*;
use ws_core::tls::{self, ClientCertificate};
use ws_tests::raw::request;
use ws_tests::{Server, until, within};

use super::reload::Files;
use super::support::{Authority, DAY, Pair, Trusting, exchange};

/// Sends the names that its callbacks see.
struct Device(Option<ClientCertificate>);

#[websocket]
impl Device {
    #[init]
    fn new(certificate: Option<ClientCertificate>, upgrade: &mut Upgrade<Self>) -> Self {
        assert_eq!(upgrade.client_certificate(), certificate.as_ref());
        Self(certificate)
    }

    #[text]
    fn text(&mut self, cx: &mut Context<Self>) -> String {
        let Some(certificate) = cx.client_certificate() else { return "nobody".to_owned() };
        assert_eq!(Some(certificate), self.0.as_ref());
        assert_eq!(cx.socket().client_certificate(), self.0.as_ref());
        format!("{:?} {} {}", certificate.common_name(), certificate.subject(), certificate.der().len())
    }
}

/// Needs a certificate.
struct Strict;

#[websocket]
impl Strict {
    #[init]
    fn new(_certificate: ClientCertificate) -> Self {
        Self
    }
}

struct Mutual {
    server: Server,
    authority: Authority,
    trusting: Trusting,
}

async fn serve(clients: impl FnOnce(tls::Config, String) -> tls::Config) -> Mutual {
    let authority = Authority::new();
    let Pair { certificate, key } = authority.server(90 * DAY);
    let page = get(async |certificate: Option<ClientCertificate>| format!("{certificate:?}"));
    let app = App::new()
        .mount::<Device>("/", ())
        .mount::<Strict>("/strict", ())
        .fallback(Router::new().route("/page", page));
    let config = clients(tls::from_pem(certificate, key), authority.pem());
    let server = Server::start(app.tls(config)).await;
    Mutual { server, trusting: authority.trusting(), authority }
}

async fn says(mutual: &Mutual, trusting: &Trusting) -> String {
    let mut client = trusting.connect(mutual.server.addr, "/").await;
    within(client.send(Frame::text("who am I?"))).await.unwrap();
    within(client.next()).await.unwrap().unwrap().as_text().expect("text").to_owned()
}

#[tokio::test]
async fn a_required_certificate_is_seen_by_every_callback() {
    let mutual = serve(tls::Config::require_client_certificates).await;
    let pair = mutual.authority.client("device-7");
    let length = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap().len();
    for trusting in [mutual.trusting.clone(), mutual.trusting.clone().tls12()] {
        let says = says(&mutual, &trusting.identity(pair.clone())).await;
        assert!(says.starts_with("Some(\"device-7\") "), "{says}");
        for part in ["CN=device-7", "O=Example"] {
            assert!(says.contains(part), "{says}");
        }
        assert!(says.ends_with(&format!(" {length}")), "{says}");
    }
    // Plain HTTP requests carry it, too.
    let mut stream = mutual.trusting.clone().identity(pair).open(mutual.server.addr).await.unwrap();
    let headers = [("Host", "localhost"), ("Connection", "close")];
    exchange(&mut stream, &request("GET", "/page", &headers)).await;
    let mut body = String::new();
    within(stream.read_to_string(&mut body)).await.unwrap();
    assert!(body.contains("CN=device-7"), "{body}");
}

#[tokio::test]
async fn without_a_required_certificate_or_with_a_strangers_the_handshake_fails() {
    let mutual = serve(tls::Config::require_client_certificates).await;
    let stranger = Authority::new().client("stranger");
    let tries = [
        (mutual.trusting.clone(), "CertificateRequired"),
        (mutual.trusting.clone().identity(stranger), "UnknownCA"),
    ];
    for (number, (trusting, alert)) in (1..).zip(tries) {
        // In TLS 1.3 the client is through before the server has checked its certificate. Whatever it sends then, it
        // receives the alert, and not a reset.
        let mut stream = trusting.open(mutual.server.addr).await.unwrap();
        let _ = stream.write_all(&[b'x'; 8 << 10]).await;
        let error = within(stream.read_u8()).await.unwrap_err();
        assert!(error.to_string().contains(alert), "{error}");
        let (mut tcp, _) = stream.into_inner();
        assert_eq!(within(tcp.read(&mut [0])).await.unwrap(), 0);
        drop(tcp);
        until(|| mutual.server.app.stats().tls_failed("client_certificate") == number).await;
    }
    assert_eq!(mutual.server.app.stats().tls_handshakes, 0);
}

#[tokio::test]
async fn an_optional_certificate_may_be_missing_but_not_a_strangers() {
    let mutual = serve(tls::Config::accept_client_certificates).await;
    assert_eq!(says(&mutual, &mutual.trusting).await, "nobody");
    let known = mutual.trusting.clone().identity(mutual.authority.client("device-7"));
    assert!(says(&mutual, &known).await.contains("CN=device-7"));
    let mut stream = mutual.trusting.open(mutual.server.addr).await.unwrap();
    let head = exchange(&mut stream, &request("GET", "/strict", &ws_tests::raw::HEADERS)).await;
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
    let stranger = mutual.trusting.clone().identity(Authority::new().client("stranger"));
    let mut stream = stranger.open(mutual.server.addr).await.unwrap();
    assert!(within(stream.read_u8()).await.is_err());
    drop(stream);
    until(|| mutual.server.app.stats().tls_failed("client_certificate") == 1).await;
}

#[tokio::test]
async fn a_certificate_that_nobody_asked_for_is_not_seen() {
    let mutual = serve(|config, _| config).await;
    let trusting = mutual.trusting.clone().identity(mutual.authority.client("device-7"));
    assert_eq!(says(&mutual, &trusting).await, "nobody");
    within(mutual.server.app.drain(Duration::from_secs(5))).await;
}

/// The authorities are read again, and nobody resumes a session that the old ones allowed.
#[tokio::test]
async fn a_reload_replaces_the_authorities_of_clients() {
    let (own, old, new) = (Authority::new(), Authority::new(), Authority::new());
    let files = Files::new("authorities", &own.server(90 * DAY));
    let authorities = files.certificate.with_file_name("authorities.pem");
    fs::write(&authorities, old.pem()).unwrap();
    let config = tls::from_files(&files.certificate, &files.key);
    let app =
        App::new().mount::<Device>("/", ()).tls(config.require_client_certificates_from_file(&authorities));
    let server = Server::start(app).await;
    let resuming = |authority: &Authority| own.trusting().identity(authority.client("device-7")).resuming();
    let (of_old, of_new) = (resuming(&old), resuming(&new));
    let mut earlier = of_old.connect(server.addr, "/").await;
    assert!(is_refused(&of_new, &server).await);

    fs::write(&authorities, [old.pem(), new.pem()].concat()).unwrap();
    assert!(is_refused(&of_new, &server).await, "nothing changes by itself");
    server.app.reload_tls().unwrap();
    of_new.connect(server.addr, "/").await;
    of_old.connect(server.addr, "/").await;

    // An unusable file changes nothing.
    fs::write(&authorities, "").unwrap();
    let error = server.app.reload_tls().unwrap_err().to_string();
    let name = format!("TLS: `{}` contains no certificate; it needs", authorities.display());
    assert!(error.starts_with(&name), "{error}");
    fs::remove_file(&authorities).unwrap();
    let error = server.app.reload_tls().unwrap_err().to_string();
    assert!(error.starts_with("TLS: cannot read the clients' authorities file `"), "{error}");
    of_old.connect(server.addr, "/").await;

    fs::write(&authorities, new.pem()).unwrap();
    server.app.reload_tls().unwrap();
    assert!(is_refused(&of_old, &server).await);
    of_new.connect(server.addr, "/").await;
    // The connection that is open stays.
    within(earlier.send(Frame::text("who am I?"))).await.unwrap();
    assert!(within(earlier.next()).await.unwrap().unwrap().as_text().unwrap().contains("CN=device-7"));
}

/// The file of the authorities alone is enough for a reload.
#[tokio::test]
async fn authorities_in_a_file_are_reloaded_beside_a_certificate_in_memory() {
    let (own, other) = (Authority::new(), Authority::new());
    let pair = own.server(90 * DAY);
    let files = Files::new("authorities-alone", &pair);
    fs::write(&files.certificate, own.pem()).unwrap();
    let config =
        tls::from_pem(pair.certificate, pair.key).accept_client_certificates_from_file(&files.certificate);
    let server = Server::start(App::new().mount::<Device>("/", ()).tls(config)).await;
    own.trusting().connect(server.addr, "/").await;
    let of_other = own.trusting().identity(other.client("device-7"));
    assert!(is_refused(&of_other, &server).await);
    fs::write(&files.certificate, other.pem()).unwrap();
    server.app.reload_tls().unwrap();
    of_other.connect(server.addr, "/").await;
}

async fn is_refused(trusting: &Trusting, server: &Server) -> bool {
    // In TLS 1.3, the client is through before the server has checked its certificate.
    let Ok(mut stream) = trusting.open(server.addr).await else { return true };
    let _ = stream.write_all(&request("GET", "/", &ws_tests::raw::HEADERS)).await;
    within(stream.read_u8()).await.is_err()
}
