//! The part of a connection that depends on the type of its handler or service, behind a trait object.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;

use super::driver::Driver;
use super::local::Local;
use crate::message::Terminate;

/// A connection that runs until it ends.
pub(crate) enum Running<'s> {
    /// The driver is `None` if the session keeps it.
    Polled(&'s mut dyn EventLoop, Option<&'s mut Driver>),
    Boxed(BoxFuture<'s, Result<Infallible, Terminate>>),
}

/// A session whose event loop is a plain function: between two polls, its state is in the session.
pub(crate) trait EventLoop: Send {
    /// Goes on until the connection waits or ends.
    fn poll(
        &mut self,
        driver: Option<&mut Driver>,
        task: &mut Context<'_>,
    ) -> Poll<Result<Infallible, Terminate>>;
}

impl Future for Running<'_> {
    type Output = Result<Infallible, Terminate>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Polled(session, driver) => session.poll(driver.as_deref_mut(), task),
            Self::Boxed(running) => running.as_mut().poll(task),
        }
    }
}

/// A handler or a member of a service, with its type erased.
pub(crate) trait Session: Send {
    fn local(&mut self) -> &mut Local;

    /// Whether the session keeps the driver itself. Otherwise the connection's task keeps it.
    fn keeps_driver(&self) -> bool {
        false
    }

    /// Takes the driver if the session keeps it. Otherwise returns it.
    fn adopt(&mut self, driver: Driver) -> Option<Driver> {
        Some(driver)
    }

    /// Returns the driver that the session has kept. A pending callback is dropped.
    fn release(&mut self) -> Option<Driver> {
        None
    }

    /// Runs the connection until it ends: one callback at a time, and each reply is queued before the next callback
    /// begins. `driver` is the one that the task keeps.
    fn run<'s>(&'s mut self, driver: Option<&'s mut Driver>) -> Running<'s>;

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
