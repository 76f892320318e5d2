//! The results of a service's spawned work.

use super::service::Service;
use super::service_info::ServiceInfo;

/// The result of work that [`ServiceContext::spawn`](super::ServiceContext::spawn) starts: an info for service `S`, or
/// `()`.
///
/// It is implemented for each type that an `#[info]` callback of `S` takes, and for `()`. `K` tells the two kinds apart,
/// and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{S}` receives no info of type `{Self}`",
    label = "no `#[info]` callback of `{S}` takes this type",
    note = "the result of the work is an info: add a callback to `#[service] impl {S}`: `#[info] fn on(&mut self, it: \
            {Self}) {{ … }}`",
    note = "for no result, end the work with `()`"
)]
pub trait ServiceResult<S: Service, K>: Send + 'static {
    #[doc(hidden)]
    fn result(self) -> Option<S::Info>;
}

/// The kind of results that are delivered.
#[derive(Debug)]
pub enum Delivered {}

/// The kind of `()`.
#[derive(Debug)]
pub enum Nothing {}

#[diagnostic::do_not_recommend]
impl<S: Service, I: ServiceInfo<S>> ServiceResult<S, Delivered> for I {
    fn result(self) -> Option<S::Info> {
        Some(self.into_info())
    }
}

#[diagnostic::do_not_recommend]
impl<S: Service> ServiceResult<S, Nothing> for () {
    fn result(self) -> Option<S::Info> {
        None
    }
}
