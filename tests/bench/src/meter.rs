//! CPU time and memory, from `/proc`.

use std::fs;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// Measures a server, and the thread that calls.
#[derive(Clone, Debug)]
pub struct Meter {
    pid: u32,
}

/// The CPU time up to a moment.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    at: Instant,
    server: Duration,
    load: Duration,
    machine: Duration,
}

/// CPU time, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// The time that passed.
    pub seconds: f64,
    /// Of the server.
    pub server: f64,
    /// Of the thread that generated the load.
    pub load: f64,
    /// Of everything else on the machine.
    pub other: f64,
}

impl Usage {
    /// The cores that other programs used.
    #[must_use]
    pub fn others(&self) -> f64 {
        self.other / self.seconds
    }
}

impl Meter {
    #[must_use]
    pub const fn new(pid: u32) -> Self {
        Self { pid }
    }

    /// Reads the clocks.
    ///
    /// # Errors
    /// The server has ended.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let load = Duration::try_from(clock_gettime(ClockId::ThreadCPUTime))?;
        Ok(Snapshot { machine: machine()?, server: self.cpu()?, load, at: Instant::now() })
    }

    /// The CPU time of the server, user and system, of all threads that run.
    fn cpu(&self) -> Result<Duration> {
        let mut sum = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.pid)).map_err(|_| "the server has ended")? {
            let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else {
                return self.cpu_in_ticks();
            };
            sum += number(text.split(' ').next())?;
        }
        Ok(Duration::from_nanos(sum))
    }

    /// The same in units of 10 ms, for kernels without `schedstat`.
    fn cpu_in_ticks(&self) -> Result<Duration> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let (_, fields) = text.rsplit_once(") ").ok_or("an unknown format of /proc/PID/stat")?;
        let mut fields = fields.split(' ').skip(11);
        Ok(ticks(number(fields.next())? + number(fields.next())?))
    }

    /// The resident memory of the server, in bytes.
    ///
    /// # Errors
    /// The server has ended.
    pub fn memory(&self) -> Result<u64> {
        // `smaps_rollup` is exact. `status` sums counters of each core, which may be late.
        for (file, field) in [("smaps_rollup", "Rss:"), ("status", "VmRSS:")] {
            let Ok(text) = fs::read_to_string(format!("/proc/{}/{file}", self.pid)) else { continue };
            if let Some(line) = text.lines().find_map(|line| line.strip_prefix(field)) {
                return Ok(number(line.split_whitespace().next())? * 1024);
            }
        }
        Err("the server has ended".into())
    }
}

impl Snapshot {
    /// The usage from `first` to this moment.
    #[must_use]
    pub fn since(&self, first: &Self) -> Usage {
        let (server, load) = (self.server.saturating_sub(first.server), self.load.saturating_sub(first.load));
        let other = self.machine.saturating_sub(first.machine).saturating_sub(server + load);
        Usage {
            seconds: (self.at - first.at).as_secs_f64(),
            server: server.as_secs_f64(),
            load: load.as_secs_f64(),
            other: other.as_secs_f64(),
        }
    }
}

/// The time in which the cores of the machine were busy, or lent to others.
fn machine() -> Result<Duration> {
    let text = fs::read_to_string("/proc/stat")?;
    let fields: Vec<u64> =
        text.lines().next().unwrap_or_default().split_whitespace().skip(1).flat_map(str::parse).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal: the last is the time that a virtual machine had to wait.
    let busy = [0, 1, 2, 5, 6, 7].iter().filter_map(|field| fields.get(*field)).sum();
    Ok(ticks(busy))
}

fn ticks(count: u64) -> Duration {
    Duration::from_millis(count * 1000 / rustix::param::clock_ticks_per_second())
}

fn number(text: Option<&str>) -> Result<u64> {
    Ok(text.ok_or("a number is missing in /proc")?.trim().parse()?)
}
