//! How surely a message arrives.

/// How surely a message of a page session arrives; see [`PageSession::with_qos`](crate::PageSession::with_qos).
///
/// The client script chooses in the same way for the events that it sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Qos {
    /// The message is lost if the connection is lost while it is on its way. The default, and the cheapest: nothing is
    /// kept, numbered or acknowledged.
    #[default]
    AtMostOnce,
    /// The message is kept until the client acknowledges it, and sent again after a reconnect, or after 10 s. The client
    /// may handle it twice.
    AtLeastOnce,
    /// Like [`AtLeastOnce`](Self::AtLeastOnce), and the client handles the message once: it knows the number of the last
    /// one.
    ExactlyOnce,
}

impl Qos {
    /// Returns the level of a number on the wire.
    pub(crate) const fn of(level: u64) -> Option<Self> {
        match level {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }

    /// Returns the number on the wire.
    pub(super) const fn level(self) -> u8 {
        self as u8
    }
}
