//! How long a service with a key goes on without members.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// No more services of a type than this linger: clients choose the keys, and may choose a new one each time. Further ones
/// end at once.
const MOST: usize = 10_000;

#[derive(Default)]
pub(super) struct Linger {
    /// Not set if a service of this type has no key, and runs as long as the app.
    after: OnceLock<Duration>,
    lingering: AtomicUsize,
}

impl Linger {
    /// Makes this a type with a service for each key. Only the first call has an effect.
    pub(super) fn set(&self, after: Duration) {
        let _ = self.after.set(after);
    }

    pub(super) fn is_keyed(&self) -> bool {
        self.after.get().is_some()
    }

    /// Returns how long a service without members goes on, and its place among those.
    pub(super) fn begin(self: &Arc<Self>) -> (Duration, Option<Lingering>) {
        let after = self.after.get().copied().unwrap_or_default();
        if after.is_zero() {
            return (after, None);
        }
        let before = self.lingering.fetch_add(1, Ordering::Relaxed);
        let place = Lingering(self.clone());
        if before < MOST { (after, Some(place)) } else { (Duration::ZERO, None) }
    }
}

/// The place of a service that has no members.
pub(super) struct Lingering(Arc<Linger>);

impl Drop for Lingering {
    fn drop(&mut self) {
        self.0.lingering.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_services_linger() {
        let linger = Arc::new(Linger::default());
        linger.set(Duration::from_secs(9));
        let mut places: Vec<_> = (0..MOST).map(|_| linger.begin()).collect();
        assert!(places.iter().all(|(after, place)| *after == Duration::from_secs(9) && place.is_some()));
        assert_eq!(linger.begin().0, Duration::ZERO);
        places.pop();
        assert_eq!(linger.begin().0, Duration::from_secs(9));
    }
}
