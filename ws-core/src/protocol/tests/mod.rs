//! Tests of the whole protocol. In reading order: the frames of a [`client`]; receiving them, compared with tungstenite
//! ([`receiving`]); sending, read by tungstenite ([`sending`]); permessage-deflate, compared with flate2 (`deflate`);
//! the [`close`] handshake; each protocol error and the bytes that cause it ([`errors`]); the [`memory`] that a client
//! can make a connection allocate; and the order of queued frames ([`write_queue`]).

mod client;
mod close;
#[cfg(feature = "compression")]
mod deflate;
mod errors;
mod memory;
mod receiving;
mod sending;
mod write_queue;
