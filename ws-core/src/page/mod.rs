//! Page sessions: the server's side of each page view of a browser, which outlives its connections.
//!
//! In reading order: the options ([`pages`]); the handle to one page ([`page_session`]) and to several ([`page_group`]),
//! with their [`qos`]; the [`page`] behind them with its [`state`], its [`queue`], the connection that is [`attached`] and
//! its [`mod@busy`] callbacks, and the messages that it exchanges with the client script ([`wire`]); and the [`registry`] of
//! all pages, with the [`revoked`] sessions and the [`sweeper`], which ends pages and repeats messages. An [`opening`] is a
//! handshake that may attach to a page, the one that it has [`asked`] for, and an [`attachment`] the messages of its client
//! that reach no callback. On other connections, the script has only its [`pings`].

mod asked;
mod attached;
pub(crate) mod attachment;
mod busy;
pub(crate) mod opening;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod page;
mod page_group;
mod page_session;
mod pages;
mod pings;
mod qos;
mod queue;
mod registry;
mod revoked;
mod state;
mod sweeper;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::handshake::id::random_id;

pub(crate) use self::asked::Asked;
pub(crate) use self::busy::Unfinished;
pub(crate) use self::page::Received;
pub use self::page_group::PageGroup;
pub use self::page_session::PageSession;
pub use self::pages::Pages;
pub use self::qos::Qos;
pub(crate) use self::registry::{PageRegistry, Visitor};

/// The path of the connection that the client script opens by itself.
pub(crate) const PATH: &str = "/websocket";

random_id! {
    /// The id of a page view: 128 random bits, which the client script makes. A page that is loaded again, or a tab that is
    /// duplicated, has another.
    ///
    /// Display it and [`parse`](Self::parse) it as 22 characters of base64url.
    PageId
}

/// As text, which is `ws.page` in the script.
impl Serialize for PageId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("a page id has 22 characters of base64url"))
    }
}
