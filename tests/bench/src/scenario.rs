//! The scenarios, in the order of the report.

use crate::load::Load;
use crate::load::connect::Connect;
use crate::load::echo::Echo;
use crate::load::fan_out::{FanOut, Pace};
use crate::load::idle::Idle;
use crate::load::message::{Content, Message};
use crate::target::Target;

/// A load with a name.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub title: &'static str,
    pub load: Load,
    pub target: Option<Target>,
}

/// The figure that the servers are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Messages, deliveries or connections for each second of the server's CPU time.
    PerCpuSecond(&'static str),
    /// Bytes of memory for each connection.
    Memory,
}

impl Scenario {
    #[must_use]
    pub const fn measure(&self) -> Measure {
        match self.load {
            Load::Echo(_) => Measure::PerCpuSecond("messages"),
            Load::FanOut(_) => Measure::PerCpuSecond("deliveries"),
            Load::Connect(_) => Measure::PerCpuSecond("connections"),
            Load::Idle(_) => Measure::Memory,
        }
    }

    fn beside(self, server: &'static str, ratio: f64) -> Self {
        Self { target: Some(Target::Times { server, ratio }), ..self }
    }

    fn within(self, bytes: f64) -> Self {
        Self { target: Some(Target::Bytes(bytes)), ..self }
    }

    /// Whether the load leaves the server time to rest, so that the generator cannot be the limit.
    #[must_use]
    pub const fn is_paced(&self) -> bool {
        match &self.load {
            Load::Echo(echo) => echo.rate.is_some(),
            Load::FanOut(fan_out) => matches!(fan_out.pace, Pace::Rate(_)),
            Load::Connect(_) => false,
            Load::Idle(_) => true,
        }
    }
}

const fn echo(connections: usize, message: Message, in_flight: usize) -> Load {
    Load::Echo(Echo { connections, message, in_flight, rate: None })
}

const fn deflate(connections: usize, size: usize, in_flight: usize) -> Load {
    echo(connections, Message { content: Content::Ascii, size, deflate: true }, in_flight)
}

/// All scenarios.
#[must_use]
pub fn all() -> Vec<Scenario> {
    let scenario = |name, title, load| Scenario { name, title, load, target: None };
    let binary = Message::binary;
    let utf8 = Message { content: Content::Utf8, size: 1024, deflate: false };
    let rate = Echo { connections: 64, message: binary(64), in_flight: 1, rate: Some(10_000) };
    let fan_out = |size, pace| Load::FanOut(FanOut { connections: 1000, size, pace });
    let idle = |connections, echo| Load::Idle(Idle { connections, echo });
    vec![
        scenario("echo-1", "Echo of 64 B, 1 connection", echo(1, binary(64), 1)),
        scenario("echo-64", "Echo of 64 B, 64 connections", echo(64, binary(64), 1))
            .beside("fastwebsockets", 1.03),
        scenario("echo-64-burst", "Echo of 64 B, 64 connections, 16 in flight", echo(64, binary(64), 16))
            .beside("tokio-tungstenite, batched", 1.35),
        scenario("echo-1k", "Echo of 1 KiB, 64 connections", echo(64, binary(1024), 1))
            .beside("fastwebsockets", 1.02),
        scenario("echo-utf8", "Echo of 1 KiB of UTF-8, 64 connections, 4 in flight", echo(64, utf8, 4))
            .beside("tokio-tungstenite, batched", 1.5),
        scenario("echo-1000", "Echo of 64 B, 1,000 connections", echo(1000, binary(64), 1))
            .beside("tokio-tungstenite, batched", 1.1),
        scenario("echo-64k", "Echo of 64 KiB, 16 connections, 2 in flight", echo(16, binary(65_536), 2))
            .beside("tokio-websockets", 0.98),
        scenario("echo-1m", "Echo of 1 MB, 4 connections", echo(4, binary(1_000_000), 1))
            .beside("tokio-websockets", 0.95),
        scenario("echo-rate", "Echo of 64 B, 64 connections, 10,000 a second", Load::Echo(rate)),
        scenario("fanout", "Fan-out of 64 B to 1,000, 4 in flight", fan_out(64, Pace::Window(4)))
            .beside("tokio-tungstenite, batched", 1.4),
        scenario("fanout-rate", "Fan-out of 64 B to 1,000, 50 a second", fan_out(64, Pace::Rate(50))),
        scenario("fanout-4k", "Fan-out of 4 KiB to 1,000, 2 in flight", fan_out(4096, Pace::Window(2)))
            .beside("tokio-tungstenite, batched", 1.25),
        scenario(
            "connect",
            "Connect, echo and close, 16 at a time",
            Load::Connect(Connect { concurrent: 16 }),
        )
        .beside("tokio-websockets", 0.92),
        scenario("deflate-1k", "Compressed echo of 1 KiB, 64 connections, 4 in flight", deflate(64, 1024, 4))
            .beside("yawc", 4.5),
        scenario("deflate-16k", "Compressed echo of 16 KiB, 16 connections", deflate(16, 16_384, 1)),
        scenario("idle", "Memory of an idle connection after an echo of 64 B", idle(10_000, 64))
            .within(1400.0),
        scenario("idle-used", "Memory of an idle connection after an echo of 100 KB", idle(1000, 100_000))
            .within(1656.0),
    ]
}
