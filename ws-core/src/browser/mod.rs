//! The browser's side of an app with pages, on top of the page sessions. In reading order: the [`page_handler`] at
//! `/websocket`, and the `#[message]` functions that it calls ([`page_message`]); the extractors of axum handlers and of
//! `#[init]` ([`browser_session`], [`extract`]); and the routes of the client [`script`].

mod browser_session;
mod extract;
pub(crate) mod page_call;
mod page_handler;
pub(crate) mod page_message;
pub(crate) mod script;

pub use self::browser_session::BrowserSession;
pub(crate) use self::page_handler::PageHandler;
pub(crate) use self::page_message::PageMessages;
