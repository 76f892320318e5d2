//! What a connection asks of a handler or a service, whatever its type.

use std::convert::Infallible;
use std::sync::Arc;

use axum::response::Response;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use http::request::Parts;

use super::driver::Driver;
use crate::compression::Compression;
use crate::context;
use crate::handshake::extensions::Offer;
use crate::limits::Limits;
use crate::terminate::Terminate;
use crate::upgrade;

/// A handler, whatever its type.
pub(crate) trait Session: Send {
    /// What its context holds.
    fn context(&mut self) -> &mut context::Inner;

    /// From `open` to whatever ends the connection: one callback at a time, and what it returned is queued before the next
    /// one begins.
    fn run<'s>(&'s mut self, driver: &'s mut Driver) -> BoxFuture<'s, Result<Infallible, Terminate>>;

    /// Runs its `terminate`. The reason is shared: a service hears it in a task of its own.
    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()>;
}

/// What came of an `init` that succeeded.
pub(crate) struct Opened {
    pub(crate) session: Box<dyn Session>,
    pub(crate) limits: Limits,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: Vec<Offer>,
    pub(crate) compression: Option<Compression>,
}

/// An `init`, of whichever handler.
pub(crate) type Init = fn(Parts, Box<upgrade::Inner>) -> BoxFuture<'static, Result<Opened, Response>>;
