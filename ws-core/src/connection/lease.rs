//! The time for which a connection may live: that of its client's credentials.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use super::mail::Info;
use crate::message::{Close, CloseCode};
use crate::shared::clock::Moment;

/// The time at which a connection closes, because its client's credentials expire. See
/// [`Upgrade::expires_at`](crate::Upgrade::expires_at).
///
/// The methods that take it also take a [`SystemTime`], an `Instant` of std or tokio, or a [`Duration`] from now; see
/// [`IntoExpiry`].
///
/// A time of the wall clock is converted once, when you create the value, into the time that is left. If somebody sets
/// the system's clock afterwards, the connection closes no earlier and no later. If the machine is suspended, that time
/// may not count, as on Linux. A time that has passed closes the connection at once.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use ws_core::Expiry;
///
/// // The `exp` of a JSON Web Token, in seconds.
/// let exp = 1_999_999_999;
/// let of_a_token = Expiry::unix(exp);
/// let of_a_session = Expiry::at(SystemTime::now() + Duration::from_secs(3600));
/// let soon = Expiry::after(Duration::from_secs(10));
/// assert!(soon < of_a_session && of_a_session < Expiry::NEVER);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Expiry(Option<Moment>);

impl Expiry {
    /// The connection does not expire.
    pub const NEVER: Self = Self(None);

    /// The connection expires at `time`.
    pub fn at(time: impl IntoExpiry) -> Self {
        time.into_expiry()
    }

    /// The connection expires after `delay`.
    pub fn after(delay: Duration) -> Self {
        Self(Some(Moment::now().later(delay)))
    }

    /// The connection expires this many seconds after 1970-01-01T00:00:00Z, as in the claim `exp` of a JSON Web Token.
    pub fn unix(seconds: u64) -> Self {
        // Without a `SystemTime`, which may overflow.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::after(Duration::from_secs(seconds).saturating_sub(now))
    }
}

/// A time at which a connection expires: a [`SystemTime`], an `Instant` of std or tokio, a [`Duration`] from now, or an
/// [`Expiry`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a time at which a connection can expire",
    label = "not a time",
    note = "for seconds since 1970, such as the `exp` of a JSON Web Token, write `Expiry::unix(seconds)`",
    note = "otherwise write a `SystemTime`, an `Instant`, or a `Duration` that begins now"
)]
pub trait IntoExpiry {
    /// Converts the time.
    fn into_expiry(self) -> Expiry;
}

impl IntoExpiry for Expiry {
    fn into_expiry(self) -> Expiry {
        self
    }
}

impl IntoExpiry for SystemTime {
    fn into_expiry(self) -> Expiry {
        Expiry::after(self.duration_since(Self::now()).unwrap_or_default())
    }
}

impl IntoExpiry for Instant {
    fn into_expiry(self) -> Expiry {
        Expiry(Some(self.into()))
    }
}

impl IntoExpiry for std::time::Instant {
    fn into_expiry(self) -> Expiry {
        Instant::from(self).into_expiry()
    }
}

impl IntoExpiry for Duration {
    fn into_expiry(self) -> Expiry {
        Expiry::after(self)
    }
}

impl PartialOrd for Expiry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Earlier times are less than later ones, and [`NEVER`](Expiry::NEVER) is the greatest.
impl Ord for Expiry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.is_none(), self.0).cmp(&(other.0.is_none(), other.0))
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(at) => write!(f, "Expiry(in {:?})", at.since(Moment::now())),
            None => f.write_str("Expiry(never)"),
        }
    }
}

/// The info that a handler receives some time before its connection expires, if it asks for it with
/// [`Upgrade::notify_expiring`](crate::Upgrade::notify_expiring) or
/// [`Context::notify_expiring`](crate::Context::notify_expiring).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiring {
    at: Moment,
}

impl Expiring {
    /// Returns the time that is left.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.at.since(Moment::now())
    }

    /// Returns the time at which the connection closes, unless it is renewed.
    pub fn expiry(&self) -> Expiry {
        Expiry(Some(self.at))
    }
}

/// When to notify a handler, and how its info is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notice {
    pub(crate) before: Duration,
    pub(crate) info: fn(Expiring) -> Info,
}

/// A change of a lease, which the connection's driver applies.
#[derive(Debug, Default)]
pub(crate) struct LeaseChange {
    pub(crate) expiry: Option<Expiry>,
    pub(crate) close: Option<Close>,
    pub(crate) notice: Option<Notice>,
}

impl From<Expiry> for LeaseChange {
    fn from(expiry: Expiry) -> Self {
        Self { expiry: Some(expiry), ..Self::default() }
    }
}

