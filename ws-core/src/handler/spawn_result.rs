//! The results of spawned work.

use super::handler::Handler;
use super::info_for::InfoFor;
use crate::connection::Info;

/// The result of work that [`Context::spawn`](crate::Context::spawn) starts: an info for handler `H`, or `()`.
///
/// It is implemented for each type that an `#[info]` callback of `H` takes, and for `()`. `K` tells the two kinds apart,
/// and is inferred.
pub trait SpawnResult<H: Handler, K>: Send + 'static {
    #[doc(hidden)]
    fn result(self) -> Option<Info>;
}

/// The kind of results that are delivered.
#[derive(Debug)]
pub enum Delivered {}

/// The kind of `()`.
#[derive(Debug)]
pub enum Nothing {}

impl<H: Handler, I: InfoFor<H>> SpawnResult<H, Delivered> for I {
    fn result(self) -> Option<Info> {
        Some(Box::new(InfoFor::into_info(self)))
    }
}

impl<H: Handler> SpawnResult<H, Nothing> for () {
    fn result(self) -> Option<Info> {
        None
    }
}
