//! The description of an event.

/// A `#[message]` event of a handler or a service, for generators of documentation and clients; see
/// [`Handler::events`](crate::Handler::events).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventInfo {
    /// The type in the envelope, such as `say`.
    pub name: &'static str,
    /// The type of the payload, as [`std::any::type_name`] writes it. `None` if the callback takes none.
    pub payload: Option<&'static str>,
    /// The type that the callback returns, written in the same way. `()` if it returns nothing.
    pub answer: &'static str,
}

impl EventInfo {
    /// Describes an event.
    #[must_use]
    pub const fn new(name: &'static str, payload: Option<&'static str>, answer: &'static str) -> Self {
        Self { name, payload, answer }
    }
}
