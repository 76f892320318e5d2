//! The WebSocket protocol without I/O.

pub(crate) mod deflate;
