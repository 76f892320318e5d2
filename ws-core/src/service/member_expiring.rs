//! The notice that a member's connection is about to expire.

use std::fmt;
use std::time::Duration;

use super::actor_message::Erased;
use super::member::Member;
use super::service::Service;
use super::service_info::ServiceInfo;
use crate::connection::{Expiring, Expiry, Notice};

/// The info that a service receives some time before the connection of a member expires, if it asks for it with
/// [`Member::notify_expiring`].
pub struct MemberExpiring<S: Service> {
    member: Member<S>,
    expiring: Expiring,
}

impl<S: Service> MemberExpiring<S> {
    /// Returns the member.
    #[must_use]
    pub const fn member(&self) -> &Member<S> {
        &self.member
    }

    /// Returns the time that is left.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.expiring.left()
    }

    /// Returns the time at which the connection closes, unless it is renewed.
    pub fn expiry(&self) -> Expiry {
        self.expiring.expiry()
    }
}

/// A notice on its way to the service, which knows the member.
struct MemberNotice<S: Service> {
    expiring: Expiring,
    into_info: fn(MemberExpiring<S>) -> S::Info,
}

/// Returns the notice that a connection sends `before` it expires.
pub(super) fn notice<S: Service>(before: Duration) -> Notice
where
    MemberExpiring<S>: ServiceInfo<S>,
{
    let info: fn(Expiring) -> Erased =
        |expiring| Box::new(MemberNotice::<S> { expiring, into_info: ServiceInfo::into_info });
    Notice { before, info }
}

/// Returns the info of a notice about `member`.
pub(super) fn into_info<S: Service>(notice: Erased, member: Member<S>) -> S::Info {
    let notice: Box<MemberNotice<S>> = notice.downcast().expect("a member's notice is one of its service");
    (notice.into_info)(MemberExpiring { member, expiring: notice.expiring })
}

impl<S: Service> fmt::Debug for MemberExpiring<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemberExpiring({:?}, {:?} left)", self.member, self.left())
    }
}
