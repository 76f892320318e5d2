//! Echo: every connection keeps some messages in flight, or sends at a fixed rate.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use flate2::{Decompress, FlushDecompress};
use rustix::net::{RecvFlags, recv};

use super::frames::Frames;
use super::message::Message;
use super::parser::{Frame, Parser, Receive};
use super::poll::Poll;
use super::socket::{self, Opened};
use super::window::{Phase, Window};
use super::{Figures, PATIENCE, Tally, Timing};
use crate::error::Result;
use crate::meter::Meter;

/// The payloads of larger messages are not copied out of the kernel.
const LARGE: usize = 16 << 10;

/// The parameters of an echo.
#[derive(Clone, Copy, Debug)]
pub struct Echo {
    pub connections: usize,
    pub message: Message,
    /// The number of messages that each connection sends before it waits for an answer.
    pub in_flight: usize,
    /// Messages per second over all connections, instead of a number in flight.
    pub rate: Option<u32>,
}

impl Echo {
    pub(super) fn run(&self, port: u16, timing: &Timing, meter: &mut Meter) -> Result<Figures> {
        let deflate = self.message.deflate;
        let opened = socket::open_all(port, "/echo", deflate, self.connections)?;
        let extension = opened.first().and_then(|opened| opened.extension.clone());
        if deflate && !extension.as_ref().is_some_and(|extension| extension.contains("permessage-deflate")) {
            return Err("the server did not negotiate permessage-deflate".into());
        }
        let frames = Frames::new(&self.message, self.in_flight);
        let mut running = Running {
            poll: Poll::new()?,
            buffer: vec![0; 256 << 10],
            skips: self.message.size >= LARGE && !timing.verify && !deflate,
            echo: self,
            frames: &frames,
            verify: timing.verify,
            tally: Tally::new(),
        };
        let mut connections: Vec<Connection> = opened.into_iter().map(Connection::new).collect();
        for (number, connection) in connections.iter().enumerate() {
            running.poll.add(&connection.stream, number, false)?;
        }
        let usage = running.run(&mut connections, Window::new(timing, meter))?;
        let figures = running.tally.figures(usage)?;
        for connection in connections {
            socket::reset(connection.stream);
        }
        Ok(Figures { extension, ..figures })
    }
}

struct Connection {
    stream: TcpStream,
    parser: Parser,
    answer: Answer,
    /// The frame to send next, and how much of it is sent.
    next: usize,
    offset: usize,
    /// The number of frames to send.
    pending: usize,
    /// Whether the socket is full.
    blocked: bool,
    /// When messages were sent that are not answered, and how many.
    sent: VecDeque<(Instant, u64)>,
}

/// The answer that is being received.
#[derive(Default)]
struct Answer {
    /// The message that it answers.
    number: usize,
    opcode: u8,
    length: u64,
    compressed: bool,
    payload: Vec<u8>,
}

impl Connection {
    fn new(opened: Opened) -> Self {
        Self {
            stream: opened.stream,
            parser: Parser::default(),
            answer: Answer::default(),
            next: 0,
            offset: 0,
            pending: 0,
            blocked: false,
            sent: VecDeque::new(),
        }
    }
}

struct Running<'e> {
    poll: Poll,
    buffer: Vec<u8>,
    skips: bool,
    echo: &'e Echo,
    frames: &'e Frames,
    verify: bool,
    tally: Tally,
}

