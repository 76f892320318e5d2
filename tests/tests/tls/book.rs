//! The listings of the book's chapter on TLS.

use std::path::Path;
use std::time::SystemTime;

use futures_util::StreamExt;
use ws_core::prelude::*;
use ws_core::tls;
use ws_tests::Server;
use ws_tests::raw::Raw;
use ws_tests::within;

use super::reload::Files;
use super::support::{Authority, DAY, Pair};

// ANCHOR: redirect
fn app(certificate: &Path, key: &Path) -> App {
    App::discover().tls(tls::from_files(certificate, key)).redirect_http("127.0.0.1:0")
}
// ANCHOR_END: redirect

// ANCHOR: reload
/// Reloads the certificate, and returns the number of days until it expires.
fn renewed(app: &AppHandle) -> ws_core::Result<Option<u64>> {
    app.reload_tls()?;
    let left = app.stats().certificate_expires.and_then(|time| time.duration_since(SystemTime::now()).ok());
    Ok(left.map(|left| left.as_secs() / (24 * 60 * 60)))
}
// ANCHOR_END: reload

// ANCHOR: clients
use ws_core::tls::ClientCertificate;

/// Greets each device by the name in its certificate.
#[websocket("/devices")]
struct Device {
    name: String,
}

#[websocket]
impl Device {
    #[init]
    fn connect(certificate: ClientCertificate) -> Self {
        Self { name: certificate.common_name().unwrap_or("nameless").to_owned() }
    }

    #[open]
    fn greet(&mut self) -> String {
        format!("hello {}", self.name)
    }
}

fn mutual(certificate: &str, key: &str, authority: &str) -> App {
    App::discover().tls(tls::from_pem(certificate, key).require_client_certificates(authority))
}
// ANCHOR_END: clients

#[tokio::test]
async fn certificates_are_reloaded_and_http_is_redirected() {
    let authority = Authority::new();
    let files = Files::new("book", &authority.server(90 * DAY + DAY / 2));
    let server = app(&files.certificate, &files.key).bind("127.0.0.1:0").await.unwrap();
    let (handle, redirect) = (server.handle(), server.redirect_addrs()[0]);
    let serving = tokio::spawn(server.serve_until(std::future::pending()));
    assert_eq!(renewed(&handle).unwrap(), Some(90));
    let response = Raw::open(redirect).await.request("GET", "/page", &[("Host", "localhost")]).await;
    assert_eq!(response.status, 308);
    within(handle.drain(ws_tests::PATIENCE)).await;
    within(serving).await.unwrap();
}

#[tokio::test]
async fn a_device_is_greeted_by_the_name_in_its_certificate() {
    let authority = Authority::new();
    let Pair { certificate, key } = authority.server(90 * DAY);
    let server = Server::start(mutual(&certificate, &key, &authority.pem())).await;
    let trusting = authority.trusting().identity(authority.client("device-7"));
    let mut client = trusting.connect(server.addr, "/devices").await;
    assert_eq!(within(client.next()).await.unwrap().unwrap().as_text(), Some("hello device-7"));
}
