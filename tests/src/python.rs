//! Python's packages, installed once for all tests.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns a command that runs `python3` with the packages in the folder `packages`.
#[must_use]
pub fn command(packages: &Path) -> Command {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

/// Returns the folder that contains `websockets`. Installs the package there if it is missing.
///
/// # Panics
/// If the installation fails.
#[must_use]
pub fn websockets() -> PathBuf {
    installed("python", "import websockets.sync.client", &["websockets>=14"])
}

/// Returns the folder that contains `websockets`, `msgpack` and `cbor2`. Installs them there if they are missing.
///
/// # Panics
/// If the installation fails.
#[must_use]
pub fn codecs() -> PathBuf {
    let packages = ["websockets>=14", "msgpack>=1.1", "cbor2>=5.6"];
    installed("python-codecs", "import websockets.sync.client, msgpack, cbor2", &packages)
}

/// Returns the folder that contains `httpx`, `h2` and `wsproto`. Installs them there if they are missing.
///
/// # Panics
/// If the installation fails.
#[must_use]
pub fn http2() -> PathBuf {
    installed("python-http2", "import httpx, h2, wsproto", &["httpx[http2]>=0.28", "h2>=4.1", "wsproto>=1.2"])
}

/// Returns `folder`, with `packages` installed in it. They are missing if the statement `import` fails.
fn installed(folder: &str, import: &str, packages: &[&str]) -> PathBuf {
    // target/debug/deps/test-0123456789abcdef
    let test = std::env::current_exe().expect("a test program");
    let target = test.ancestors().nth(3).expect("the target folder");
    let folder = target.join("tmp").join(folder);
    fs::create_dir_all(&folder).expect("a folder");
    // Test programs may run at the same time, so only one may install. Closing the file releases the lock.
    let lock = File::create(folder.join(".lock")).expect("a lock file");
    lock.lock().expect("a lock");
    let is_there = || {
        let tried = command(&folder).args(["-c", import]).output();
        tried.expect("python3 is installed").status.success()
    };
    if !is_there() {
        let mut install = Command::new("python3");
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]);
        install.arg(&folder).args(packages);
        let output = install.output().expect("python3 is installed");
        let why = String::from_utf8_lossy(&output.stderr);
        let by_hand =
            format!("python3 -m pip install --target {} '{}'", folder.display(), packages.join("' '"));
        assert!(
            output.status.success() && is_there(),
            "a Python package is missing. Install it: {by_hand}\n{why}"
        );
    }
    folder
}
