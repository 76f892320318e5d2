//! The trait of the types that a service receives as infos.

use super::service::Service;

/// A type that service `S` receives as an info.
///
/// The macro implements it for each type that an `#[info]` callback of `S` takes.
/// [`ServiceHandle::info`](crate::ServiceHandle::info) with any other type does not compile.
///
/// ```
/// use ws_core::prelude::*;
/// use ws_core::ServiceInfo;
///
/// #[service("/auction")]
/// #[derive(Default)]
/// struct Auction {
///     price: u64,
/// }
///
/// struct Bid(u64);
///
/// #[service]
/// impl Auction {
///     #[info]
///     fn bid(&mut self, bid: Bid) {
///         self.price = self.price.max(bid.0);
///     }
/// }
///
/// /// Sends any info that the auction receives.
/// fn send(app: &AppHandle, info: impl ServiceInfo<Auction>) -> bool {
///     app.service::<Auction>().info(info).is_queued()
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "service `{S}` receives no info of type `{Self}`",
    label = "no `#[info]` callback of `{S}` takes this type",
    note = "add a callback to `#[service] impl {S}`: `#[info] fn on(&mut self, it: {Self}) {{ … }}`"
)]
pub trait ServiceInfo<S: Service>: Send + 'static {
    /// Converts the value to the service's own type of infos.
    fn into_info(self) -> S::Info;
}
