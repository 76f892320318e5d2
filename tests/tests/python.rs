//! Python's `websockets`, which knows nothing of us, talks to the examples `custom` and `echo`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ws_tests::example::Example;
use ws_tests::process::Process;

fn python(packages: &Path) -> Command {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

/// The folder in which `websockets` is, installed there if it is not on this machine yet.
fn websockets() -> PathBuf {
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    fs::create_dir_all(&packages).expect("a folder");
    // One at a time: test programs may run side by side. The lock goes with the file.
    let lock = File::create(packages.join(".lock")).expect("a lock file");
    lock.lock().expect("a lock");
    let is_there = || {
        let tried = python(&packages).args(["-c", "import websockets.sync.client"]).output();
        tried.expect("python3 is installed").status.success()
    };
    if !is_there() {
        let mut install = Command::new("python3");
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]);
        install.arg(&packages).arg("websockets>=14");
        let output = install.output().expect("python3 is installed");
        let why = String::from_utf8_lossy(&output.stderr);
        let by_hand = format!("python3 -m pip install --target {} websockets", packages.display());
        assert!(
            output.status.success() && is_there(),
            "`websockets` is missing. Install it: {by_hand}\n{why}"
        );
    }
    packages
}

#[tokio::test]
async fn a_python_client_holds_a_conversation_with_custom() {
    let packages = websockets();
    let mut custom = Example::start("custom").await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/custom.py");
    let url = format!("ws://{}/socket/custom", custom.addr);
    let mut client = Process::spawn(python(&packages).arg(script).arg(url));
    // It takes eleven seconds: every wait of its own is bounded, and so is the sum of them.
    client.says_within(Duration::from_secs(40), "talked with custom").await;
    assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
    custom.process.says("gone: closed by the client with 4321").await;
}

#[tokio::test]
async fn a_python_client_talks_to_echo_with_compression() {
    let packages = websockets();
    let echo = Example::start("echo").await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/echo.py");
    let url = format!("ws://{}/echo", echo.addr);
    let mut client = Process::spawn(python(&packages).arg(script).arg(url));
    // Thirty megabytes each way, inflated and deflated without optimizations.
    client.says_within(Duration::from_secs(60), "talked with echo to the end").await;
    assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
}
