//! Caddy.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use tokio_websockets::CloseCode;
use ws_tests::process::Process;

use crate::proxy::Program;
use crate::{cases, client};

struct Caddy;

impl Program for Caddy {
    const FILE: &'static str = "Caddyfile";
    const NAME: &'static str = "caddy";

    fn edits(addr: SocketAddr, folder: &Path) -> Vec<(String, String)> {
        // With its API in the folder, and with a certificate that does not come from Let's Encrypt.
        let site = format!(
            "{{\n\tadmin unix/{1}/admin.sock\n\tauto_https disable_redirects\n}}\nhttps://localhost:{} {{\n\tbind 127.0.0.1\n\ttls {1}/cert.pem {1}/key.pem",
            addr.port(),
            folder.display()
        );
        vec![("example.com {".into(), site)]
    }

    fn arguments(config: &Path, _: &Path) -> Vec<String> {
        let config = config.display().to_string();
        ["run", "--adapter", "caddyfile", "--config", &config].map(str::to_owned).to_vec()
    }
}

#[tokio::test]
async fn caddy_carries_websockets() {
    cases::carries::<Caddy>(cases::app(), &[], "HTTP/1.1").await;
}

#[tokio::test]
async fn behind_caddy_only_its_own_pages_connect() {
    cases::checks_origins::<Caddy>(&[]).await;
}

#[tokio::test]
async fn behind_caddy_the_limit_per_address_counts_clients() {
    cases::counts_clients::<Caddy>(cases::app(), &[]).await;
}

#[tokio::test]
async fn a_drain_is_seen_through_caddy() {
    cases::drains::<Caddy>(cases::app, &[], true).await;
}

#[tokio::test]
async fn behind_caddy_pages_come_over_http2() {
    cases::serves_pages::<Caddy>(&[]).await;
}

#[tokio::test]
async fn caddy_reaches_the_app_over_a_unix_socket() {
    cases::over_unix::<Caddy>("unix/").await;
}

/// Caddy closes both sides with 1001, in any order. Before 2.6.3 it sends the app its close frame without a mask.
#[tokio::test]
async fn a_reload_of_caddy_closes_the_websockets() {
    let (_server, proxy) = cases::behind::<Caddy>(cases::app(), &[]).await;
    let mut client = client::connect(&proxy, "/who", &[]).await;
    cases::greeting(&mut client).await;
    let mut reload = Command::new("caddy");
    reload.args(["reload", "--force", "--adapter", "caddyfile", "--address"]);
    reload.arg(format!("unix/{}/admin.sock", proxy.folder.display())).arg("--config");
    let mut reload = Process::spawn(reload.arg(proxy.folder.join("Caddyfile")));
    assert_eq!(reload.ended().await.code(), Some(0), "{reload:?}");
    let close = client::next(&mut client).await.0.expect("a close");
    assert_eq!(close.as_close().map(|(code, _)| code), Some(CloseCode::GOING_AWAY), "{close:?}");
}
