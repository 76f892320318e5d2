//! Fan-out: one connection publishes, and all of them receive. Each message carries its number and the time at which it
//! was published.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::frames;
use super::message::Message;
use super::parser::{Frame, Parser, Receive};
use super::poll::Poll;
use super::socket;
use super::window::{Phase, Window};
use super::{Figures, PATIENCE, Tally, Timing};
use crate::error::Result;
use crate::meter::{Meter, Usage};

/// The most messages that are on their way. A server that lags behind this far has failed.
const AHEAD: usize = 4096;
const MASK: [u8; 4] = [0x5A, 0x17, 0xC3, 0x88];
/// The bytes of a payload with the number and the time.
const STAMP: usize = 16;

/// When to publish.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// So that this many messages have not reached all subscribers.
    Window(u64),
    /// So many messages per second.
    Rate(u32),
}

/// The parameters of a fan-out.
#[derive(Clone, Copy, Debug)]
pub struct FanOut {
    pub connections: usize,
    /// Bytes of a message, 16 at least.
    pub size: usize,
    pub pace: Pace,
}

impl FanOut {
    pub(super) fn run(&self, port: u16, timing: &Timing, meter: &mut Meter) -> Result<Figures> {
        let opened = socket::open_all(port, "/fanout", false, self.connections)?;
        // A peer may subscribe after its response.
        std::thread::sleep(Duration::from_millis(200));
        let mut running = Running::new(self, opened.into_iter().map(|opened| opened.stream).collect())?;
        let usage = running.run(timing.verify, Window::new(timing, meter))?;
        let figures = running.tally.figures(usage)?;
        for connection in running.connections {
            socket::reset(connection.stream);
        }
        Ok(figures)
    }
}

struct Connection {
    stream: TcpStream,
    parser: Parser,
    head: Head,
}

/// The part of a message that has arrived.
#[derive(Default)]
struct Head {
    stamp: [u8; STAMP],
    have: usize,
    /// The whole payload, to verify it.
    payload: Vec<u8>,
}

struct Running {
    fan_out: FanOut,
    connections: Vec<Connection>,
    poll: Poll,
    /// The frame to publish: its stamp changes, the rest does not.
    frame: Vec<u8>,
    payload: Vec<u8>,
    /// Bytes to write to the first connection.
    unsent: Vec<u8>,
    blocked: bool,
    begun: Instant,
    published: u64,
    /// How many connections each of the last messages has reached.
    reached: Vec<usize>,
    /// The messages that reached all connections.
    complete: u64,
    tally: Tally,
}

impl Running {
    fn new(fan_out: &FanOut, streams: Vec<TcpStream>) -> Result<Self> {
        let poll = Poll::new()?;
        for (number, stream) in streams.iter().enumerate() {
            poll.add(stream, number, false)?;
        }
        let payload = Message::binary(fan_out.size.max(STAMP)).payload(5);
        let mut frame = Vec::new();
        frames::push(&mut frame, 0x82, MASK, &payload);
        let connection = |stream| Connection { stream, parser: Parser::default(), head: Head::default() };
        Ok(Self {
            fan_out: *fan_out,
            connections: streams.into_iter().map(connection).collect(),
            poll,
            frame,
            payload,
            unsent: Vec::new(),
            blocked: false,
            begun: Instant::now(),
            published: 0,
            reached: vec![0; AHEAD],
            complete: 0,
            tally: Tally::new(),
        })
    }

    fn run(&mut self, verify: bool, mut window: Window) -> Result<Usage> {
        let mut buffer = vec![0; 256 << 10];
        let mut ready = Vec::with_capacity(512);
        let mut usage = None;
        let mut last = Instant::now();
        loop {
            let now = Instant::now();
            if now - last > PATIENCE {
                let missing = self.published * self.connections.len() as u64 - self.delivered();
                return Err(format!("{missing} deliveries are missing").into());
            }
            let mut wait = PATIENCE;
            match usage {
                // Everything that was published must arrive.
                Some(usage) if self.complete == self.published => return Ok(usage),
                Some(_) => {}
                None => match window.phase(now)? {
                    Phase::Running(left) => wait = left.min(self.publish(now)?),
                    Phase::Begun => {
                        self.tally = Tally::new();
                        continue;
                    }
                    Phase::Over(whole) => usage = Some(whole),
                },
            }
            self.flush()?;
            self.poll.wait(wait.min(Duration::from_millis(500)), &mut ready)?;
            for ready in &ready {
                if ready.writable {
                    self.blocked = false;
                }
                if ready.readable {
                    last = Instant::now();
                    self.receive(ready.number, &mut buffer, last, usage.is_none(), verify)?;
                }
            }
        }
    }

