//! A WebSocket client: [`connect`] to any server by its URL, then send and receive [`Message`](crate::Message)s.
//!
//! Use it for programs that talk to a server, for services that talk to each other, and for tests over real sockets.
//! The testing kit's clients are of the same type ([`Client`]), over memory.
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
//! Each client has a task of its own, which answers pings and writes while your code does something else. You can send
//! and receive at the same time: [`Client::sender`] returns a handle for other tasks. `wss://` needs the feature
//! `client-tls`.
//!
//! In reading order: `request` builds the handshake, `target` checks the URL, `transport` and `tls` connect, `handshake`
//! upgrades, `client` and `sender` are the two handles, `driver` is the task behind them, `inbox` is the queue between.

#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod client;
mod convert;
mod driver;
mod error;
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
pub use self::request::Request;
pub use self::sender::Sender;
/// The TLS library, in the version that [`Request::tls_config`] takes.
#[cfg(feature = "client-tls")]
pub use tokio_rustls::rustls;

/// Connects to `url`, which starts with `ws://` or `wss://`.
///
/// # Errors
/// As [`Request::connect`].
///
/// # Panics
/// Outside of a tokio runtime with I/O and time enabled.
///
/// # Cancel safety
/// If you drop the future, the connection attempt ends and its socket closes.
pub async fn connect(url: &str) -> Result<Client, Error> {
    request(url).connect().await
}

/// Starts a handshake request to `url`, which starts with `ws://` or `wss://`.
///
/// An invalid URL is an error of [`Request::connect`].
pub fn request(url: &str) -> Request {
    Request::new(url)
}
