//! The callbacks of a handler or a service: [`marker`] says which functions they are, [`form`] and
//! [`receiver`] how they take the handler, [`signature`] checks one of them ([`member`] those of services) with the help of [`types`], [`model`]
//! puts them together. What comes out cannot be invalid.

mod form;
mod marker;
mod member;
mod model;
mod receiver;
mod signature;
mod types;

pub(crate) use self::form::{Form, Place};
pub(crate) use self::marker::Marker;
pub(crate) use self::member::Incoming;
pub(crate) use self::model::{Frame, Handler, Info, Service, Source, take};
pub(crate) use self::signature::{Argument, Callback, Init, cfgs};
pub(crate) use self::types::{first_argument, has_elided_lifetime, is_result};
