//! Reads the callbacks of a handler or a service into a model that cannot be invalid. In reading order: the model is a
//! [`handler`](mod@handler) or a [`service`](mod@service), of an [`init`](mod@init), [`callback`]s with their
//! [`argument`](mod@argument)s, [`info`](mod@info)s and [`error`]s. [`take`](mod@take) collects them: [`marker`] finds
//! the marked functions, with the names of other frameworks in [`foreign`] and [`foreign_types`], and [`seen`] finds the duplicates. [`form`]
//! and [`receiver`] check how a function takes the handler, [`handler_arguments`] and [`service_arguments`] check its
//! other arguments, and [`signature`] checks the rest, with [`types`] for inspecting types; [`streams`] finds the
//! callbacks that read a message as it arrives; [`quiet`] keeps rustc from reporting more about a function with an
//! error.

mod argument;
mod callback;
mod error;
mod foreign;
mod foreign_types;
mod form;
mod handler;
mod handler_arguments;
mod info;
mod init;
mod lifetimes;
mod marker;
mod meant;
mod quiet;
mod receiver;
mod seen;
mod service;
mod service_arguments;
mod signature;
mod streams;
mod take;
mod types;
mod values;

pub(crate) use self::argument::Argument;
pub(crate) use self::callback::Callback;
pub(crate) use self::form::{Form, Place, compact};
pub(crate) use self::handler::{Frame, Handler};
pub(crate) use self::info::{Info, Source};
pub(crate) use self::init::Init;
pub(crate) use self::lifetimes::named;
pub(crate) use self::marker::{Marker, of_the_other};
pub(crate) use self::service::Service;
pub(crate) use self::signature::cfgs;
pub(crate) use self::take::take;
pub(crate) use self::types::{
    bare, extractor_name, has_elided_lifetime, is_called, is_named_somehow, shared_reference, written_result,
};
pub(crate) use self::values::{Value, values};
