//! The results of spawned work.

use super::handler::Handler;
use super::info_for::InfoFor;
use crate::connection::Info;

/// The result of work that [`Context::spawn`](crate::Context::spawn) starts: an info for handler `H`, or `()`.
///
/// It is implemented for each type that an `#[info]` callback of `H` takes, and for `()`. `K` tells the two kinds apart,
/// and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{H}` receives no info of type `{Self}`",
    label = "no `#[info]` callback of `{H}` takes this type",
    note = "the result of the work is an info: add a callback to `#[websocket] impl {H}`: `#[info] fn on(&mut self, it: \
            {Self}) {{ … }}`",
    note = "for no result, end the work with `()`"
)]
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

#[diagnostic::do_not_recommend]
impl<H: Handler, I: InfoFor<H>> SpawnResult<H, Delivered> for I {
    fn result(self) -> Option<Info> {
        Some(Box::new(InfoFor::into_info(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<H: Handler> SpawnResult<H, Nothing> for () {
    fn result(self) -> Option<Info> {
        None
    }
}
