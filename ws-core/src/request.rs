//! What is kept of a request once `init` has seen it (Z6): a few small values, and nothing that pins its buffer.

use std::net::SocketAddr;

use crate::handshake::forwarded::Scheme;

/// The parameters of a route's path, percent-decoded (Z2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Box<[(Box<str>, Box<str>)]>);

impl Params {
    pub(crate) fn new<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Self {
        Self(pairs.map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The value of `{name}`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Names and values, in the order of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) path: Box<str>,
    pub(crate) params: Params,
    pub(crate) peer_addr: Option<SocketAddr>,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) subprotocol: Option<Box<str>>,
    pub(crate) version: u8,
    /// A compression extension is in use.
    pub(crate) compressed: bool,
}
