//! The servers that are compared: how each is built, started and ended.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use crate::error::Result;
use crate::load::socket;
use crate::machine::pinned;

/// The server that the others are compared with.
pub const OURS: &str = "ws-core";

/// A server, which is a way to use a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    pub name: &'static str,
    /// The library whose version the report names.
    pub library: &'static str,
    /// The program, which is also its package.
    program: &'static str,
    /// The program's third argument.
    variant: &'static str,
    /// The same for scenarios with compression. `None` if the library has no permessage-deflate.
    deflate: Option<&'static str>,
}

const fn server(
    name: &'static str,
    library: &'static str,
    program: &'static str,
    variant: &'static str,
    deflate: Option<&'static str>,
) -> Server {
    Server { name, library, program, variant, deflate }
}

/// All servers. Ours is the first.
pub const ALL: [Server; 11] = [
    server(OURS, OURS, "bench-server", "", Some("")),
    server("tokio-tungstenite", "tokio-tungstenite", "peer-tungstenite", "", None),
    server("tokio-tungstenite, batched", "tokio-tungstenite", "peer-tungstenite", "batched", None),
    server("tokio-websockets", "tokio-websockets", "peer-tokio-websockets", "", None),
    server("fastwebsockets", "fastwebsockets", "peer-fastwebsockets", "", None),
    server("yawc", "yawc", "peer-yawc", "", Some("deflate")),
    server("yawc, batched", "yawc", "peer-yawc", "batched", None),
    server("sockudo-ws", "sockudo-ws", "peer-sockudo", "", Some("deflate")),
    server("sockudo-ws, batched", "sockudo-ws", "peer-sockudo", "batched", None),
    server("axum", "axum", "peer-axum", "", None),
    server("actix-ws", "actix-ws", "peer-actix", "", None),
];

impl Server {
    /// Whether it can run scenarios with compression.
    #[must_use]
    pub const fn compresses(&self) -> bool {
        self.deflate.is_some()
    }

    fn program(&self) -> PathBuf {
        target().join("release").join(self.program)
    }

    /// Builds it by itself, so that cargo enables no features for it that others need. Does nothing if it is built.
    ///
    /// # Errors
    /// It does not build.
    pub fn build(&self) -> Result {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--release", "--locked", "--target-dir"]).arg(target());
        // The settings of a program that is built for speed, the same for all.
        cargo.args(["--config", "profile.release.lto='thin'", "--config", "profile.release.codegen-units=1"]);
        let workspace = if self.name == OURS { root() } else { peers() };
        cargo.args(["--package", self.program]).current_dir(workspace);
        if cargo.status()?.success() {
            Ok(())
        } else {
            Err(format!("{} does not build", self.program).into())
        }
    }

    /// The version of the library, from the file that cargo locks it in.
    #[must_use]
    pub fn version(&self) -> String {
        let lock = if self.name == OURS { root() } else { peers() }.join("Cargo.lock");
        let lock = fs::read_to_string(lock).unwrap_or_default();
        locked(&lock, self.program, self.library).unwrap_or("unknown").to_owned()
    }

    /// Starts it on `cores`, and waits until it accepts connections to `path`.
    ///
    /// # Errors
    /// It does not start within 10 s.
    pub fn start(&self, threads: usize, deflate: bool, path: &str, cores: &[usize]) -> Result<Process> {
        let variant = if deflate { self.deflate.ok_or("no permessage-deflate")? } else { self.variant };
        Process::start(&self.program(), threads, variant, path, cores)
    }
}

/// Returns the version of `library` that `package` depends on, in the text of a `Cargo.lock`.
fn locked<'l>(lock: &'l str, package: &str, library: &str) -> Option<&'l str> {
    let entry = |name: &str| {
        let start = format!("name = \"{name}\"\n");
        lock.split("[[package]]\n").find(|entry| entry.starts_with(&start))
    };
    // Where there are several versions of a library, the dependency names its version.
    let dependency = format!("\"{library} ");
    if let Some((_, version)) = entry(package)?.split_once(&dependency) {
        return version.split('"').next();
    }
    entry(library)?.split_once("version = \"")?.1.split('"').next()
}

/// A server that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pub port: u16,
}

impl Process {
    /// Starts `program` with a free port, `threads` and `variant`, and waits until it accepts connections to `path`.
    ///
    /// # Errors
    /// It does not start within 10 s.
    pub fn start(program: &Path, threads: usize, variant: &str, path: &str, cores: &[usize]) -> Result<Self> {
        // Nothing else takes the port before the server does: the namespace has no other programs.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        fs::create_dir_all(target())?;
        let log = File::options().create(true).append(true).open(target().join("servers.log"))?;
        let mut command = Command::new(program);
        command.args([port.to_string(), threads.to_string(), variant.to_owned()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = pinned(cores, || {
            command.spawn().map_err(|error| format!("cannot start {}: {error}", program.display()).into())
        })?;
        let mut process = Self { child, port };
        let begun = Instant::now();
        loop {
            match socket::open(port, path, false) {
                Ok(opened) => {
                    socket::reset(opened.stream);
                    return Ok(process);
                }
                Err(error) if begun.elapsed() > Duration::from_secs(10) => {
                    return Err(format!("the server accepts no connection: {error}").into());
                }
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
            if let Some(status) = process.child.try_wait()? {
                return Err(
                    format!("the server ended at its start: {status}; see {}", log_file().display()).into()
                );
            }
        }
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn log_file() -> PathBuf {
    target().join("servers.log")
}

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    // This package is in tests/bench.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// The folder of the servers' programs and of the results.
#[must_use]
pub fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    std::path::absolute(&target).unwrap_or(target).join("bench")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_that_the_server_is_built_with() {
        let lock = "version = 4\n\n[[package]]\nname = \"one\"\nversion = \"0.1.0\"\ndependencies = [\n \"lib 0.30.0\",\n]\n\n\
                    [[package]]\nname = \"two\"\nversion = \"0.1.0\"\ndependencies = [\n \"other\",\n]\n\n\
                    [[package]]\nname = \"lib\"\nversion = \"0.29.0\"\n\n[[package]]\nname = \"lib\"\nversion = \"0.30.0\"\n\n\
                    [[package]]\nname = \"other\"\nversion = \"2.0.0\"\n";
        assert_eq!(locked(lock, "one", "lib"), Some("0.30.0"));
        assert_eq!(locked(lock, "two", "other"), Some("2.0.0"));
        assert_eq!(locked(lock, "two", "missing"), None);
    }

    #[test]
    fn all_versions_are_known() {
        for server in ALL {
            assert!(server.version().starts_with(|first: char| first.is_ascii_digit()), "{server:?}");
        }
    }
}
