//! The arguments of the attribute. [`entry`] splits them, [`route`] reads those of a struct or a module, and
//! [`krate`] reads those of an impl. Each of the other modules checks one kind of value.

mod compress;
mod entry;
mod envelope;
mod limit;
mod nearest;
mod origin;
mod path;
mod queue;
mod rate;
mod route;
mod subprotocol;
mod units;

pub(crate) use self::compress::{Compress, Takeover};
pub(crate) use self::entry::krate;
pub(crate) use self::limit::LimitValue;
pub(crate) use self::nearest::nearest;
pub(crate) use self::rate::RateLimit;
pub(crate) use self::route::{Origins, Route};
