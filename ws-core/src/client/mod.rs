//! A WebSocket client. [`connect`] to any server by its URL, then send and receive [`Message`](crate::Message)s.
//!
//! Use it in programs that talk to a server, in services that talk to each other, and in tests over real sockets. The
//! clients of the testing kit are of the same type, [`Client`], and run in memory.
//!
//! ```no_run
//! use ws_core::client;
//! use ws_core::{CloseCode, Message};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), client::Error> {
//! let mut client = client::connect("ws://127.0.0.1:8080/socket/custom").await?;
//! client.send("hello").await?;
//! println!("{}", client.text().await?);
//!
//! client.send_json(&[1, 2]).await?;
//! let sum: u32 = client.json().await?;
//!
//! while let Some(message) = client.recv().await? {
//!     match message {
//!         Message::Text(text) if text == "enough" => break,
//!         message => println!("{message:?}"),
//!     }
//! }
//! client.close(CloseCode::NORMAL, "bye").await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`request`] sets headers, subprotocols, limits and TLS before it connects:
//!
//! ```no_run
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), ws_core::client::Error> {
//! let client = ws_core::client::request("ws://127.0.0.1:8080/chat/lobby")
//!     .header("authorization", "Bearer abc")
//!     .subprotocols(&["chat.v2", "chat.v1"])
//!     .max_message_size(1 << 20)
//!     .connect()
//!     .await?;
//! assert_eq!(client.subprotocol(), Some("chat.v2"));
//! # Ok(())
//! # }
//! ```
//!
//! Each client has a task of its own, which reads, writes and answers pings while your code does something else. To
//! send and receive at the same time, call [`Client::sender`] for a handle that other tasks can use. `wss://` needs the
//! feature `client-tls`.
//!
//! In reading order: `request` builds the handshake, `target` checks the URL, `transport` and `tls` connect,
//! `handshake` upgrades, `client` and `sender` are the two handles, `driver` is the task behind them, and `inbox` is
//! the queue between them.

#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod client;
mod convert;
mod driver;
mod error;
#[cfg(feature = "testing")]
mod exchange;
mod handshake;
mod inbox;
mod patience;
mod request;
mod sender;
mod target;
#[cfg(feature = "client-tls")]
mod tls;
mod transport;

pub use self::client::Client;
pub use self::error::{Error, Rejected};
#[cfg(feature = "testing")]
pub(crate) use self::exchange::exchange;
#[cfg(feature = "testing")]
pub(crate) use self::patience::patiently;
pub use self::request::Request;
pub use self::sender::Sender;
/// The TLS library, in the version that [`Request::tls_config`] takes.
#[cfg(feature = "client-tls")]
pub use tokio_rustls::rustls;

/// Connects to `url`, which starts with `ws://` or `wss://`. [`request`] sets headers and limits first.
///
/// # Errors
/// The same as for [`Request::connect`].
///
/// # Panics
/// Panics outside of a tokio runtime with I/O and time enabled.
///
/// # Cancel safety
/// If you drop the future, the connection attempt ends and its socket closes.
pub async fn connect(url: &str) -> Result<Client, Error> {
    request(url).connect().await
}

/// Starts a handshake request to `url`, which starts with `ws://` or `wss://`.
///
/// If the URL is invalid, [`Request::connect`] returns the error.
pub fn request(url: &str) -> Request {
    Request::new(url)
}
