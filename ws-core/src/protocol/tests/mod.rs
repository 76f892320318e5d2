//! The protocol as a whole. In reading order: the frames of a [`client`]; what is received of them, beside tungstenite
//! ([`receiving`]); what is sent, as tungstenite reads it ([`sending`]); permessage-deflate beside flate2 (`deflate`); the
//! [`close`] handshake; each protocol error and the bytes that cause it ([`errors`]); and the [`memory`] that a client can
//! make a connection take; the order of what is queued ([`write_queue`]).

mod client;
mod close;
#[cfg(feature = "compression")]
mod deflate;
mod errors;
mod memory;
mod receiving;
mod sending;
mod write_queue;
