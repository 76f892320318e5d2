//! Memory of idle connections, as the growth of the server's resident memory.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use super::message::Message;
use super::parser::{Frame, Parser, Receive};
use super::{Figures, Timing, frames, socket};
use crate::error::Result;
use crate::meter::Meter;

/// The server has this long to release memory.
const SETTLE: Duration = Duration::from_secs(1);

/// The parameters.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    pub connections: usize,
    /// The size of the message that each connection echoes before it is idle, in bytes. Zero for none.
    pub echo: usize,
}

impl Idle {
    #[expect(clippy::cast_precision_loss, reason = "bytes of memory")]
    pub(super) fn run(&self, port: u16, timing: &Timing, meter: &mut Meter) -> Result<Figures> {
        let settle = SETTLE.min(timing.measured);
        let before = meter.memory()?;
        let first = meter.snapshot()?;
        let mut opened = Vec::with_capacity(self.connections);
        for _ in 0..self.connections {
            opened.push(socket::open(port, "/echo", false)?.stream);
        }
        if self.echo > 0 {
            let message = Message::binary(self.echo);
            let payload = message.payload(1);
            let mut frame = Vec::new();
            frames::push(&mut frame, 0x80 | message.opcode(), [9, 8, 7, 6], &payload);
            let mut buffer = vec![0; 256 << 10];
            for stream in &mut opened {
                stream.write_all(&frame)?;
                let mut parser = Parser::default();
                let mut answer = Answer::default();
                while !answer.done {
                    match stream.read(&mut buffer)? {
                        0 => return Err("the server closed a connection".into()),
                        count => parser.feed(&buffer[..count], &mut answer),
                    }
                }
                if answer.payload != payload {
                    return Err("the server echoed other bytes".into());
                }
            }
        }
        let usage = meter.snapshot()?.since(&first);
        thread::sleep(settle);
        let after = meter.memory()?;
        opened.into_iter().for_each(socket::reset);
        let memory = (after as f64 - before as f64) / self.connections as f64;
        Ok(Figures { count: self.connections as u64, usage, memory: Some(memory), ..Figures::default() })
    }
}

#[derive(Default)]
struct Answer {
    payload: Vec<u8>,
    done: bool,
}

impl Receive for Answer {
    fn payload(&mut self, bytes: &[u8]) {
        self.payload.extend(bytes);
    }

    fn frame(&mut self, frame: Frame) {
        self.done |= frame.is_final() && !frame.is_control();
    }
}
