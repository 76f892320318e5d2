//! Between the TCP stream and the messages of a connection, in the order in which they come into play: the stream while
//! hyper has it and when hyper hands it back, the frames on it, their messages, and those of them that many connections
//! share.

pub(crate) mod codec;
pub(crate) mod convert;
pub(crate) mod frames;
pub(crate) mod messages;
pub(crate) mod post;
pub(crate) mod timed;
pub(crate) mod transport;