impl From<Close> for LeaseChange {
    fn from(close: Close) -> Self {
        Self { close: Some(close), ..Self::default() }
    }
}

impl From<Notice> for LeaseChange {
    fn from(notice: Notice) -> Self {
        Self { notice: Some(notice), ..Self::default() }
    }
}

impl LeaseChange {
    /// Applies a later change to this one. Returns the close frame that it replaces.
    pub(super) fn merge(&mut self, later: Self) -> Option<Close> {
        self.expiry = later.expiry.or(self.expiry);
        self.notice = later.notice.or(self.notice);
        later.close.and_then(|close| self.close.replace(close))
    }
}

/// The lease of a connection, as its driver keeps it.
#[derive(Default)]
pub(super) struct Lease {
    ends: Option<Moment>,
    close: Option<Close>,
    notice: Option<Notice>,
    notified: bool,
}

/// The outcome of a lease's deadline.
#[derive(Debug)]
pub(super) enum LeaseDue {
    Notice(Info),
    End(Close),
}

impl Lease {
    pub(super) fn apply(&mut self, change: LeaseChange) {
        if let Some(Expiry(ends)) = change.expiry {
            self.ends = ends;
            self.notified = false;
        }
        if let Some(notice) = change.notice {
            self.notice = Some(notice);
            self.notified = false;
        }
        self.close = change.close.or(self.close.take());
    }

    /// Returns the time of the next deadline.
    pub(super) fn next(&self) -> Option<Moment> {
        let ends = self.ends?;
        Some(self.notice_at(ends).unwrap_or(ends))
    }

    fn notice_at(&self, ends: Moment) -> Option<Moment> {
        let notice = self.notice.filter(|_| !self.notified)?;
        let now = Moment::now();
        Some(now.later(ends.since(now).saturating_sub(notice.before)))
    }

    /// Returns the deadline that has passed.
    pub(super) fn due(&mut self, now: Moment) -> Option<LeaseDue> {
        let ends = self.ends?;
        if ends <= now {
            let close = self.close.take();
            return Some(LeaseDue::End(
                close.unwrap_or_else(|| Close::new(CloseCode::UNAUTHORIZED, "the credentials have expired")),
            ));
        }
        let is_due = |notice: &Notice| !self.notified && now.later(notice.before) >= ends;
        let notice = self.notice.filter(is_due)?;
        self.notified = true;
        Some(LeaseDue::Notice((notice.info)(Expiring { at: ends })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_past_and_of_the_far_future_are_no_panic() {
        let now = Expiry::after(Duration::ZERO);
        for past in [Expiry::unix(0), Expiry::at(UNIX_EPOCH), Expiry::unix(1)] {
            assert!(past.0.unwrap() <= Moment::now(), "{past:?}");
        }
        for future in [Expiry::unix(u64::MAX), Expiry::after(Duration::MAX), Expiry::NEVER] {
            assert!(future > now, "{future:?}");
        }
        assert!(Expiry::unix(u64::MAX) < Expiry::NEVER);
    }

    #[test]
    fn a_notice_comes_once_for_each_renewal() {
        let now = Moment::now();
        let minutes = |count: u64| now.later(Duration::from_secs(60 * count));
        let mut lease = Lease::default();
        assert!(lease.next().is_none() && lease.due(now).is_none());
        lease.apply(Expiry(Some(minutes(10))).into());
        let info: fn(Expiring) -> Info = |expiring| Box::new(expiring);
        lease.apply(Notice { before: Duration::from_secs(60), info }.into());
        assert_eq!(lease.next(), Some(minutes(9)));
        assert!(lease.due(minutes(8)).is_none());
        assert!(matches!(lease.due(minutes(9)), Some(LeaseDue::Notice(_))));
        assert!(lease.due(minutes(9)).is_none());
        assert_eq!(lease.next(), Some(minutes(10)));
        lease.apply(Expiry(Some(minutes(20))).into());
        assert_eq!(lease.next(), Some(minutes(19)));
        // One that expires within the time of the notice is notified at once.
        assert!(matches!(lease.due(minutes(19)), Some(LeaseDue::Notice(_))));
        lease.apply(Expiry(Some(minutes(20))).into());
        assert!(matches!(lease.due(minutes(19)), Some(LeaseDue::Notice(_))));
        let Some(LeaseDue::End(close)) = lease.due(minutes(20)) else { panic!("no end") };
        assert_eq!((close.code(), close.reason()), (CloseCode::UNAUTHORIZED, "the credentials have expired"));
        lease.apply(Expiry::NEVER.into());
        assert!(lease.due(minutes(100)).is_none());
    }
}
