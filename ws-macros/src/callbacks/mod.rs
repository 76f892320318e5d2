//! Reads the callbacks of a handler or a service into a model that cannot be invalid. [`marker`] finds the marked
//! functions. [`form`] and [`receiver`] check how they take the handler. [`signature`] checks the rest of a signature,
//! with [`member`] for the arguments in services and [`types`] for inspecting types. [`model`] collects the callbacks.

mod form;
mod marker;
mod member;
mod model;
mod receiver;
mod signature;
mod types;

pub(crate) use self::form::{Form, Place};
pub(crate) use self::marker::Marker;
pub(crate) use self::model::{Frame, Handler, Info, Service, Source, take};
pub(crate) use self::signature::{Argument, Callback, Init, cfgs};
pub(crate) use self::types::{
    has_elided_lifetime, is_named_somehow, mentions_borrowed_str, shared_reference, written_result,
};
