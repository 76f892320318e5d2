//! The error of a test, with its place.

use std::fmt;
use std::panic::Location;

use crate::message::BoxError;

/// The result of a test, or of a helper that tests share. Its error names the line of the test.
///
/// ```
/// # use ws_core::prelude::*;
/// # #[websocket("/echo")]
/// # #[derive(Default)]
/// # struct Echo;
/// # #[websocket]
/// # impl Echo {
/// #     #[text]
/// #     fn text(&mut self, text: String) -> String {
/// #         text
/// #     }
/// # }
/// use ws_core::testing;
///
/// async fn echoes(app: App) -> testing::Result {
///     let mut client = testing::connect(app, "/echo").await?;
///     client.send("7").await?;
///     let number: u32 = client.text().await?.parse()?;
///     assert_eq!(number, 7);
///     Ok(())
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> testing::Result {
/// # echoes(testing::app!()).await?;
/// # Ok(())
/// # }
/// ```
pub type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// The error of [`testing::Result`](Result): any error that a `?` converts, and the place of that `?`.
///
/// `Debug` prints both, because that is what Rust prints for a test that returns an error:
///
/// ```text
/// Error: waited for a text message, but received Binary(b"\x01")
///   at tests/chat.rs:42:5
/// ```
pub struct Failure {
    error: BoxError,
    place: &'static Location<'static>,
}

impl Failure {
    /// Returns the error without its place, for example to downcast it.
    #[must_use]
    pub fn error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.error
    }
}

impl<E: Into<BoxError>> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Self { error: error.into(), place: Location::caller() }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  at {}", self.error, self.place)
    }
}
