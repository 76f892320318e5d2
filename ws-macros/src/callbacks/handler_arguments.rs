//! Checks the arguments of a handler's callback, the context and the payload.

use syn::Signature;

use super::argument::Argument;
use super::form::{self, Form};
use super::marker::{Marker, Payload};
use super::signature::{check_needed, check_payload, check_type, typed};
use super::types::mut_reference;
use crate::errors::Errors;
use crate::tokens::mentions;

/// Checks the arguments: the handler, at most one other `&mut`, and at most one payload if the marker has one.
pub(super) fn arguments(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) -> Vec<Argument> {
    let (name, example, beside) = (marker.name(), form.example(marker), form.beside());
    let (mut handler, mut context, mut payload) = (matches!(form.place, form::Place::Impl), None, None);
    let mut arguments: Vec<Argument> = handler.then_some(Argument::Handler).into_iter().collect();
    for ty in typed(sig) {
        check_type(ty, errors);
        if mut_reference(ty).is_some() && !handler {
            handler = true;
            arguments.push(Argument::Handler);
        } else if mut_reference(ty).is_some() {
            arguments.push(Argument::Context(ty.clone()));
            if context.replace(ty).is_some() {
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes only one `&mut` argument besides {beside}: the context"),
                    format_args!("write `{example}`"),
                );
            }
        } else if marker.payload() == Payload::None {
            let meant = mentions(ty, "Context");
            errors.help(
                ty,
                format_args!(
                    "`#[{name}]` takes no payload: it takes `{}` and, optionally, `cx: &mut Context<{}>`",
                    form.receiver(),
                    form.this()
                ),
                if meant {
                    format!("write `&mut Context<{}>`", form.this())
                } else {
                    "remove this argument".to_owned()
                },
            );
        } else {
            check_payload(marker, ty, errors);
            arguments.push(match marker {
                Marker::Terminate => Argument::Reason(ty.clone()),
                _ => Argument::Payload(ty.clone()),
            });
            if payload.replace(ty).is_some() {
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes only one payload"),
                    format_args!("write `{example}`; if this is the context, take it as `&mut`"),
                );
            }
        }
    }
    if payload.is_none() {
        check_needed(marker, sig, form, errors);
    }
    arguments
}
