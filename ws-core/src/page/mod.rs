//! Page sessions: the server's side of each page view of a browser, which outlives its connections.
//!
//! In reading order: the options ([`pages`]); the handle to one page ([`page_session`]) and to several ([`page_group`]),
//! with their [`qos`]; the [`page`] behind them with its [`queue`], the connection that is [`attached`] and its [`mod@busy`]
//! callbacks, and the messages that it exchanges with the client script ([`wire`]); and the [`registry`] of all pages, with
//! the [`revoked`] sessions and the [`sweeper`], which ends and repeats what is due. An [`opening`] is a handshake that may
//! attach to a page, and an [`attachment`] the messages of its client that reach no callback.

mod attached;
pub(crate) mod attachment;
mod busy;
pub(crate) mod opening;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod page;
mod page_group;
mod page_session;
mod pages;
mod qos;
mod queue;
mod registry;
mod revoked;
mod sweeper;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use crate::handshake::id::random_id;

pub(crate) use self::page::Received;
pub use self::page_group::PageGroup;
pub use self::page_session::PageSession;
pub use self::pages::Pages;
pub use self::qos::Qos;
pub(crate) use self::registry::{Asked, PageRegistry, Visitor};

random_id! {
    /// The id of a page view: 128 random bits, which the client script makes. A page that is loaded again, or a tab that is
    /// duplicated, has another.
    ///
    /// Display it and [`parse`](Self::parse) it as 22 characters of base64url.
    PageId
}
