//! Shows the state of a run on standard error: the current scenario and round, and the rest.

use std::time::{Duration, Instant};

/// How long each part of the run is expected to take, and how long it took so far.
#[derive(Debug)]
pub struct Progress {
    begun: Instant,
    /// Expected seconds, of the parts that are done and of all.
    done: f64,
    total: f64,
}

impl Progress {
    /// Begins a run of `total` expected seconds.
    #[must_use]
    pub fn new(total: f64) -> Self {
        Self { begun: Instant::now(), done: 0.0, total }
    }

    /// Adds a part that was expected to take `seconds`, and shows a line with the time that is left.
    pub fn part(&mut self, seconds: f64, text: &str) {
        self.done += seconds;
        let (gone, left) = (self.begun.elapsed(), self.left());
        eprintln!("  {text} | {} gone, about {} left", clock(gone), clock(left));
    }

    /// The time that is left, if the rest is off by the same factor as the parts that are done.
    fn left(&self) -> Duration {
        let left = (self.total - self.done).max(0.0);
        let factor = if self.done > 0.0 { self.begun.elapsed().as_secs_f64() / self.done } else { 1.0 };
        Duration::from_secs_f64(left * factor)
    }
}

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

/// A number with commas between thousands.
#[must_use]
pub fn thousands(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    let sign = if number < 0.0 && digits != "0" { "-" } else { "" };
    sign.to_owned() + &groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        for (number, text) in [(0.0, "0"), (999.4, "999"), (1000.0, "1,000"), (-1_234_567.0, "-1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }
}
