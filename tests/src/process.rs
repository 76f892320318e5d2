//! Runs programs as separate processes.

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

/// The output so far of one of a process's streams.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<String>>);

impl Output {
    fn gather(stream: impl Read + Send + 'static) -> Self {
        let output = Self::default();
        let gathering = output.clone();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let mut output = gathering.0.lock().unwrap_or_else(PoisonError::into_inner);
                output.push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
        output
    }

    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A process and its output. Dropping it kills the process.
pub struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Output,
    stderr: Output,
}

impl Process {
    /// Starts `command`.
    ///
    /// # Panics
    /// If the program does not exist.
    #[must_use]
    pub fn spawn(command: &mut Command) -> Self {
        Self::spawn_with(command, Stdio::null())
    }

    /// Like [`spawn`](Self::spawn), with a standard input for [`types`](Self::types).
    ///
    /// # Panics
    /// If the program does not exist.
    #[must_use]
    pub fn spawn_interactive(command: &mut Command) -> Self {
        Self::spawn_with(command, Stdio::piped())
    }

    fn spawn_with(command: &mut Command, stdin: Stdio) -> Self {
        let command = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = Output::gather(child.stdout.take().expect("a pipe"));
        let stderr = Output::gather(child.stderr.take().expect("a pipe"));
        Self { stdin: child.stdin.take(), child, stdout, stderr }
    }

    /// Writes a line to the process's standard input.
    ///
    /// # Panics
    /// If the process has no standard input, or has closed it.
    pub fn types(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("a standard input");
        writeln!(stdin, "{line}").expect("an open standard input");
    }

    /// Closes the process's standard input.
    pub fn ends_input(&mut self) {
        self.stdin = None;
    }

    /// Returns everything that the process has printed to standard output so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// Returns everything that the process has printed to standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits until the process has printed `words`.
    ///
    /// # Panics
    /// If the words do not appear in time, or the process exits without printing them.
    pub async fn prints(&mut self, words: &str) {
        self.prints_within(PATIENCE, words).await;
    }

    /// Like [`prints`](Self::prints), with a time limit of `patience`.
    ///
    /// # Panics
    /// If the words do not appear in time, or the process exits without printing them.
    pub async fn prints_within(&mut self, patience: Duration, words: &str) {
        self.has(patience, |process| process.stdout().contains(words), words).await;
    }

    /// Waits until the process has printed `words` to standard error.
    ///
    /// # Panics
    /// If the words do not appear in time, or the process exits without printing them.
    pub async fn complains(&mut self, words: &str) {
        self.has(PATIENCE, |process| process.stderr().contains(words), words).await;
    }

    async fn has(&mut self, patience: Duration, printed: impl Fn(&Self) -> bool, words: &str) {
        let printing = async {
            while !printed(self) {
                // Output printed just before the exit may still be in the pipe.
                let ended = self.status().is_some();
                tokio::time::sleep(Duration::from_millis(if ended { 500 } else { 10 })).await;
                assert!(!ended || printed(self), "ended without {words:?}: {self:?}");
            }
        };
        let in_time = tokio::time::timeout(patience, printing).await.is_ok();
        assert!(in_time, "{words:?} was not printed in time: {self:?}");
    }

    /// Returns the exit status, or `None` if the process is still running.
    ///
    /// # Panics
    /// If the system cannot report the status.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a process")
    }

    /// Waits until the process exits.
    ///
    /// # Panics
    /// If the process does not exit in time.
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
        ended.unwrap_or_else(|_| panic!("the process has not exited: {self:?}"))
    }

    /// Sends a signal to the process, such as `TERM` or `INT`.
    ///
    /// # Panics
    /// If the `kill` program fails.
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
        // The process may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a program on a free address. Waits until the program listens there and has printed the address.
///
/// # Panics
/// If the program exits, or does not listen in time.
pub async fn start(command: impl Fn(SocketAddr) -> Command) -> (SocketAddr, Process) {
    loop {
        let addr = free_addr();
        let mut process = Process::spawn(&mut command(addr));
        if listens(addr, &mut process).await {
            return (addr, process);
        }
    }
}

/// Waits until `process` listens. Returns `false` if another program has taken the port.
async fn listens(addr: SocketAddr, process: &mut Process) -> bool {
    let listening = async {
        loop {
            if process.status().is_some() {
                process.complains("another program uses this address").await;
                return false;
            }
            // The printed address distinguishes this process from another program on the same port.
            if process.stdout().contains(&addr.to_string()) && TcpStream::connect(addr).await.is_ok() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let listens = tokio::time::timeout(PATIENCE, listening).await;
    listens.unwrap_or_else(|_| panic!("the process does not listen, or has not printed {addr}: {process:?}"))
}

/// Returns an address on which nothing listens. Its port is below the system's ephemeral ports, so no client socket can
/// take it in the meantime.
///
/// # Panics
/// Panics if no port is free.
#[must_use]
pub fn free_addr() -> SocketAddr {
    let random = || 12_000 + RandomState::new().build_hasher().finish() % 20_000;
    let ports = std::iter::repeat_with(|| u16::try_from(random()).expect("a port")).take(1000);
    ports
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
        .find(|addr| TcpListener::bind(addr).is_ok())
        .expect("a free port")
}

/// Connects a client to `path` on the server at `addr`.
///
/// # Panics
/// If the server rejects the handshake.
pub async fn connect(addr: SocketAddr, path: &str) -> Client {
    let builder = ClientBuilder::new().uri(&format!("ws://{addr}{path}")).expect("a url");
    within(builder.connect()).await.expect("a successful handshake").0
}
