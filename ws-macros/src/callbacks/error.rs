//! A callback for errors.

use syn::Type;

use super::callback::Callback;
use super::form::compact;
use super::types::{bare, borrowed_anything, has_elided_lifetime, is_static, shared_reference};
use crate::errors::Errors;

/// Checks the payload of an `#[error]`, which owns the error. Returns `None` if it is borrowed.
pub(super) fn check_error(callback: Callback, errors: &mut Errors) -> Option<Callback> {
    let payload = callback.payload()?;
    let is_borrowed = matches!(bare(payload), Type::Reference(reference) if !is_static(reference));
    if let Some(error) = shared_reference(payload).filter(|_| is_borrowed) {
        // `dyn Error` has no value of its own.
        let owned = match bare(error) {
            Type::TraitObject(_) => "ws_core::BoxError".to_owned(),
            error => compact(error),
        };
        errors.help(payload, "`#[error]` takes the error by value", format_args!("write `{owned}`"));
        return None;
    }
    if borrowed_anything(payload).is_some() || has_elided_lifetime(payload) {
        errors.help(
            payload,
            "an error outlives the callback that returned it, so it cannot contain borrowed data",
            "use a type without lifetimes, or with `'static`",
        );
        return None;
    }
    Some(callback)
}
