//! The part of a connection that belongs to a handler or a service, for all their types.

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

/// A handler or a service's member, whose type is erased.
pub(crate) trait Session: Send {
    /// The contents of its context.
    fn context(&mut self) -> &mut context::Inner;

    /// Runs the connection until it ends: one callback at a time, and each reply is queued before the next callback begins.
    fn run<'s>(&'s mut self, driver: &'s mut Driver) -> BoxFuture<'s, Result<Infallible, Terminate>>;

    /// Runs its `terminate`. The reason is shared: a service hears it in a task of its own.
    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()>;
}

/// The result of an `init` that succeeded.
pub(crate) struct Opened {
    pub(crate) session: Box<dyn Session>,
    pub(crate) limits: Limits,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: Vec<Offer>,
    pub(crate) compression: Option<Compression>,
}

/// An `init`, of whichever handler.
pub(crate) type Init = fn(Parts, Box<upgrade::Inner>) -> BoxFuture<'static, Result<Opened, Response>>;
