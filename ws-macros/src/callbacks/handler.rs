//! The callbacks of a handler.

use super::callback::Callback;
use super::error::check_error;
use super::info::Info;
use super::init::Init;
use super::marker::Marker;
use super::seen::Of;
use super::take::Callbacks;
use crate::errors::Errors;
use crate::role::Role;

/// A handler's callbacks. There are several for one marker only if `#[cfg]` chooses between them, except for `info`,
/// `error` and `messages`.
#[derive(Default)]
pub(crate) struct Handler {
    pub(crate) init: Vec<Init>,
    pub(crate) open: Vec<Callback>,
    pub(crate) frames: Vec<(Frame, Callback)>,
    /// Those that read a message as it arrives.
    pub(crate) streams: Vec<(Frame, Callback)>,
    pub(crate) handle: Vec<Callback>,
    pub(crate) messages: Vec<Callback>,
    pub(crate) info: Vec<Info>,
    pub(crate) outgoing: Vec<Callback>,
    pub(crate) error: Vec<Callback>,
    pub(crate) terminate: Vec<Callback>,
}

/// A kind of message that has its own marker.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    Text,
    Binary,
    Ping,
    Pong,
}

impl Callbacks for Handler {
    const ROLE: Role = Role::Handler;

    fn keep(&mut self, marker: Marker, callback: Callback, errors: &mut Errors) -> Of {
        let payload = callback.payload().cloned();
        match marker {
            Marker::Open => self.open.push(callback),
            Marker::Text if callback.streams => self.streams.push((Frame::Text, callback)),
            Marker::Binary if callback.streams => self.streams.push((Frame::Binary, callback)),
            Marker::Text => self.frames.push((Frame::Text, callback)),
            Marker::Binary => self.frames.push((Frame::Binary, callback)),
            Marker::Ping => self.frames.push((Frame::Ping, callback)),
            Marker::Pong => self.frames.push((Frame::Pong, callback)),
            Marker::Handle => self.handle.push(callback),
            Marker::Message => {
                let event = callback.event.clone();
                self.messages.push(callback);
                return Of::Event(event);
            }
            Marker::Info => {
                self.info.extend(Info::check(callback, errors));
                return Of::of_type(payload);
            }
            Marker::Broadcast => {
                self.info.extend(Info::check_broadcast(callback, errors));
                return Of::of_type(payload);
            }
            Marker::Outgoing => self.outgoing.push(callback),
            Marker::Error => {
                self.error.extend(check_error(callback, errors));
                return Of::of_type(payload);
            }
            Marker::Terminate => self.terminate.push(callback),
            Marker::Init
            | Marker::Join
            | Marker::Rejoin
            | Marker::Incoming
            | Marker::Timeout
            | Marker::Close => {}
        }
        Of::Marker
    }

    fn keep_init(&mut self, init: Init) {
        self.init.push(init);
    }
}
