//! The names around the payload of an event.

/// The names of the fields around the payload of a [`#[message]`](macro@crate::websocket) event, in JSON.
///
/// The default is `{"type": "say", "id": 7, …}`: the type of the event in `type`, an optional id that the answer repeats in
/// `id`, and the fields of the payload beside them.
///
/// ```
/// use ws_core::Envelope;
///
/// // {"op": "say", "ref": 7, "data": {…}}
/// let envelope = Envelope::new().tag("op").id("ref").payload("data");
/// assert_eq!(envelope.payload_name(), Some("data"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub(super) tag: &'static str,
    pub(super) id: &'static str,
    pub(super) payload: Option<&'static str>,
    /// An error is in the field `error`, and an object is never an event of its own.
    pub(super) is_of_pages: bool,
}

/// The field of a value that is not an object, unless the payload has a field of its own.
pub(super) const DATA: &str = "data";

impl Envelope {
    /// Creates the default envelope.
    #[must_use]
    pub const fn new() -> Self {
        Self { tag: "type", id: "id", payload: None, is_of_pages: false }
    }

    /// Creates the envelope of the client script: `{"type":"say","id":7,"data":…}`, and `{"type":"error","id":7,"error":…}`
    /// for an error. It is for handlers that take a [`PageSession`](crate::PageSession). In the attribute of a route, write
    /// `envelope = "pages"`.
    #[cfg(feature = "pages")]
    #[must_use]
    pub const fn of_pages() -> Self {
        Self { payload: Some(DATA), is_of_pages: true, ..Self::new() }
    }

    /// Sets the name of the field with the event's type.
    #[must_use]
    pub const fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    /// Sets the name of the field with the optional id.
    #[must_use]
    pub const fn id(self, id: &'static str) -> Self {
        Self { id, ..self }
    }

    /// Puts the payload into a field of its own, with this name.
    #[must_use]
    pub const fn payload(self, payload: &'static str) -> Self {
        Self { payload: Some(payload), ..self }
    }

    /// Returns the name of the field with the event's type.
    #[must_use]
    pub const fn tag_name(&self) -> &'static str {
        self.tag
    }

    /// Returns the name of the field with the optional id.
    #[must_use]
    pub const fn id_name(&self) -> &'static str {
        self.id
    }

    /// Returns the name of the payload's field. `None`: the fields of the payload are beside the type.
    #[must_use]
    pub const fn payload_name(&self) -> Option<&'static str> {
        self.payload
    }
}

impl Default for Envelope {
    fn default() -> Self {
        Self::new()
    }
}

/// A handler or a service whose events have an [`Envelope`] of its own.
///
/// The option `envelope` of the route implements it. Implement it by hand for a handler that you mount with
/// [`App::mount`](crate::App::mount).
///
/// ```
/// use ws_core::{Envelope, WithEnvelope};
///
/// struct Chat<Room>(Room);
///
/// impl<Room> WithEnvelope for Chat<Room> {
///     const ENVELOPE: Envelope = Envelope::new().tag("op");
/// }
/// ```
pub trait WithEnvelope {
    /// The envelope of its events.
    const ENVELOPE: Envelope;
}
