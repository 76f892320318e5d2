//! Python's `websockets` package, installed once for all tests.

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
    // target/debug/deps/test-0123456789abcdef
    let test = std::env::current_exe().expect("a test program");
    let target = test.ancestors().nth(3).expect("the target folder");
    let packages = target.join("tmp").join("python");
    fs::create_dir_all(&packages).expect("a folder");
    // Test programs may run at the same time, so only one may install. Closing the file releases the lock.
    let lock = File::create(packages.join(".lock")).expect("a lock file");
    lock.lock().expect("a lock");
    let is_there = || {
        let tried = command(&packages).args(["-c", "import websockets.sync.client"]).output();
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
