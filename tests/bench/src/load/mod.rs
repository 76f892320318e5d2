//! The load generator. It must cost much less for each message than the servers do: it sends frames that are built and
//! masked beforehand, and of the answers it reads the frame headers only. In reading order: the four kinds of load
//! ([`echo`], [`fan_out`], [`connect`], [`idle`]), then their parts ([`message`], [`frames`], [`parser`], [`socket`],
//! [`poll`], [`window`]).

pub mod connect;
pub mod echo;
pub mod fan_out;
pub mod frames;
pub mod idle;
pub mod message;
pub mod parser;
pub mod poll;
pub mod socket;
pub mod window;

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::meter::{Meter, Usage};

/// A server that stays silent for this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A kind of load, with its parameters.
#[derive(Clone, Debug)]
pub enum Load {
    Echo(echo::Echo),
    FanOut(fan_out::FanOut),
    Connect(connect::Connect),
    Idle(idle::Idle),
}

/// The parameters of a run that do not depend on the scenario.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Load that is not measured.
    pub warm_up: Duration,
    /// Load that is measured.
    pub measured: Duration,
    /// Whether to compare each byte of the answers with the message. Costs time in the generator.
    pub verify: bool,
}

/// The figures of one run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Messages, deliveries or connections in the measured time.
    pub count: u64,
    /// The CPU time in that time, in seconds.
    pub usage: Usage,
    /// Latency in microseconds: the median and the 99th percentile.
    pub p50: f64,
    pub p99: f64,
    /// Bytes that the server sent for each message, with frame headers.
    pub wire: f64,
    /// The extension that the server negotiated.
    pub extension: Option<String>,
    /// Memory for each connection, in bytes.
    pub memory: Option<f64>,
}

impl Load {
    /// Runs the load against the server at `port`.
    ///
    /// # Errors
    /// The server refused or closed a connection, was silent for 10 s, or sent a wrong answer.
    pub fn run(&self, port: u16, timing: &Timing, meter: &mut Meter) -> Result<Figures> {
        match self {
            Self::Echo(echo) => echo.run(port, timing, meter),
            Self::FanOut(fan_out) => fan_out.run(port, timing, meter),
            Self::Connect(connect) => connect.run(port, timing, meter),
            Self::Idle(idle) => idle.run(port, timing, meter),
        }
    }

    /// The path of the server that the load uses.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        if matches!(self, Self::FanOut(_)) { "/fanout" } else { "/echo" }
    }

    /// Whether the load compresses.
    #[must_use]
    pub fn compresses(&self) -> bool {
        matches!(self, Self::Echo(echo) if echo.message.deflate)
    }
}

/// The counts of the measured time.
pub(crate) struct Tally {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
    latency: Histogram<u64>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        let latency = Histogram::new_with_bounds(1, 120_000_000_000, 3).expect("valid bounds");
        Self { count: 0, bytes: 0, latency }
    }

    /// Counts `count` messages that took `latency`.
    pub(crate) fn add(&mut self, count: u64, latency: Duration) {
        self.count += count;
        self.latency.saturating_record_n(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX).max(1), count);
    }

    pub(crate) fn figures(&self, usage: Usage) -> Result<Figures> {
        if self.count == 0 {
            return Err("the server answered no message in the measured time".into());
        }
        #[expect(clippy::cast_precision_loss, reason = "microseconds and bytes, for people")]
        Ok(Figures {
            count: self.count,
            usage,
            p50: self.latency.value_at_quantile(0.5) as f64 / 1e3,
            p99: self.latency.value_at_quantile(0.99) as f64 / 1e3,
            wire: self.bytes as f64 / self.count as f64,
            ..Figures::default()
        })
    }
}
