//! One connection's event loop, which one task polls. In reading order: the [`driver`] itself; the [`event`]s that it
//! returns; the [`arrivals`] from elsewhere than the client; the [`frame_stream`], which reads, decodes and writes;
//! the messages that are [`read_ahead`], and those that their callbacks read as they arrive ([`streamed`]); what it does
//! [`while_pending`], and the messages that pass the page session [`beside`] the callbacks; the poll [`budget`]; the
//! [`close_handshake`]; and the [`end`].

mod arrivals;
mod beside;
mod budget;
mod close_handshake;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod driver;
mod end;
mod event;
mod frame_stream;
mod read_ahead;
mod streamed;
#[cfg(test)]
mod tests;
mod while_pending;

pub(crate) use self::driver::Driver;
pub(crate) use self::event::Event;
