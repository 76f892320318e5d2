//! The part of a connection that depends on the type of its handler or service, behind a trait object.

use std::convert::Infallible;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::driver::Driver;
use super::local::Local;
use crate::message::Terminate;

/// A handler or a member of a service, with its type erased.
pub(crate) trait Session: Send {
    fn local(&mut self) -> &mut Local;

    /// Runs the connection until it ends: one callback at a time, and each reply is queued before the next callback
    /// begins.
    fn run<'s>(&'s mut self, driver: &'s mut Driver) -> BoxFuture<'s, Result<Infallible, Terminate>>;

    /// Takes the failure of a callback that was finished beside a close. It is the reason for the end then.
    fn failure(&mut self) -> Option<Terminate> {
        None
    }

    /// Ends the connection for the app: it receives nothing more, and leaves its topics.
    fn end(&mut self);

    /// The name of the last callback, which [`terminate`](Self::terminate) calls or waits for.
    fn last_callback(&self) -> &'static str {
        "terminate"
    }

    /// Calls `terminate`. The reason is shared, because a service receives it in a task of its own.
    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()>;
}
