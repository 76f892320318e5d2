//! The arguments of the attribute: [`entry`] takes them apart, [`route`] makes what a struct or a
//! module needs of them,
//! [`krate`] what an impl needs. The rest knows one kind of value each.

mod compress;
mod entry;
mod nearest;
mod origin;
mod path;
mod queue;
mod route;
mod subprotocol;
mod units;

pub(crate) use self::compress::{Compress, Takeover};
pub(crate) use self::entry::krate;
pub(crate) use self::nearest::nearest;
pub(crate) use self::route::{Fragments, Origins, Period, Route};
