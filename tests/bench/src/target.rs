//! What we want to reach in a scenario. Whether we do is a table of the report.

use std::fmt::{self, Display, Formatter};

/// Within this share, a ratio counts as reached: the machines are not quieter.
const EQUAL: f64 = 0.03;

/// A goal for the figures of ws-core.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At least this many times the work of another server, with the same CPU time.
    Times { server: &'static str, ratio: f64 },
    /// At most this many bytes for a connection.
    Bytes(f64),
}

impl Target {
    /// The server that ours is compared with, if it is compared with one.
    #[must_use]
    pub const fn server(&self) -> Option<&'static str> {
        match self {
            Self::Times { server, .. } => Some(server),
            Self::Bytes(_) => None,
        }
    }

    /// Whether a ratio, or a number of bytes, reaches the target.
    #[must_use]
    pub fn is_met(&self, figure: f64) -> bool {
        match self {
            Self::Times { ratio, .. } => figure >= ratio * (1.0 - EQUAL),
            Self::Bytes(bytes) => figure <= *bytes,
        }
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times { server, ratio } => write!(f, "{ratio:.2} × {server}"),
            Self::Bytes(bytes) => write!(f, "{bytes:.0} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_per_cent_count_as_equal() {
        let target = Target::Times { server: "yawc", ratio: 2.0 };
        assert!(target.is_met(2.5) && target.is_met(1.95) && !target.is_met(1.9));
        assert!(Target::Bytes(1400.0).is_met(1400.0) && !Target::Bytes(1400.0).is_met(1401.0));
    }
}
