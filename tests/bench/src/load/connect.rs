//! Connections that come and go: connect, handshake, one echo, the close handshake, the end of the stream.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::message::Message;
use super::parser::{Frame, Parser, Receive};
use super::poll::Poll;
use super::socket;
use super::window::{Phase, Window};
use super::{Figures, PATIENCE, Tally, Timing, frames};
use crate::error::Result;
use crate::meter::Meter;

/// A server that leaves it to the client to close TCP has this long to do it.
const LINGER: Duration = Duration::from_millis(20);
/// The size of the message that is echoed, in bytes.
const SIZE: usize = 32;

/// The parameters.
#[derive(Clone, Copy, Debug)]
pub struct Connect {
    /// The number of connections at a time.
    pub concurrent: usize,
}

/// The next event of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Connected,
    Accepted,
    Echoed,
    Closed,
    Ended(Instant),
}

struct Connection {
    stream: TcpStream,
    step: Step,
    begun: Instant,
    read: Vec<u8>,
    parser: Parser,
}

struct Running {
    port: u16,
    poll: Poll,
    request: Vec<u8>,
    message: Vec<u8>,
    close: Vec<u8>,
    payload: Vec<u8>,
    source: u8,
}

impl Connect {
    pub(super) fn run(self, port: u16, timing: &Timing, meter: &mut Meter) -> Result<Figures> {
        let payload = Message::binary(SIZE).payload(2);
        let mut running = Running {
            port,
            poll: Poll::new()?,
            request: socket::request(port, "/echo", false),
            message: frame(0x82, &payload),
            close: frame(0x88, &1000_u16.to_be_bytes()),
            payload,
            source: 0,
        };
        let mut window = Window::new(timing, meter);
        let mut connections = Vec::new();
        for number in 0..self.concurrent {
            connections.push(running.begin(number)?);
        }
        let mut tally = Tally::new();
        let mut ready = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        let mut last = Instant::now();
        loop {
            let now = Instant::now();
            let wait = match window.phase(now)? {
                Phase::Running(wait) => wait,
                Phase::Begun => {
                    tally = Tally::new();
                    continue;
                }
                Phase::Over(usage) => return tally.figures(usage),
            };
            if now - last > PATIENCE {
                return Err("no connection has completed for 10 s".into());
            }
            running.poll.wait(wait.min(LINGER / 4), &mut ready)?;
            for ready in &ready {
                let connection = &mut connections[ready.number];
                if running.proceed(ready.number, connection, &mut buffer, &mut tally)? {
                    last = Instant::now();
                    tally.add(1, last - connection.begun);
                    *connection = running.begin(ready.number)?;
                }
            }
            for (number, connection) in connections.iter_mut().enumerate() {
                if matches!(connection.step, Step::Ended(closed) if closed.elapsed() > LINGER) {
                    last = Instant::now();
                    tally.add(1, last - connection.begun);
                    *connection = running.begin(number)?;
                }
            }
        }
    }
}

impl Running {
    fn begin(&mut self, number: usize) -> Result<Connection> {
        self.source = self.source % 250 + 1;
        let stream = socket::begin(self.port, self.source)?;
        self.poll.add(&stream, number, true)?;
        Ok(Connection {
            stream,
            step: Step::Connected,
            begun: Instant::now(),
            read: Vec::new(),
            parser: Parser::default(),
        })
    }

    /// Takes the next step. Returns whether the connection has ended.
    fn proceed(
        &self,
        number: usize,
        connection: &mut Connection,
        buffer: &mut [u8],
        tally: &mut Tally,
    ) -> Result<bool> {
        if connection.step == Step::Connected {
            connection.stream.write_all(&self.request)?;
            connection.step = Step::Accepted;
            self.poll.set_write(&connection.stream, number, false)?;
            return Ok(false);
        }
        let count = match connection.stream.read(buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(_) if matches!(connection.step, Step::Ended(_)) => 0,
            Err(error) => return Err(format!("the server ended a connection: {error}").into()),
        };
        if count == 0 {
            let ended = matches!(connection.step, Step::Ended(_));
            return if ended { Ok(true) } else { Err("the server closed a connection too early".into()) };
        }
        tally.bytes += count as u64;
        let mut bytes = &buffer[..count];
        let rest;
        if connection.step == Step::Accepted {
            connection.read.extend(bytes);
            let Some(response) = socket::response(&connection.read)? else { return Ok(false) };
            connection.stream.write_all(&self.message)?;
            connection.step = Step::Echoed;
            rest = connection.read.split_off(response.size);
            bytes = &rest;
        }
        let mut answer = Answer::default();
        connection.parser.feed(bytes, &mut answer);
        if connection.step == Step::Echoed && answer.frames.first().is_some_and(|frame| frame.opcode() == 2) {
            if answer.payload[..SIZE.min(answer.payload.len())] != self.payload {
                return Err("the server echoed other bytes".into());
            }
            connection.stream.write_all(&self.close)?;
            connection.step = Step::Closed;
        }
        if answer.frames.iter().any(|frame| frame.opcode() == 8) {
            if connection.step != Step::Closed {
                return Err("the server sent a close frame too early".into());
            }
            connection.step = Step::Ended(Instant::now());
        }
        Ok(false)
    }
}

/// The frames of one read. Frames this small arrive whole.
#[derive(Default)]
struct Answer {
    payload: Vec<u8>,
    frames: Vec<Frame>,
}

impl Receive for Answer {
    fn payload(&mut self, bytes: &[u8]) {
        self.payload.extend(bytes);
    }

    fn frame(&mut self, frame: Frame) {
        self.frames.push(frame);
    }
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frames::push(&mut bytes, first, [3, 1, 4, 1], payload);
    bytes
}
