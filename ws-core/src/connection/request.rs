//! The parts of a request that a connection keeps: a few small values, and nothing that keeps its buffer alive.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::handshake::forwarded::Scheme;

/// The percent-decoded parameters of a route's path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Box<[(Box<str>, Box<str>)]>);

impl Params {
    pub(crate) fn new<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Self {
        Self(pairs.map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// Returns the value of `{name}`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Returns all names and values, in the order of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// The request that a connection began with, and what its handshake negotiated.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) path: Box<str>,
    pub(crate) params: Params,
    pub(crate) peer_addr: Option<SocketAddr>,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) version: u8,
    subprotocol: OnceLock<Box<str>>,
    compressed: AtomicBool,
}

impl Request {
    pub(crate) fn new(
        path: Box<str>,
        params: Params,
        peer_addr: Option<SocketAddr>,
        scheme: Option<Scheme>,
        version: u8,
    ) -> Self {
        Self { path, params, peer_addr, scheme, version, ..Self::default() }
    }

    /// The subprotocol that was agreed on, once it is.
    pub(crate) fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.get().map(|name| &**name)
    }

    pub(crate) fn set_subprotocol(&self, name: Box<str>) {
        let _ = self.subprotocol.set(name);
    }

    /// Whether a compression extension is in use.
    pub(crate) fn is_compressed(&self) -> bool {
        self.compressed.load(Ordering::Relaxed)
    }

    pub(crate) fn set_compressed(&self) {
        self.compressed.store(true, Ordering::Relaxed);
    }
}
