//! A new certificate without a restart, and the expiry of the current one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::{SinkExt, StreamExt};
use tokio_websockets::Message as Frame;
use ws_core::prelude::*;
use ws_core::{Error, tls};
use ws_tests::log::Log;
use ws_tests::{Server, until, within};

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

/// A certificate and its key in files.
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Files {
    pub(crate) fn new(name: &str, pair: &Pair) -> Self {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let files = Self { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
        files.write(pair);
        files
    }

    pub(crate) fn write(&self, pair: &Pair) {
        fs::write(&self.certificate, &pair.certificate).unwrap();
        fs::write(&self.key, &pair.key).unwrap();
    }

    fn config(&self) -> tls::Config {
        tls::from_files(&self.certificate, &self.key)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.certificate.parent().unwrap());
    }
}

#[tokio::test]
async fn a_reload_serves_new_clients_with_the_new_certificate_and_keeps_the_old_connections() {
    let (old, new) = (Authority::new(), Authority::new());
    let files = Files::new("reload", &old.server(90 * DAY));
    let server = Server::start(app().tls(files.config())).await;
    let mut earlier = old.trusting().connect(server.addr, "/").await;
    let expires = server.app.stats().certificate_expires.expect("a time");
    files.write(&new.server(365 * DAY));
    // Nothing changes by itself.
    old.trusting().open(server.addr).await.unwrap();
    server.app.reload_tls().unwrap();
    let mut later = new.trusting().connect(server.addr, "/").await;
    assert!(old.trusting().open(server.addr).await.is_err());
    for client in [&mut earlier, &mut later] {
        within(client.send(Frame::text("here"))).await.unwrap();
        assert_eq!(within(client.next()).await.unwrap().unwrap().as_text(), Some("here"));
    }
    let renewed = server.app.stats().certificate_expires.expect("a time");
    assert!(renewed > expires + 200 * DAY);
}

#[tokio::test]
async fn a_bad_new_certificate_keeps_the_old_one_and_names_the_problem() {
    let authority = Authority::new();
    let good = authority.server(90 * DAY);
    let files = Files::new("bad", &good);
    let server = Server::start(app().tls(files.config())).await;
    let other = authority.server(90 * DAY);
    let name = |path: &Path| format!("`{}`", path.display());
    let (certificate, key) = (name(&files.certificate), name(&files.key));
    let expired = authority.server(Duration::ZERO);
    for (pair, problem) in [
        (
            Pair { certificate: String::new(), ..good.clone() },
            format!("{certificate} contains no certificate"),
        ),
        (Pair { key: String::new(), ..good.clone() }, format!("{key} contains no private key")),
        (
            Pair { key: other.key, ..good.clone() },
            format!("the private key in {key} does not belong to the certificate in {certificate}"),
        ),
        (expired, "the new certificate has expired".to_owned()),
    ] {
        files.write(&pair);
        let error = server.app.reload_tls().unwrap_err();
        assert!(matches!(error, Error::Tls(_)));
        assert!(error.to_string().starts_with(&format!("TLS: {problem}")), "{error}");
        authority.trusting().connect(server.addr, "/").await;
    }
    fs::remove_file(&files.key).unwrap();
    let error = server.app.reload_tls().unwrap_err().to_string();
    assert!(error.starts_with(&format!("TLS: cannot read the key file {key}: ")), "{error}");
    authority.trusting().connect(server.addr, "/").await;
}

#[tokio::test]
async fn only_files_can_be_reloaded() {
    let Pair { certificate, key } = Authority::new().server(90 * DAY);
    let plain = Server::start(app()).await;
    let given = Server::start(app().tls(tls::from_pem(certificate, key))).await;
    for (server, problem) in [
        (plain, "TLS: the app does not speak TLS"),
        (given, "TLS: the certificates were not given as files, so they cannot be reloaded"),
    ] {
        assert_eq!(server.app.reload_tls().unwrap_err().to_string(), problem);
    }
}

#[tokio::test]
async fn the_expiry_is_counted_and_logged_ahead() {
    let authority = Authority::new();
    let hour = DAY / 24;
    for (age, left, words) in [
        (80 * DAY, 10 * DAY + hour, Some(["WARN", "the TLS certificate expires in 10 days"])),
        // In its last quarter.
        (5 * DAY, 30 * hour + hour / 2, Some(["WARN", "the TLS certificate expires in 30 hours"])),
        (5 * DAY, Duration::ZERO, Some(["ERROR", "the TLS certificate has expired: clients reject it"])),
        (DAY, 5 * DAY, None),
        (60 * DAY, 30 * DAY, None),
    ] {
        let (log, _capture) = Log::capture();
        let Pair { certificate, key } = authority.server_since(age, left);
        let server = Server::start(app().tls(tls::from_pem(certificate, key))).await;
        let expires = server.app.stats().certificate_expires.expect("a time");
        let wanted = SystemTime::now() + left;
        let difference = wanted.duration_since(expires).unwrap_or_else(|error| error.duration());
        assert!(difference < Duration::from_secs(60), "{difference:?}");
        if let Some(words) = words {
            until(|| log.lines_with(&words).len() == 1).await;
        } else {
            // The server has looked at the certificate by the time that it accepts a connection.
            authority.trusting().connect(server.addr, "/").await;
            assert!(!log.text().contains("expire"), "{}", log.text());
        }
    }
}
