//! Handlers and services in a crate that forbids, denies, renames and shadows as much as it can. A user's crate may do
//! the same, so the output of the macros must compile here without a warning. `tests/strict.rs` also runs the handlers.

#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unnameable_types,
    unused_qualifications,
    unused_lifetimes,
    single_use_lifetimes,
    elided_lifetimes_in_paths,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]

pub mod borrowed;
pub mod names;
pub mod pages;
pub mod services;

mod private;

use ::renamed::{Close, CloseCode, Text, websocket};
use ::std::default::Default;

/// Echoes text.
#[websocket("/strict/echo", crate = ::renamed, name = "strict")]
#[derive(Debug, Default)]
pub struct Echo;

/// Private to this crate, although the handler that receives it is public.
#[derive(Debug)]
struct Later(&'static str);

#[websocket(crate = ::renamed)]
impl Echo {
    #[open]
    fn up(&mut self, cx: &mut ::renamed::Context<Self>) {
        cx.notify_after(::std::time::Duration::from_millis(1), Later("later"));
    }

    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }

    #[binary]
    async fn bytes(&mut self, bytes: ::renamed::Bytes) -> ::renamed::Bytes {
        bytes
    }

    /// Deprecated: calling it from generated code must not warn.
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
