//! Finds callbacks that receive the same events.

use proc_macro2::Ident;
use syn::Type;

use super::marker::Marker;
use crate::errors::Errors;
use crate::tokens::written;

/// The key that distinguishes callbacks with the same marker.
pub(crate) enum Of {
    Marker,
    Type(Box<Type>),
    /// The type of an event, by its name.
    Event(String),
    /// The callback is invalid, which is already reported; or rustc finds the duplicates.
    Nothing,
}

impl Of {
    /// Distinguishes a callback by the type of its payload.
    pub(super) fn of_type(payload: Option<Type>) -> Self {
        payload.map_or(Self::Nothing, |ty| Self::Type(Box::new(ty)))
    }
}

/// A callback that was read, for finding duplicates.
pub(super) struct Seen {
    pub(super) marker: Marker,
    pub(super) name: Ident,
    /// The predicates of its `#[cfg]` attributes, as written.
    pub(super) cfgs: Vec<String>,
    pub(super) of: Of,
}

impl Seen {
    /// Adds this callback to `seen`, and reports it if it is a duplicate.
    pub(super) fn join(self, seen: &mut Vec<Self>, errors: &mut Errors) {
        if let Some(Self { name: first, .. }) = seen.iter().find(|other| self.repeats(other)) {
            let (marker, help) =
                (self.marker.name(), format!("merge both into `{first}`, or remove one of them"));
            match &self.of {
                Of::Type(ty) => {
                    errors.help(ty, format_args!("`{first}` already receives {marker}s of this type"), help);
                }
                Of::Event(event) => errors.help(
                    &self.name,
                    format_args!("`{first}` already receives the messages of type `{event}`"),
                    help,
                ),
                Of::Marker | Of::Nothing => {
                    errors.help(
                        &self.name,
                        format_args!("`{first}` is already the `#[{marker}]` callback"),
                        help,
                    );
                }
            }
        }
        self.check_text(seen, errors);
        seen.push(self);
    }

    /// Reports a `#[text]` beside a `#[message]`: it would receive nothing.
    fn check_text(&self, seen: &[Self], errors: &mut Errors) {
        let first = |marker| seen.iter().find(|other| other.marker == marker);
        let (message, text) = match self.marker {
            Marker::Text => (first(Marker::Message), Some(self)),
            Marker::Message if first(Marker::Message).is_none() => (Some(self), first(Marker::Text)),
            _ => return,
        };
        if let (Some(message), Some(text)) = (message, text) {
            errors.help(
                &text.name,
                "`#[text]` cannot stand beside `#[message]`, which receives all text messages",
                format_args!("mark `{}` with `#[message]` too, or mount it as a handler of its own: `{}` is a `#[message]`", text.name, message.name),
            );
        }
    }

    /// Checks whether this callback duplicates `other`. If they have different `#[cfg]` attributes, only one of them may be
    /// compiled, so they are no duplicates. Types are compared as written; rustc reports the same type in another spelling.
    fn repeats(&self, other: &Self) -> bool {
        let same = match (&self.of, &other.of) {
            (Of::Type(this), Of::Type(other)) => written(this) == written(other),
            (Of::Event(this), Of::Event(other)) => this == other,
            (Of::Marker, Of::Marker) => true,
            _ => false,
        };
        self.marker == other.marker && same && self.cfgs == other.cfgs
    }
}
