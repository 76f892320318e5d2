//! The key of a service.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The key of a service: the value of the path parameter that `per` names. `#[init]` takes it. It dereferences to `str`.
///
/// ```
/// use ws_core::prelude::*;
///
/// /// One auction for each lot.
/// #[service("/auction/{lot}", per = "lot")]
/// struct Auction {
///     lot: ServiceKey,
///     price: u64,
/// }
///
/// #[service]
/// impl Auction {
///     #[init]
///     fn begin(lot: ServiceKey) -> Self {
///         Self { lot, price: 0 }
///     }
///
///     #[join]
///     fn join(&mut self, member: &Member<Self>) {
///         member.send(format!("lot {} is at {}", self.lot, self.price));
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceKey(pub(crate) Arc<str>);

impl ServiceKey {
    /// Returns the key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for ServiceKey {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ServiceKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ServiceKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
