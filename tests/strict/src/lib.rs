//! Handlers and services in a crate that forbids, denies, renames and shadows what it can: a user's crate may, so what the macro
//! writes must stand it. That it compiles without a warning is the test; `tests/strict.rs` talks to it besides.

#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unnameable_types,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]

pub mod names;
pub mod services;

mod private;

use ::renamed::{Close, CloseCode, Text, websocket};
use ::std::default::Default;

/// Says what it hears.
#[websocket("/strict/echo", crate = ::renamed, name = "strict")]
#[derive(Debug, Default)]
pub struct Echo;

/// Never leaves this crate, although the handler that takes it does.
#[derive(Debug)]
struct Later(&'static str);

#[websocket(crate = ::renamed)]
impl Echo {
    #[open]
    fn up(&mut self, cx: &mut ::renamed::Context<Self>) {
        cx.send_after(::std::time::Duration::from_millis(1), Later("later"));
    }

    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }

    #[binary]
    async fn bytes(&mut self, bytes: ::renamed::Bytes) -> ::renamed::Bytes {
        bytes
    }

    /// On its way out.
    #[deprecated(note = "nobody asks")]
    #[ping]
    async fn pinged(&mut self) {}

    #[info]
    fn later(&mut self, Later(words): Later) -> &'static str {
        words
    }

    #[handle]
    fn rest(&mut self, message: ::renamed::Message) -> ::std::result::Result<(), Close> {
        if message.is_empty() {
            ::std::result::Result::Ok(())
        } else {
            ::std::result::Result::Err(Close::new(CloseCode::POLICY, ""))
        }
    }

    #[terminate]
    fn gone(&mut self, reason: &::renamed::Terminate) {
        ::tracing::debug!("{reason}");
    }
}
