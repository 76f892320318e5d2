//! The callbacks of a handler: [`marker`] says which functions they are, [`form`] and
//! [`receiver`] how they take the handler, [`signature`] checks one of them, [`model`] puts them together. What comes out cannot be invalid.

mod form;
mod marker;
mod model;
mod receiver;
mod signature;

pub(crate) use self::form::Form;
pub(crate) use self::marker::Marker;
pub(crate) use self::model::{Frame, Handler, Info, Source};
pub(crate) use self::signature::{Argument, Callback, Init, cfgs};
