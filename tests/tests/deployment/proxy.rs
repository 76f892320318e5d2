//! A proxy as a process, with a configuration of `examples/deployment` in which only addresses, files and times differ.

use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use ws_tests::PATIENCE;
use ws_tests::process::{Process, free_addr};

use crate::tls_support::{Authority, DAY, Trusting};

/// A text of the configuration and its replacement.
pub(crate) type Edit<'a> = (&'a str, &'a str);

/// A program that is a proxy.
pub(crate) trait Program {
    /// The name of the file in `examples/deployment`.
    const FILE: &'static str;
    /// The name of the program, which is that of Debian's package.
    const NAME: &'static str;

    /// The edits that let the proxy listen at `addr`, with the certificate in `folder`.
    fn edits(addr: SocketAddr, folder: &Path) -> Vec<(String, String)>;

    /// Returns the arguments that run it with `config`, a file in `folder`. May write further files there.
    fn arguments(config: &Path, folder: &Path) -> Vec<String>;
}

/// A proxy that listens. Dropping it stops the process.
pub(crate) struct Proxy {
    /// The address at which it listens.
    pub(crate) addr: SocketAddr,
    /// Its files.
    pub(crate) folder: PathBuf,
    /// A client that trusts its certificate.
    pub(crate) trusting: Trusting,
    /// The process.
    pub(crate) process: Process,
}

impl Proxy {
    /// Starts a proxy in front of the app at `app`. With `more`, a text that is not in the configuration is an error.
    pub(crate) async fn start<P: Program>(app: &str, more: &[Edit<'_>]) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("{}-{}-{}", P::NAME, std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let authority = Authority::new();
        let pair = authority.server(90 * DAY);
        fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
        fs::write(folder.join("key.pem"), &pair.key).unwrap();
        fs::write(folder.join("cert.pem"), &pair.certificate).unwrap();
        fs::write(folder.join("both.pem"), pair.certificate + &pair.key).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/deployment").join(P::FILE);
        let source = fs::read_to_string(source).unwrap();
        let config = folder.join(P::FILE);
        loop {
            let addr = free_addr();
            let mut text = source.clone();
            let mut edit = |from: &str, to: &str| {
                assert!(text.contains(from), "{} has no {from:?}", P::FILE);
                text = text.replace(from, to);
            };
            // They may be about the lines that the others change.
            for (from, to) in more {
                edit(from, to);
            }
            edit("127.0.0.1:8080", app);
            for (from, to) in P::edits(addr, &folder) {
                edit(&from, &to);
            }
            fs::write(&config, text).unwrap();
            let mut process = spawn(P::NAME, P::arguments(&config, &folder), &folder);
            if listens(addr, &mut process).await {
                return Self { addr, folder, trusting: authority.trusting(), process };
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It ends its own children, which would survive it otherwise.
        if self.process.status().is_none() {
            self.process.signal("TERM");
        }
        for _ in 0..PATIENCE.as_millis() / 20 {
            if self.process.status().is_some() {
                let _ = fs::remove_dir_all(&self.folder);
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn spawn<A: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = A>, folder: &Path) -> Process {
    let found = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]
        .map(|folder| Path::new(folder).join(name))
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| {
            panic!("{name} is missing: run scripts/setup, or as root: apt-get install {name}")
        });
    // Caddy keeps its state in the home.
    Process::spawn(Command::new(found).args(arguments).env("HOME", folder))
}

/// Waits until `process` listens. Returns `false` if another program has taken the port.
async fn listens(addr: SocketAddr, process: &mut Process) -> bool {
    let listening = async {
        while TcpStream::connect(addr).await.is_err() {
            if process.status().is_some() {
                let output = format!("{process:?}");
                assert!(output.to_lowercase().contains("address already in use"), "{output}");
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        true
    };
    let listens = tokio::time::timeout(PATIENCE, listening).await;
    listens.unwrap_or_else(|_| panic!("the proxy does not listen: {process:?}"))
}
