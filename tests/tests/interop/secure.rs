//! Clients of the example `secure`, over TLS with HTTP/1.1 and with HTTP/2 (RFC 8441).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ws_tests::example::Example;
use ws_tests::process::Process;
use ws_tests::python;

use crate::node;

/// The example, and the certificate that it has made.
struct Secure {
    example: Example,
    folder: PathBuf,
}

impl Secure {
    async fn start(name: &str) -> Self {
        let folder = format!("secure-{name}-{}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        Self { example: Example::start_secure(&folder).await, folder }
    }

    /// Returns a URL. The name is in the certificate, and not in the address of the example.
    fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://localhost:{}{path}", self.example.addr.port())
    }

    fn certificate(&self) -> PathBuf {
        self.folder.join("cert.pem")
    }

    /// Runs a client. Tens of megabytes pass each way, without optimizations. It bounds each of its waits, and this bounds
    /// their sum.
    async fn runs(&self, command: &mut Command, last_words: &str) {
        let mut client = Process::spawn(command);
        client.prints_within(Duration::from_secs(60), last_words).await;
        assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn c16_python_talks_over_http2_with_httpx_and_with_h2_and_wsproto() {
    let packages = python::http2();
    let secure = Secure::start("python").await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/http2.py");
    let mut python = python::command(&packages);
    python.arg(script).arg(secure.url("https", "")).arg(secure.certificate());
    secure.runs(&mut python, "talked over HTTP/2 to the end").await;
}

#[tokio::test]
async fn c16_node_talks_over_http2_with_its_own_module() {
    let secure = Secure::start("node-http2").await;
    let mut node = node::script("http2.js", &secure.url("https", ""));
    node.env("NODE_EXTRA_CA_CERTS", secure.certificate());
    secure.runs(&mut node, "talked over HTTP/2 to the end").await;
}

#[tokio::test]
async fn a_node_client_talks_over_tls_with_compression() {
    let secure = Secure::start("node").await;
    let mut node = node::script("echo.js", &secure.url("wss", "/echo"));
    node.env("NODE_EXTRA_CA_CERTS", secure.certificate()).env("OFFERS", "2");
    secure.runs(&mut node, "talked with echo to the end").await;
}

#[tokio::test]
async fn c16_curl_gets_the_page_over_both_protocols() {
    let secure = Secure::start("curl").await;
    for (option, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--max-time", "10", option, "--cacert"])
            .arg(secure.certificate())
            .args(["--write-out", "over %{http_version} with %{response_code}\n"])
            .arg(secure.url("https", "/"));
        secure.runs(&mut curl, &format!("over {version} with 200")).await;
    }
}
