//! Echoes over TLS, with HTTP/1.1 and HTTP/2, and serves a page that tries it. At the first start it makes a certificate for
//! itself, and keeps it.
//!
//! ```sh
//! cargo run --example secure
//! curl --cacert target/secure/cert.pem https://localhost:8443/
//! ```
//!
//! `WS_CERTS` names the folder of `cert.pem` and `key.pem`, `target/secure` by default: put your own there to use them, and
//! send SIGHUP to the program when they have changed. `WS_ADDR` sets the address to listen on, `RUST_LOG` the log level.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use rcgen::{CertificateParams, DnType, KeyPair};
use tracing_subscriber::EnvFilter;
use ws_core::prelude::*;
use ws_core::{Http2, tls};

/// The same as in the example `echo`.
#[websocket("/echo", compress, max_message_size = "64MiB", max_fragments = "unlimited")]
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

/// Sends its version of HTTP and the address of its client. WebSockets of one connection have the same address.
#[websocket("/version")]
#[derive(Default)]
struct Version;

#[websocket]
impl Version {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        let addr = cx.peer_addr().map(|addr| addr.to_string()).unwrap_or_default();
        format!("{:?} from {addr}", cx.http_version())
    }
}

// ANCHOR: certificate
/// Makes a certificate for this machine, unless the files exist.
fn make_certificate(certificate: &Path, key: &Path) -> io::Result<()> {
    if certificate.exists() && key.exists() {
        return Ok(());
    }
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, "ws-core example");
    let pair = KeyPair::generate().map_err(io::Error::other)?;
    let issued = params.self_signed(&pair).map_err(io::Error::other)?;
    fs::write(certificate, issued.pem())?;
    private(key)?.write_all(pair.serialize_pem().as_bytes())
}

/// Creates a file that only this user can read.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
// ANCHOR_END: certificate

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8443".to_owned());
    let folder = PathBuf::from(std::env::var_os("WS_CERTS").unwrap_or_else(|| "target/secure".into()));
    fs::create_dir_all(&folder)?;
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    make_certificate(&certificate, &key)?;
    println!("try: curl --cacert {} https://{addr}/", certificate.display());
    println!("or open https://{addr}/ in a browser");
    let page = Router::new().route("/", get(async || Html(include_str!("secure/index.html"))));
    // ANCHOR: app
    let app = App::discover().tls(tls::from_files(certificate, key)).http2(Http2::new()).fallback(page);
    app.run(addr)
    // ANCHOR_END: app
}
