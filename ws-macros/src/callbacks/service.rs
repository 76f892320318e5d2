//! The callbacks of a service.

use super::callback::Callback;
use super::error::check_error;
use super::info::Info;
use super::init::Init;
use super::marker::Marker;
use super::seen::Of;
use super::take::Callbacks;
use crate::errors::Errors;
use crate::role::Role;

/// A service's callbacks. There are several for one marker only if `#[cfg]` chooses between them, except for
/// `incoming`, `messages`, `error`, `broadcast` and `info`.
#[derive(Default)]
pub(crate) struct Service {
    pub(crate) init: Vec<Init>,
    pub(crate) join: Vec<Callback>,
    pub(crate) rejoin: Vec<Callback>,
    pub(crate) incoming: Vec<Callback>,
    pub(crate) messages: Vec<Callback>,
    pub(crate) error: Vec<Callback>,
    pub(crate) broadcast: Vec<Info>,
    pub(crate) info: Vec<Info>,
    pub(crate) timeout: Vec<Callback>,
    pub(crate) close: Vec<Callback>,
    pub(crate) terminate: Vec<Callback>,
}

impl Callbacks for Service {
    const ROLE: Role = Role::Service;

    fn keep(&mut self, marker: Marker, callback: Callback, errors: &mut Errors) -> Of {
        let payload = callback.payload().cloned();
        match marker {
            Marker::Join => self.join.push(callback),
            Marker::Incoming => {
                self.incoming.push(callback);
                return Of::Nothing;
            }
            Marker::Message => {
                let event = callback.event.clone();
                self.messages.push(callback);
                return Of::Event(event);
            }
            Marker::Error => {
                self.error.extend(check_error(callback, errors));
                return Of::of_type(payload);
            }
            Marker::Broadcast => {
                self.broadcast.extend(Info::check_broadcast(callback, errors));
                return Of::of_type(payload);
            }
            Marker::Info => {
                self.info.extend(Info::check(callback, errors));
                return Of::of_type(payload);
            }
            Marker::Rejoin => self.rejoin.push(callback),
            Marker::Timeout => self.timeout.push(callback),
            Marker::Close => self.close.push(callback),
            _ => self.terminate.push(callback),
        }
        Of::Marker
    }

    fn keep_init(&mut self, init: Init) {
        self.init.push(init);
    }
}
