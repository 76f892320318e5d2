//! The results of a service's spawned work.

use super::service::Service;
use super::service_info::ServiceInfo;

/// The result of work that [`ServiceContext::spawn`](super::ServiceContext::spawn) starts: an info for service `S`, or
/// `()`.
///
/// It is implemented for each type that an `#[info]` callback of `S` takes, and for `()`. `K` tells the two kinds apart,
/// and is inferred.
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

impl<S: Service, I: ServiceInfo<S>> ServiceResult<S, Delivered> for I {
    fn result(self) -> Option<S::Info> {
        Some(self.into_info())
    }
}

impl<S: Service> ServiceResult<S, Nothing> for () {
    fn result(self) -> Option<S::Info> {
        None
    }
}
