//! Programs that tests start as processes of their own.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_websockets::ClientBuilder;

use crate::{Client, PATIENCE, within};

/// What a stream of a process has said so far.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<String>>);

impl Said {
    fn gather(stream: impl Read + Send + 'static) -> Self {
        let said = Self::default();
        let gathering = said.clone();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let mut said = gathering.0.lock().unwrap_or_else(PoisonError::into_inner);
                said.push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
        said
    }

    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A process with what it prints; killed when dropped.
pub struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Said,
    stderr: Said,
}

impl Process {
    /// Starts `command`.
    ///
    /// # Panics
    /// If there is no such program.
    #[must_use]
    pub fn spawn(command: &mut Command) -> Self {
        Self::spawn_with(command, Stdio::null())
    }

    /// As [`spawn`](Self::spawn), with a standard input for [`types`](Self::types).
    ///
    /// # Panics
    /// If there is no such program.
    #[must_use]
    pub fn spawn_interactive(command: &mut Command) -> Self {
        Self::spawn_with(command, Stdio::piped())
    }

    fn spawn_with(command: &mut Command, stdin: Stdio) -> Self {
        let command = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = Said::gather(child.stdout.take().expect("a pipe"));
        let stderr = Said::gather(child.stderr.take().expect("a pipe"));
        Self { stdin: child.stdin.take(), child, stdout, stderr }
    }

    /// Types a line into its standard input.
    ///
    /// # Panics
    /// If it has none, or it is closed.
    pub fn types(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("a standard input");
        writeln!(stdin, "{line}").expect("a process that reads");
    }

    /// Ends its standard input.
    pub fn ends_input(&mut self) {
        self.stdin = None;
    }

    /// What it has printed so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it has printed to the standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits until it has printed `words`.
    ///
    /// # Panics
    /// If it does not in time, or ends without.
    pub async fn says(&mut self, words: &str) {
        self.says_within(PATIENCE, words).await;
    }

    /// As [`says`](Self::says), for words that take their time.
    ///
    /// # Panics
    /// If it does not in time, or ends without.
    pub async fn says_within(&mut self, patience: Duration, words: &str) {
        self.has(patience, |process| process.stdout().contains(words), words).await;
    }

    /// Waits until it has printed `words` to the standard error.
    ///
    /// # Panics
    /// If it does not in time, or ends without.
    pub async fn complains(&mut self, words: &str) {
        self.has(PATIENCE, |process| process.stderr().contains(words), words).await;
    }

    async fn has(&mut self, patience: Duration, said: impl Fn(&Self) -> bool, words: &str) {
        let saying = async {
            while !said(self) {
                // What it printed last may still be on its way when it has ended.
                let ended = self.status().is_some();
                tokio::time::sleep(Duration::from_millis(if ended { 500 } else { 10 })).await;
                assert!(!ended || said(self), "ended without {words:?}: {self:?}");
            }
        };
        let in_time = tokio::time::timeout(patience, saying).await.is_ok();
        assert!(in_time, "{words:?} was not printed in time: {self:?}");
    }

    /// How it ended, if it has.
    ///
    /// # Panics
    /// If the system does not know it.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a process")
    }

    /// Waits until it ends.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn ended(&mut self) -> ExitStatus {
        let ending = async {
            loop {
                if let Some(status) = self.status() {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let ended = tokio::time::timeout(PATIENCE, ending).await;
        ended.unwrap_or_else(|_| panic!("it still runs: {self:?}"))
    }

    /// Sends it a signal: `TERM`, `INT`.
    ///
    /// # Panics
    /// If the `kill` program refuses.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("the program `kill`").success());
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\nstdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a program on an address of its own, and waits until it listens there and has printed the address.
///
/// # Panics
/// If it ends, or does not listen in time.
pub async fn start(command: impl Fn(SocketAddr) -> Command) -> (SocketAddr, Process) {
    loop {
        let addr = free_addr();
        let mut process = Process::spawn(&mut command(addr));
        if listens(addr, &mut process).await {
            return (addr, process);
        }
    }
}

/// Waits until `process` listens; `false`: another program was faster to take the port.
async fn listens(addr: SocketAddr, process: &mut Process) -> bool {
    let listening = async {
        loop {
            if process.status().is_some() {
                process.complains("another program listens there").await;
                return false;
            }
            // That it names its address tells it from another program on that port.
            if process.stdout().contains(&addr.to_string()) && TcpStream::connect(addr).await.is_ok() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let listens = tokio::time::timeout(PATIENCE, listening).await;
    listens.unwrap_or_else(|_| panic!("it does not listen on {addr}, or does not print that: {process:?}"))
}

/// An address on which nobody listens. Its port is below those that the system hands out, so that no client's own
/// socket takes it meanwhile.
///
/// # Panics
/// If every port is taken.
#[must_use]
pub fn free_addr() -> SocketAddr {
    let random = || 12_000 + RandomState::new().build_hasher().finish() % 20_000;
    let ports = std::iter::repeat_with(|| u16::try_from(random()).expect("a port")).take(1000);
    ports
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
        .find(|addr| TcpListener::bind(addr).is_ok())
        .expect("a port that is free")
}

/// A client of the server at `addr`.
///
/// # Panics
/// If the handshake is refused.
pub async fn connect(addr: SocketAddr, path: &str) -> Client {
    let builder = ClientBuilder::new().uri(&format!("ws://{addr}{path}")).expect("a url");
    within(builder.connect()).await.expect("a handshake that succeeds").0
}