impl Running<'_> {
    fn run(&mut self, connections: &mut [Connection], mut window: Window) -> Result<crate::meter::Usage> {
        let begun = Instant::now();
        let mut last = begun;
        let mut scheduled = 0_u32;
        if self.echo.rate.is_none() {
            for (number, connection) in connections.iter_mut().enumerate() {
                self.send(number, connection, begun, self.echo.in_flight)?;
            }
        }
        let mut ready = Vec::with_capacity(512);
        loop {
            let now = Instant::now();
            let mut wait = match window.phase(now)? {
                Phase::Running(wait) => wait,
                Phase::Begun => {
                    self.tally = Tally::new();
                    continue;
                }
                Phase::Over(usage) => return Ok(usage),
            };
            if now - last > PATIENCE {
                return Err("the server has sent nothing for 10 s".into());
            }
            if let Some(rate) = self.echo.rate {
                // Latency counts from the moment at which a message was due, even if it was sent later.
                loop {
                    let due = begun + Duration::from_secs(1) * scheduled / rate;
                    if due > now {
                        wait = wait.min(due - now);
                        break;
                    }
                    let number = scheduled as usize % connections.len();
                    self.send(number, &mut connections[number], due, 1)?;
                    scheduled += 1;
                }
            }
            self.poll.wait(wait.min(PATIENCE), &mut ready)?;
            for ready in &ready {
                let connection = &mut connections[ready.number];
                if ready.readable {
                    let answered = self.receive(connection)?;
                    if answered > 0 {
                        last = Instant::now();
                        self.answered(connection, last, answered);
                        if self.echo.rate.is_none() {
                            self.send(ready.number, connection, last, answered)?;
                        }
                    }
                }
                if ready.writable {
                    self.flush(ready.number, connection)?;
                }
            }
        }
    }

    /// Sends `count` messages.
    fn send(&self, number: usize, connection: &mut Connection, at: Instant, count: usize) -> Result {
        connection.pending += count;
        connection.sent.push_back((at, count as u64));
        if connection.blocked { Ok(()) } else { self.flush(number, connection) }
    }

    fn flush(&self, number: usize, connection: &mut Connection) -> Result {
        let mut blocked = false;
        while connection.pending > 0 && !blocked {
            let bytes = &self.frames.bytes(connection.next, connection.pending)[connection.offset..];
            match connection.stream.write(bytes) {
                Ok(count) => {
                    blocked = count < bytes.len();
                    connection.advance(count, self.frames);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => blocked = true,
                Err(error) => return Err(format!("the server ended a connection: {error}").into()),
            }
        }
        if blocked != connection.blocked {
            connection.blocked = blocked;
            self.poll.set_write(&connection.stream, number, blocked)?;
        }
        Ok(())
    }

    /// Reads once, and returns the number of messages that were completed.
    fn receive(&mut self, connection: &mut Connection) -> Result<usize> {
        let mut receiver = Receiver {
            message: &self.echo.message,
            frames: self.frames,
            answer: &mut connection.answer,
            verify: self.verify,
            done: 0,
            wrong: None,
        };
        let left =
            usize::try_from(connection.parser.payload_left()).unwrap_or(usize::MAX).min(self.buffer.len());
        let read = if self.skips && left >= 1024 {
            // With TRUNC, the kernel drops these bytes of payload without copying them.
            let read = recv(&connection.stream, &mut self.buffer[..left], RecvFlags::TRUNC);
            read.map(|(_, count)| (count, true)).map_err(std::io::Error::from)
        } else {
            let room = if self.skips { 1024 } else { self.buffer.len() };
            connection.stream.read(&mut self.buffer[..room]).map(|count| (count, false))
        };
        let count = match read {
            Ok((0, _)) => return Err("the server closed a connection".into()),
            Ok((count, true)) => {
                connection.parser.skip(count as u64, &mut receiver);
                count
            }
            Ok((count, false)) => {
                connection.parser.feed(&self.buffer[..count], &mut receiver);
                count
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            Err(error) => return Err(format!("the server ended a connection: {error}").into()),
        };
        self.tally.bytes += count as u64;
        match receiver.wrong {
            Some(wrong) => Err(wrong.into()),
            None => Ok(receiver.done),
        }
    }

    fn answered(&mut self, connection: &mut Connection, now: Instant, count: usize) {
        let mut left = count as u64;
        while left > 0
            && let Some((at, sent)) = connection.sent.front_mut()
        {
            let count = left.min(*sent);
            self.tally.add(count, now.saturating_duration_since(*at));
            *sent -= count;
            left -= count;
            if *sent == 0 {
                connection.sent.pop_front();
            }
        }
    }
}

impl Connection {
    /// Records that `count` bytes of the pending frames were sent.
    fn advance(&mut self, count: usize, frames: &Frames) {
        self.offset += count;
        while self.pending > 0 && self.offset >= frames.size(self.next) {
            self.offset -= frames.size(self.next);
            self.next = (self.next + 1) % frames.len();
            self.pending -= 1;
        }
    }
}

struct Receiver<'r> {
    message: &'r Message,
    frames: &'r Frames,
    answer: &'r mut Answer,
    verify: bool,
    done: usize,
    wrong: Option<String>,
}

impl Receive for Receiver<'_> {
    fn payload(&mut self, bytes: &[u8]) {
        if self.verify {
            self.answer.payload.extend(bytes);
        }
    }

    fn frame(&mut self, frame: Frame) {
        if frame.is_control() {
            self.answer.payload.clear();
            if frame.opcode() == 8 {
                self.wrong = Some("the server sent a close frame".to_owned());
            }
            return;
        }
        let answer = &mut *self.answer;
        if frame.opcode() != 0 {
            (answer.opcode, answer.compressed) = (frame.opcode(), frame.is_compressed());
        }
        answer.length += frame.length;
        if !frame.is_final() {
            return;
        }
        if answer.opcode != self.message.opcode() {
            self.wrong = Some(format!("the server echoed with opcode {}", answer.opcode));
        } else if answer.length != self.message.size as u64 && !answer.compressed {
            self.wrong = Some(format!("the server echoed {} bytes", answer.length));
        } else if self.verify && !answer.is(self.frames.payload(answer.number)) {
            self.wrong = Some("the server echoed other bytes".to_owned());
        }
        let number = (answer.number + 1) % self.frames.len();
        answer.payload.clear();
        *answer = Answer { number, payload: std::mem::take(&mut answer.payload), ..Answer::default() };
        self.done += 1;
    }
}

impl Answer {
    fn is(&mut self, expected: &[u8]) -> bool {
        if !self.compressed {
            return self.payload == expected;
        }
        self.payload.extend([0, 0, 0xFF, 0xFF]);
        let mut inflated = Vec::with_capacity(expected.len() + 1024);
        let result =
            Decompress::new(false).decompress_vec(&self.payload, &mut inflated, FlushDecompress::Sync);
        result.is_ok() && inflated == expected
    }
}
