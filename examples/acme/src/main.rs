//! Echoes over TLS, with a certificate that it obtains from Let's Encrypt and renews by itself.
//!
//! ```sh
//! cargo run --manifest-path examples/acme/Cargo.toml -- example.com me@example.com /var/lib/echo
//! ```
//!
//! The authority connects to port 443 of the domain to check that it is yours, so run this program there. It uses Let's
//! Encrypt's staging environment, whose certificates browsers do not trust, until you set `ACME_PRODUCTION=1`.

use std::sync::Arc;

use futures_util::StreamExt;
use rustls_acme::AcmeConfig;
use rustls_acme::caches::DirCache;
use ws_core::prelude::*;
use ws_core::tls::{self, rustls};

#[websocket("/echo")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

// ANCHOR: acme
fn app(domain: String, email: &str, folder: String) -> Result<App, rustls::Error> {
    let mut certificates = AcmeConfig::new([domain])
        .contact_push(format!("mailto:{email}"))
        .cache(DirCache::new(folder))
        .directory_lets_encrypt(std::env::var_os("ACME_PRODUCTION").is_some())
        .state();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificates.resolver());
    // The authority speaks the second one to check the domain (RFC 8737).
    config.alpn_protocols = vec![b"http/1.1".to_vec(), b"acme-tls/1".to_vec()];
    let app = App::discover().tls(tls::from_rustls(config)).on_start(async move |_| {
        while let Some(event) = certificates.next().await {
            match event {
                Ok(event) => tracing::info!("certificate: {event:?}"),
                Err(error) => tracing::error!("certificate: {error}"),
            }
        }
    });
    Ok(app)
}
// ANCHOR_END: acme

fn main() -> ws_core::Result {
    tracing_subscriber::fmt().init();
    let mut args = std::env::args().skip(1);
    let (Some(domain), Some(email), Some(folder)) = (args.next(), args.next(), args.next()) else {
        eprintln!("usage: ws-example-acme DOMAIN EMAIL FOLDER");
        std::process::exit(2);
    };
    match app(domain, &email, folder) {
        Ok(app) => app.run("[::]:443"),
        Err(error) => Err(ws_core::Error::Tls(error.to_string())),
    }
}
