//! Shared test helpers: a server on a free port, independent clients, and access to the log.

pub mod deflate;
pub mod example;
pub mod front;
pub mod gate;
pub mod log;
pub mod notes;
pub mod process;
pub mod python;
pub mod raw;

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};
use ws_core::{App, AppHandle};

/// The time limit of every wait in a test.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// An independent client: tokio-websockets.
pub type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An app that serves on a free port.
pub struct Server {
    /// The address on which it listens.
    pub addr: SocketAddr,
    /// A handle of the app.
    pub app: AppHandle,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves `app` on the test's runtime.
    ///
    /// # Panics
    /// If the app does not start.
    pub async fn start(app: App) -> Self {
        let server = app.bind("127.0.0.1:0").await.expect("the app starts");
        let (addr, app) = (server.local_addr().expect("a TCP address"), server.handle());
        Self { addr, app, task: tokio::spawn(server.serve_until(std::future::pending())) }
    }

    /// Connects a client to `path`.
    ///
    /// # Panics
    /// If the server rejects the handshake.
    pub async fn connect(&self, path: &str) -> Client {
        let url = format!("ws://{}{path}", self.addr);
        let builder = ClientBuilder::new().uri(&url).expect("a url");
        within(builder.connect()).await.expect("a successful handshake").0
    }

    /// Waits until the server has served its last connection after a drain.
    ///
    /// # Panics
    /// If the server does not end in time.
    pub async fn ended(self) {
        within(self.task).await.expect("a clean shutdown");
    }
}

/// How many connections a drain ended, cut and left.
#[must_use]
pub const fn drained(drained: &ws_core::Drained) -> (u64, u64, u64) {
    (drained.ended, drained.aborted, drained.left)
}

/// Waits for `future` for at most [`PATIENCE`].
///
/// # Panics
/// If the wait takes longer.
pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("timed out")
}

/// Returns the next message that `client` receives, control frames included.
///
/// # Panics
/// If nothing arrives in time, or the connection has failed.
pub async fn next(client: &mut Client) -> Message {
    within(client.next()).await.expect("a message").expect("an open connection")
}

/// Returns the next text that `client` receives. Skips pings and pongs.
///
/// # Panics
/// If anything else arrives, or nothing arrives in time.
pub async fn text(client: &mut Client) -> String {
    loop {
        let message = next(client).await;
        if !message.is_ping() && !message.is_pong() {
            return message.as_text().unwrap_or_else(|| panic!("text, not {message:?}")).to_owned();
        }
    }
}

/// Returns the code and reason of the next close frame. Skips pings and pongs.
///
/// # Panics
/// If anything else arrives, or nothing arrives in time.
pub async fn closed(client: &mut Client) -> (u16, String) {
    loop {
        let message = next(client).await;
        if let Some((code, reason)) = message.as_close() {
            return (code.into(), reason.to_owned());
        }
        assert!(message.is_ping() || message.is_pong(), "a close, not {message:?}");
    }
}

/// Polls `condition` until it holds, for at most [`PATIENCE`].
///
/// # Panics
/// If the condition does not hold in time.
pub async fn until(mut condition: impl FnMut() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// Advances the clock of this test's runtime by `time`, in steps: one [jump] would look like a server that was held up.
/// Hardly any real time passes.
pub async fn pass(time: Duration) {
    const STEP: Duration = Duration::from_millis(500);
    tokio::time::pause();
    let mut left = time;
    while !left.is_zero() {
        tokio::time::advance(left.min(STEP)).await;
        left = left.saturating_sub(STEP);
    }
    tokio::time::resume();
}

/// Advances the clock of this test's runtime by `time` at once, as if the server had been held up for so long.
pub async fn jump(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
