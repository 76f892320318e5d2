//! The example `secure`, with curl and Python's `websockets` as clients.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ws_tests::example::Example;
use ws_tests::process::Process;
use ws_tests::python;

#[tokio::test]
async fn secure_makes_a_certificate_that_clients_can_trust() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secure-{}", std::process::id()));
    let example = Example::start_secure(&folder).await;
    let certificate = folder.join("cert.pem");
    let made = fs::read_to_string(&certificate).unwrap();

    let packages = python::websockets();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/secure.py");
    let url = format!("wss://localhost:{}/echo", example.addr.port());
    let mut python = Process::spawn(python::command(&packages).arg(script).arg(url).arg(&certificate));
    // A few megabytes each way, without optimizations. The script bounds each of its waits, and this bounds their sum.
    python.prints_within(Duration::from_secs(60), "talked with secure to the end").await;
    assert_eq!(python.ended().await.code(), Some(0), "{python:?}");

    let curl = |scheme: &str, trusted: bool| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--max-time", "10"]);
        if trusted {
            curl.arg("--cacert").arg(&certificate);
        }
        Process::spawn(curl.arg(format!("{scheme}://127.0.0.1:{}/", example.addr.port())))
    };
    let mut page = curl("https", true);
    page.prints("<title>Echo over TLS</title>").await;
    assert_eq!(page.ended().await.code(), Some(0), "{page:?}");
    let mut plain = curl("http", true);
    plain.prints("this port speaks https, and the request is plain http").await;
    let mut distrusts = curl("https", false);
    distrusts.complains("certificate").await;

    // The next start uses the same certificate.
    drop(example);
    let _again = Example::start_secure(&folder).await;
    assert_eq!(fs::read_to_string(&certificate).unwrap(), made);
    fs::remove_dir_all(folder).unwrap();
}
