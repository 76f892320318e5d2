//! The measured part of a run: after the warm-up, for a fixed time.

use std::time::{Duration, Instant};

use super::Timing;
use crate::error::Result;
use crate::meter::{Meter, Snapshot, Usage};

/// When the measured time begins and ends.
pub(crate) struct Window<'m> {
    meter: &'m mut Meter,
    begins: Instant,
    ends: Instant,
    first: Option<Snapshot>,
}

/// Where a run is.
pub(crate) enum Phase {
    /// In the warm-up or in the measured time, for this long at least.
    Running(Duration),
    /// The measured time has just begun: counts start at zero.
    Begun,
    /// The measured time is over.
    Over(Usage),
}

impl<'m> Window<'m> {
    pub(crate) fn new(timing: &Timing, meter: &'m mut Meter) -> Self {
        let begins = Instant::now() + timing.warm_up;
        Self { meter, begins, ends: begins + timing.measured, first: None }
    }

    pub(crate) fn phase(&mut self, now: Instant) -> Result<Phase> {
        let next = if self.first.is_some() { self.ends } else { self.begins };
        if now < next {
            return Ok(Phase::Running(next - now));
        }
        let snapshot = self.meter.snapshot()?;
        if let Some(first) = self.first.take() {
            return Ok(Phase::Over(snapshot.since(&first)));
        }
        self.first = Some(snapshot);
        Ok(Phase::Begun)
    }
}
