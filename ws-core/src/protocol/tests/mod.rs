//! The protocol as a whole. In reading order: the frames of a [`client`]; what is received of them, beside tungstenite
//! ([`receiving`]); what is sent, as tungstenite reads it ([`sending`]).

mod client;
mod receiving;
mod sending;
