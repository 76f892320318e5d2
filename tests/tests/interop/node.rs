//! Runs programs in Node, with packages of npm. Node's `ws`, an independent client, talks to the `echo` example.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ws_tests::example::Example;
use ws_tests::process::Process;

/// Returns the folder of the packages, and installs them first if one is missing.
fn packages() -> PathBuf {
    let lists = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node");
    fs::create_dir_all(&folder).expect("a folder");
    // Test programs may run in parallel, so only one installs at a time. Dropping the file releases the lock.
    let lock = File::create(folder.join(".lock")).expect("a lock file");
    lock.lock().expect("a lock");
    let wanted = fs::read(lists.join("package-lock.json")).expect("a list of packages");
    // This file is written last, when the installation is complete.
    let installed = folder.join("installed.json");
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return folder.join("node_modules");
    }
    for list in ["package.json", "package-lock.json"] {
        fs::copy(lists.join(list), folder.join(list)).expect("a list of packages");
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder);
    let output = install
        .output()
        .unwrap_or_else(|error| panic!("npm: {error}. Install it, as root: apt-get install nodejs npm"));
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "packages are missing. Install them: (cd {} && npm ci --ignore-scripts)\n{why}",
        folder.display()
    );
    fs::write(installed, wanted).expect("a file");
    folder.join("node_modules")
}

/// Returns a command that runs `tests/node/NAME` against the server at `url`.
pub(crate) fn script(name: &str, url: &str) -> Command {
    let mut node = Command::new("node");
    node.env("NODE_PATH", packages())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("node").join(name))
        .arg(url);
    node
}

#[tokio::test]
async fn a_node_client_talks_to_echo_with_compression() {
    let echo = Example::start("echo").await;
    let mut client = Process::spawn(&mut script("echo.js", &format!("ws://{}/echo", echo.addr)));
    // Thirty megabytes each way, inflated and deflated without optimizations.
    client.prints_within(Duration::from_secs(60), "talked with echo to the end").await;
    assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
}
