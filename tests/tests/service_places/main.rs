//! The places and names of services and their callbacks, and the items beside them.

mod alike;
mod cfgs;
mod names;
mod types;
