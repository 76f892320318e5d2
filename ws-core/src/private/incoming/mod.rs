//! Finds out which messages an `#[incoming]` takes, and which of its arguments is the member, from the types alone: an
//! alias works, and a name means nothing.
//!
//! In reading order: one [`argument`], the [`kind`] of messages that it asks for, its [`payload`], and all arguments that
//! a callback has [`asked`] for.

mod argument;
mod asked;
mod kind;
mod payload;

pub use self::argument::*;
pub use self::asked::*;
pub use self::kind::*;
pub use self::payload::*;
