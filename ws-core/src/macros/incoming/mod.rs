//! Finds out which messages an `#[incoming]` takes, and which of its arguments is the member, from the types alone: an
//! alias works, and a name means nothing.
//!
//! In reading order: one [`argument`], the [`kind`] of messages that it asks for, its [`payload`], and all arguments that
//! a callback has [`asked`] for.

mod argument;
mod asked;
mod kind;
mod payload;

pub use self::argument::{
    AnyPayload, BinaryPayload, EitherPayload, IncomingArgument, IncomingMember, IncomingValue, NoPayload,
    OtherArgument, TextPayload,
};
pub use self::argument::{AsksAny, AsksBinary, AsksEither, AsksMember, AsksText};
pub use self::asked::IncomingArguments;
pub use self::asked::{ReadArguments, takes};
pub use self::kind::{
    BesideEvents, BinaryMessages, EitherMessages, MessageKind, NoMessages, OtherMessages, OtherMessagesThan,
    TextMessages,
};
pub use self::kind::{Takes, choose};
pub use self::payload::{IncomingPayload, ReadPayload};
