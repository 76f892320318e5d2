//! The setting of the server's pings.

use std::time::Duration;

/// The interval of the server's pings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Heartbeat {
    /// 25 s, and at most half of the idle timeout.
    #[default]
    Automatic,
    /// No pings.
    Off,
    /// This interval, or half of the idle timeout if that is not longer.
    Every(Duration),
}

impl Heartbeat {
    const DEFAULT: Duration = Duration::from_secs(25);
    /// The shortest interval.
    pub(crate) const SHORTEST: Duration = Duration::from_millis(10);

    /// Converts from the setting of a user, where `None` turns pings off.
    #[must_use]
    pub const fn of(every: Option<Duration>) -> Self {
        match every {
            Some(every) => Self::Every(every),
            None => Self::Off,
        }
    }

    /// Returns the interval for a connection with this idle timeout. A silent client gets at least one ping before it is
    /// idle.
    pub(crate) fn interval(self, idle: Option<Duration>) -> Option<Duration> {
        let half = idle.map_or(Duration::MAX, |idle| idle / 2);
        let every = match self {
            Self::Automatic => Self::DEFAULT.min(half),
            Self::Every(_) if self.is_too_long(idle) => half,
            Self::Every(every) => every,
            Self::Off => return None,
        };
        Some(every.max(Self::SHORTEST))
    }

    /// Returns whether a client that answers each ping could still be idle. That is so only for an interval that a user
    /// set.
    pub(crate) fn is_too_long(self, idle: Option<Duration>) -> bool {
        matches!((self, idle), (Self::Every(every), Some(idle)) if every >= idle && idle < Duration::MAX)
    }
}
