//! A wrong configuration is an error when the app starts.

use std::path::Path;

use ws_core::prelude::*;
use ws_core::{Error, tls};
use ws_tests::Server;

use super::support::{Authority, DAY, Pair};

#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

fn app() -> App {
    App::new().mount::<Echo>("/", ())
}

async fn error(app: App) -> Error {
    app.bind("127.0.0.1:0").await.expect_err("an error")
}

async fn text(config: tls::Config) -> String {
    let error = error(app().tls(config)).await;
    assert!(matches!(error, Error::Tls(_)), "{error}");
    error.to_string()
}

fn pair() -> Pair {
    Authority::new().server(90 * DAY)
}

#[tokio::test]
async fn a_missing_file_is_named() {
    let missing = Path::new("/nowhere/cert.pem");
    assert_eq!(
        text(tls::from_files(missing, "key.pem")).await,
        "TLS: cannot read the certificate file `/nowhere/cert.pem`: No such file or directory (os error 2)"
    );
}

#[tokio::test]
async fn pem_without_a_certificate_or_a_key_is_described() {
    let Pair { certificate, key } = pair();
    assert_eq!(
        text(tls::from_pem("", &key)).await,
        "TLS: the certificate's PEM contains no certificate; it needs one or more `-----BEGIN CERTIFICATE-----` blocks, \
         the server's own certificate first"
    );
    // Both the wrong way round.
    let swapped = text(tls::from_pem(&key, &certificate)).await;
    assert!(
        swapped.starts_with("TLS: the certificate's PEM contains a private key and no certificate; "),
        "{swapped}"
    );
    assert_eq!(
        text(tls::from_pem(&certificate, &certificate)).await,
        "TLS: the key's PEM contains no private key; it needs a `-----BEGIN PRIVATE KEY-----` block"
    );
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    assert_eq!(
        text(tls::from_pem(&certificate, encrypted)).await,
        "TLS: the private key in the key's PEM is encrypted; decrypt it with `openssl pkey -in KEY -out DECRYPTED`"
    );
    let cut = text(tls::from_pem(&certificate[..certificate.len() / 2], &key)).await;
    assert!(cut.starts_with("TLS: the certificate's PEM is not valid PEM: "), "{cut}");
    let garbled = certificate.replacen("MII", "AAA", 1);
    let garbled = text(tls::from_pem(garbled, &key)).await;
    assert_eq!(garbled, "TLS: the certificate's PEM contains a certificate that cannot be parsed");
}

#[tokio::test]
async fn a_key_of_another_certificate_is_described() {
    let config = tls::from_pem(pair().certificate, pair().key);
    assert_eq!(
        text(config).await,
        "TLS: the private key in the key's PEM does not belong to the certificate in the certificate's PEM"
    );
}

#[tokio::test]
async fn wrong_authorities_of_clients_are_described() {
    let Pair { certificate, key } = pair();
    let config = tls::from_pem(certificate, key).require_client_certificates("nothing");
    let text = text(config).await;
    assert!(text.starts_with("TLS: the PEM of the clients' authorities contains no certificate; "), "{text}");
}

#[tokio::test]
async fn tls_that_has_no_effect_is_an_error() {
    let Pair { certificate, key } = pair();
    let config = || tls::from_pem(&certificate, &key);
    let twice = error(app().tls(config()).tls(config())).await.to_string();
    assert!(twice.starts_with("`App::tls` was called twice"), "{twice}");
    let redirect = error(app().redirect_http("127.0.0.1:0")).await.to_string();
    assert!(redirect.contains("call `App::tls`, too"), "{redirect}");
    for app in [app().tls(config()), app().redirect_http("127.0.0.1:0")] {
        let router = app.try_into_router().unwrap_err().to_string();
        assert!(router.contains("have no effect on a router"), "{router}");
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{}.sock", std::process::id()));
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let unix = app().tls(config()).bind(listener).await.unwrap_err().to_string();
    let _ = std::fs::remove_file(path);
    assert!(unix.contains("`App::tls` needs a TCP listener"), "{unix}");
}

#[tokio::test]
async fn a_configuration_of_rustls_must_offer_http_1_1() {
    let authority = Authority::new();
    let pair = authority.server(90 * DAY);
    let config = |alpn: &[&str]| tls::from_rustls(pair.rustls(alpn));
    assert_eq!(
        text(config(&["h2", "http/1.1"])).await,
        "TLS: the `alpn_protocols` of your configuration contain `h2`, which this server does not speak without \
         `App::http2`"
    );
    assert_eq!(
        text(config(&["h3"])).await,
        "TLS: the `alpn_protocols` of your configuration do not contain `http/1.1`"
    );
    let verifying = text(config(&[]).require_client_certificates(authority.pem())).await;
    assert!(verifying.starts_with("TLS: with `from_rustls`, set the verifier"), "{verifying}");
    for alpn in [&[][..], &["http/1.1", "acme-tls/1"]] {
        let server = Server::start(app().tls(config(alpn))).await;
        authority.trusting().alpn(&["http/1.1"]).connect(server.addr, "/").await;
        assert_eq!(server.app.stats().certificate_expires, None);
        if alpn.is_empty() {
            continue;
        }
        // RFC 8737 4: the connection ends with the handshake.
        let mut stream = authority.trusting().alpn(&["acme-tls/1"]).open(server.addr).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"acme-tls/1"[..]));
        let end = ws_tests::within(tokio::io::AsyncReadExt::read(&mut stream, &mut [0])).await;
        assert_eq!(end.unwrap(), 0);
    }
}
