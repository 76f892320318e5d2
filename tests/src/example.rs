//! Builds the examples with cargo and runs each as a separate process.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::Client;
use crate::process::{Process, connect, start};

/// A running example that listens. Dropping it kills the process.
#[derive(Debug)]
pub struct Example {
    /// The address on which it listens.
    pub addr: SocketAddr,
    /// The process.
    pub process: Process,
}

impl Example {
    /// Builds `examples/NAME.rs`, starts it on a free port and waits until it listens.
    ///
    /// # Panics
    /// If the build fails or the example does not listen in time.
    pub async fn start(name: &str) -> Self {
        let (addr, process) = start(|addr| {
            let mut command = command(name);
            command.env("WS_ADDR", addr.to_string());
            command
        })
        .await;
        Self { addr, process }
    }

    /// Like [`start`](Self::start), for the example `secure`, which keeps `cert.pem` and `key.pem` in `folder`.
    ///
    /// # Panics
    /// If the build fails or the example does not listen in time.
    pub async fn start_secure(folder: &Path) -> Self {
        let (addr, process) = start(|addr| {
            let mut command = command("secure");
            command.env("WS_ADDR", addr.to_string()).env("WS_CERTS", folder);
            command
        })
        .await;
        Self { addr, process }
    }

    /// Connects a client to `path`.
    ///
    /// # Panics
    /// If the server rejects the handshake.
    pub async fn connect(&self, path: &str) -> Client {
        connect(self.addr, path).await
    }

    /// Returns everything that the example has printed so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.process.stdout()
    }
}

/// Builds `examples/NAME.rs` and returns a command that runs it.
///
/// # Panics
/// If the build fails.
#[must_use]
pub fn command(name: &str) -> Command {
    let mut command = Command::new(build(name));
    command.env_remove("RUST_LOG");
    command
}

/// Builds an example into the target folder of the tests, once per test program. Returns the path of the executable. An
/// example with a folder and a manifest is a package of its own.
fn build(name: &str) -> PathBuf {
    static BUILT: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);
    let mut built = BUILT.lock().expect("no panic");
    let built = built.get_or_insert_default();
    if let Some(program) = built.get(name) {
        return program.clone();
    }
    // target/debug/deps/test-0123456789abcdef
    let test = std::env::current_exe().expect("a test program");
    let profile = test.ancestors().nth(2).expect("the folder of the profile");
    let target = profile.parent().expect("the target folder");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = if tests.join("../examples").join(name).join("Cargo.toml").exists() {
        format!("ws-example-{name}")
    } else {
        "ws-examples".to_owned()
    };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
    cargo
        .current_dir(tests)
        .args(["build", "--quiet", "--package", &package, "--example", name])
        .env("CARGO_TARGET_DIR", target);
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    // They describe the test to the build scripts of dependencies. ring's would run again, and ring be built again.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            cargo.env_remove(name);
        }
    }
    let output = cargo.output().expect("cargo");
    assert!(output.status.success(), "{cargo:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    let program = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{}", program.display());
    built.insert(name.to_owned(), program.clone());
    program
}
