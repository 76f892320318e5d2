//! nginx.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use crate::cases;
use crate::proxy::{Edit, Program};

struct Nginx;

impl Program for Nginx {
    const FILE: &'static str = "nginx.conf";
    const NAME: &'static str = "nginx";

    fn edits(addr: SocketAddr, folder: &Path) -> Vec<(String, String)> {
        vec![
            ("listen 443 ".into(), format!("listen {addr} ")),
            ("/etc/letsencrypt/live/example.com/fullchain.pem".into(), file(folder, "cert.pem")),
            ("/etc/letsencrypt/live/example.com/privkey.pem".into(), file(folder, "key.pem")),
        ]
    }

    fn arguments(config: &Path, folder: &Path) -> Vec<String> {
        // Debian's own includes /etc/nginx/conf.d/*.conf in the same place.
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("    {name}_temp_path {};\n", folder.join(name).display()))
            .concat();
        let main = format!(
            "daemon off;\nerror_log stderr notice;\npid {}/nginx.pid;\nworker_processes 1;\nevents {{}}\nhttp {{\n    access_log off;\n{temporary}    \
             include {};\n}}\n",
            folder.display(),
            config.display()
        );
        fs::write(folder.join("main.conf"), main).unwrap();
        vec!["-e".into(), "stderr".into(), "-c".into(), file(folder, "main.conf")]
    }
}

fn file(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

const THREE_SECONDS: &[Edit<'_>] = &[("proxy_read_timeout 60s", "proxy_read_timeout 3s")];

#[tokio::test]
async fn nginx_carries_websockets() {
    cases::carries::<Nginx>(cases::app(), &[], "HTTP/1.1").await;
}

#[tokio::test]
async fn behind_nginx_only_its_own_pages_connect() {
    cases::checks_origins::<Nginx>(&[]).await;
}

#[tokio::test]
async fn behind_nginx_the_limit_per_address_counts_clients() {
    cases::counts_clients::<Nginx>(cases::app(), &[]).await;
}

#[tokio::test]
async fn behind_nginx_the_heartbeat_keeps_a_silent_connection_open() {
    cases::heartbeats_keep_open::<Nginx>(THREE_SECONDS).await;
}

#[tokio::test]
async fn nginx_closes_a_silent_connection_without_a_heartbeat() {
    cases::silence_is_cut::<Nginx>(THREE_SECONDS).await;
}

#[tokio::test]
async fn a_drain_is_seen_through_nginx() {
    cases::drains::<Nginx>(cases::app, &[], false).await;
}

#[tokio::test]
async fn behind_nginx_pages_come_over_http2() {
    cases::serves_pages::<Nginx>(&[]).await;
}

#[tokio::test]
async fn nginx_reaches_the_app_over_a_unix_socket() {
    cases::over_unix::<Nginx>("unix:").await;
}

#[tokio::test]
async fn a_reload_of_nginx_closes_no_websocket() {
    cases::reload_keeps::<Nginx>("HUP", "gracefully shutting down").await;
}
