//! What the tests share: a server on a port of its own, clients that are not ours, and the log as a test reads it.

pub mod deflate;
pub mod example;
pub mod front;
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

/// How long any wait of a test may last.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// An independent client: tokio-websockets.
pub type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An app that serves on a port of its own for as long as this lives.
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The app.
    pub app: AppHandle,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves `app` on the test's runtime.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(app: App) -> Self {
        let server = app.bind("127.0.0.1:0").await.expect("the app starts");
        let (addr, app) = (server.local_addr(), server.handle());
        Self { addr, app, task: tokio::spawn(server.serve_until(std::future::pending())) }
    }

    /// A client at `path`.
    ///
    /// # Panics
    /// If the handshake is refused.
    pub async fn connect(&self, path: &str) -> Client {
        let url = format!("ws://{}{path}", self.addr);
        let builder = ClientBuilder::new().uri(&url).expect("a url");
        within(builder.connect()).await.expect("a handshake that succeeds").0
    }

    /// Waits until the server has served its last connection, after a drain.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn ended(self) {
        within(self.task).await.expect("a server that ends well");
    }
}

/// Waits for `future`, within [`PATIENCE`].
///
/// # Panics
/// If it takes longer.
pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("something that comes in time")
}

/// The next message of `client`, control frames included.
///
/// # Panics
/// If none comes in time, or the connection failed.
pub async fn next(client: &mut Client) -> Message {
    within(client.next()).await.expect("a message").expect("a connection that works")
}

/// The next text of `client`; pings and pongs are passed over.
///
/// # Panics
/// If something else comes, or nothing in time.
pub async fn text(client: &mut Client) -> String {
    loop {
        let message = next(client).await;
        if !message.is_ping() && !message.is_pong() {
            return message.as_text().unwrap_or_else(|| panic!("text, not {message:?}")).to_owned();
        }
    }
}

/// The code and reason of the close frame that ends `client`'s messages.
///
/// # Panics
/// If something else comes, or nothing in time.
pub async fn closed(client: &mut Client) -> (u16, String) {
    loop {
        let message = next(client).await;
        if let Some((code, reason)) = message.as_close() {
            return (code.into(), reason.to_owned());
        }
        assert!(message.is_ping() || message.is_pong(), "a close, not {message:?}");
    }
}

/// Looks again and again until `condition` holds, within [`PATIENCE`].
///
/// # Panics
/// If it does not.
pub async fn until(mut condition: impl FnMut() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// Lets so much time pass for the timers of this test's runtime, and hardly any for the world outside.
pub async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
