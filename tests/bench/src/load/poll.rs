//! Waits for sockets, with timeouts of microseconds.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;

use crate::error::Result;

/// Sockets and their numbers.
pub(crate) struct Poll {
    epoll: OwnedFd,
    events: Vec<Event>,
}

/// A socket that is ready.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ready {
    pub(crate) number: usize,
    pub(crate) writable: bool,
    /// Readable, closed or failed.
    pub(crate) readable: bool,
}

impl Poll {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { epoll: epoll::create(CreateFlags::CLOEXEC)?, events: Vec::with_capacity(512) })
    }

    /// Adds a socket, to wait until it is readable, or writable if `write`.
    pub(crate) fn add(&self, socket: impl AsFd, number: usize, write: bool) -> Result {
        Ok(epoll::add(&self.epoll, socket, EventData::new_u64(number as u64), flags(!write, write))?)
    }

    /// Waits from now on until the socket is readable, or also until it is writable.
    pub(crate) fn set_write(&self, socket: impl AsFd, number: usize, write: bool) -> Result {
        Ok(epoll::modify(&self.epoll, socket, EventData::new_u64(number as u64), flags(true, write))?)
    }

    /// Waits for at most `timeout`, and fills `ready`.
    pub(crate) fn wait(&mut self, timeout: Duration, ready: &mut Vec<Ready>) -> Result {
        self.events.clear();
        ready.clear();
        let timeout = Timespec::try_from(timeout)?;
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        ready.extend(self.events.iter().map(|event| {
            let (flags, data) = (event.flags, event.data);
            Ready {
                number: usize::try_from(data.u64()).expect("it was a usize"),
                writable: flags.contains(EventFlags::OUT),
                readable: flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR),
            }
        }));
        Ok(())
    }
}

fn flags(read: bool, write: bool) -> EventFlags {
    let mut flags = EventFlags::empty();
    flags.set(EventFlags::IN, read);
    flags.set(EventFlags::OUT, write);
    flags
}
