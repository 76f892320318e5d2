//! A callback for the values that the program sends.

use syn::Type;

use super::callback::Callback;
use super::form::{compact, generic_arguments};
use super::types::{has_elided_lifetime, is_called, is_static, shared_reference};
use crate::errors::Errors;
use crate::tokens::mentions;

/// A callback for an info or a broadcast.
pub(crate) struct Info {
    pub(crate) callback: Callback,
    /// The type of the value. For a broadcast, the type behind the reference.
    pub(crate) payload: Type,
    pub(crate) source: Source,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Sent to one connection or to a service, which owns the value.
    Info,
    /// Sent to all receivers, which share the value.
    Broadcast,
}

impl Info {
    pub(super) fn check(callback: Callback, errors: &mut Errors) -> Option<Self> {
        let payload = callback.payload()?.clone();
        if refuse_local(&payload, &["Rc"], errors) {
            return None;
        }
        let is_borrowed = matches!(&payload, Type::Reference(reference) if !is_static(reference));
        if is_borrowed || has_elided_lifetime(&payload) {
            errors.help(
                &payload,
                "an info waits in a queue, so it cannot be borrowed",
                "take an owned type, or a `&'static` reference",
            );
            return None;
        }
        Some(Self { callback, payload, source: Source::Info })
    }

    pub(super) fn check_broadcast(callback: Callback, errors: &mut Errors) -> Option<Self> {
        let payload = callback.payload()?;
        let Some(shared) = shared_reference(payload) else {
            // An `Arc` is often meant to share the value, which a broadcast does itself.
            let written = match generic_arguments(payload).next().filter(|_| is_called(payload, "Arc")) {
                Some(shared) => compact(shared),
                None => compact(payload),
            };
            errors.help(
                payload,
                "a broadcast is shared by all its receivers, so the callback takes it by reference",
                format_args!("write `&{written}`"),
            );
            return None;
        };
        if refuse_local(shared, &["Rc", "RefCell"], errors) {
            return None;
        }
        if has_elided_lifetime(shared) {
            errors.help(
                shared,
                "a broadcast waits in a queue, so it cannot contain borrowed data",
                "use a type without lifetimes, or with `'static`",
            );
            return None;
        }
        let payload = shared.clone();
        Some(Self { callback, payload, source: Source::Broadcast })
    }
}

/// Reports a type that stays in its thread, which rustc would report three times. Types that only contain one are rustc's.
fn refuse_local(payload: &Type, names: &[&str], errors: &mut Errors) -> bool {
    let Some(name) = local_name(payload, names) else { return false };
    errors.help(
        payload,
        format_args!("`{name}` stays in its thread, but this value is sent to other threads"),
        if name == "Rc" {
            "write `Arc` instead of `Rc`"
        } else {
            "write `Mutex` or `RwLock` instead of `RefCell`"
        },
    );
    true
}

pub(super) fn local_name<'a>(payload: &Type, names: &[&'a str]) -> Option<&'a str> {
    names.iter().copied().find(|name| mentions(payload, name))
}
