//! The callbacks of a handler: [`marker`] says which methods they are, [`signature`] checks one of them,
//! [`model`] puts them together. What comes out cannot be invalid.

mod marker;
mod model;
mod signature;

pub(crate) use self::marker::Marker;
pub(crate) use self::model::{Frame, Handler, Info};
pub(crate) use self::signature::{Argument, Callback, Init, cfgs};