    fn delivered(&self) -> u64 {
        let outstanding = self.complete..self.published;
        let partial: usize = outstanding.map(|number| self.reached[slot(number)]).sum();
        self.complete * self.connections.len() as u64 + partial as u64
    }

    /// Publishes the messages that are due, and returns the time until the next.
    fn publish(&mut self, now: Instant) -> Result<Duration> {
        loop {
            let due = match self.fan_out.pace {
                Pace::Window(window) if self.published - self.complete >= window => return Ok(PATIENCE),
                Pace::Window(_) => now,
                Pace::Rate(rate) => {
                    let number = u32::try_from(self.published)?;
                    self.begun + Duration::from_secs(1) * number / rate
                }
            };
            if due > now {
                return Ok(due - now);
            }
            if self.published - self.complete >= AHEAD as u64 {
                return Err("the server does not keep up with the publisher".into());
            }
            let at = u64::try_from((due - self.begun).as_nanos())?;
            let stamp = self.published.to_le_bytes().into_iter().chain(at.to_le_bytes());
            let start = self.frame.len() - self.payload.len();
            for (at, byte) in stamp.enumerate() {
                self.frame[start + at] = byte ^ MASK[at % 4];
            }
            self.unsent.extend(&self.frame);
            self.reached[slot(self.published)] = 0;
            self.published += 1;
        }
    }

    fn flush(&mut self) -> Result {
        if self.unsent.is_empty() || self.blocked {
            return Ok(());
        }
        let publisher = &mut self.connections[0].stream;
        match publisher.write(&self.unsent) {
            Ok(count) => drop(self.unsent.drain(..count)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(format!("the server ended the publisher: {error}").into()),
        }
        self.blocked = !self.unsent.is_empty();
        self.poll.set_write(&*publisher, 0, self.blocked)
    }

    fn receive(
        &mut self,
        number: usize,
        buffer: &mut [u8],
        now: Instant,
        counts: bool,
        verify: bool,
    ) -> Result {
        let connections = self.connections.len();
        let Connection { stream, parser, head } = &mut self.connections[number];
        let count = match stream.read(buffer) {
            Ok(0) => return Err("the server closed a connection".into()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(format!("the server ended a connection: {error}").into()),
        };
        let mut receiver = Receiver {
            head,
            size: self.payload.len(),
            expected: verify.then_some(&self.payload[..]),
            reached: &mut self.reached,
            published: self.published,
            complete: &mut self.complete,
            connections,
            now: u64::try_from((now - self.begun).as_nanos())?,
            tally: counts.then_some(&mut self.tally),
            wrong: None,
        };
        parser.feed(&buffer[..count], &mut receiver);
        let wrong = receiver.wrong;
        if counts {
            self.tally.bytes += count as u64;
        }
        wrong.map_or(Ok(()), |wrong| Err(wrong.into()))
    }
}

/// The place of message `number` in `reached`.
fn slot(number: u64) -> usize {
    usize::try_from(number % AHEAD as u64).expect("less than AHEAD")
}

struct Receiver<'r> {
    head: &'r mut Head,
    size: usize,
    expected: Option<&'r [u8]>,
    reached: &'r mut [usize],
    published: u64,
    complete: &'r mut u64,
    connections: usize,
    now: u64,
    tally: Option<&'r mut Tally>,
    wrong: Option<&'static str>,
}

impl Receive for Receiver<'_> {
    fn payload(&mut self, bytes: &[u8]) {
        let head = &mut *self.head;
        let count = (STAMP - head.have).min(bytes.len());
        head.stamp[head.have..head.have + count].copy_from_slice(&bytes[..count]);
        head.have += count;
        if self.expected.is_some() {
            head.payload.extend(bytes);
        }
    }

    fn frame(&mut self, frame: Frame) {
        let payload = std::mem::take(&mut self.head.payload);
        let have = std::mem::take(&mut self.head.have);
        if frame.is_control() {
            return;
        }
        let [number, at] = [0, 8].map(|from| {
            u64::from_le_bytes(*self.head.stamp[from..].first_chunk().expect("the stamp is that long"))
        });
        let outstanding = self.published.saturating_sub(AHEAD as u64)..self.published;
        if frame.opcode() != 2 || !frame.is_final() || frame.length != self.size as u64 {
            self.wrong = Some("the server delivered another message");
        } else if have < STAMP || !outstanding.contains(&number) {
            self.wrong = Some("the server delivered a message that was not published");
        } else if self.expected.is_some_and(|expected| expected[STAMP..] != payload[STAMP..]) {
            self.wrong = Some("the server delivered other bytes");
        } else {
            let reached = &mut self.reached[slot(number)];
            *reached += 1;
            if *reached == self.connections {
                *self.complete += 1;
            }
            if let Some(tally) = &mut self.tally {
                tally.add(1, Duration::from_nanos(self.now.saturating_sub(at)));
            }
        }
    }
}
