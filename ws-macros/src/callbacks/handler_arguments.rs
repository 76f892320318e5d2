//! Checks the arguments of a handler's callback, the context and the payload.

use syn::{ReturnType, Signature, Type};

use super::argument::Argument;
use super::form::{self, Form};
use super::marker::{Marker, Payload};
use super::meant::{elsewhere, has_handler, is_the_context, lacks_handler};
use super::signature::{check_needed, check_payload, check_type, typed};
use super::types::{is_called, mut_reference, shared_reference};
use crate::errors::Errors;

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
            let is_plain = mut_reference(ty).is_some_and(|ty| is_the_context(ty, form));
            arguments.push(if is_plain {
                Argument::Context(ty.clone())
            } else {
                Argument::AnyContext(ty.clone())
            });
            if mut_reference(ty).is_some_and(|ty| lacks_handler(ty, "Context")) {
                refuse_context(ty, form, errors);
            } else if context.replace(ty).is_some() {
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes only one `&mut` argument besides {beside}: the context"),
                    format_args!("write `{example}`"),
                );
            }
        } else if marker.payload() == Payload::None {
            errors.help(
                ty,
                format_args!(
                    "`#[{name}]` takes no payload: it takes `{}` and, optionally, `cx: &mut Context<{}>`",
                    form.receiver(),
                    form.this()
                ),
                elsewhere(ty, form).unwrap_or_else(|| "remove this argument".to_owned()),
            );
        } else if payload.is_none() && has_handler(shared_reference(ty).unwrap_or(ty), "Context") {
            payload = Some(ty);
            errors.help(
                ty,
                format_args!("`#[{name}]` takes the context as `&mut`"),
                format_args!("write `cx: &mut Context<{}>`", form.this()),
            );
        } else {
            check_payload(marker, ty, errors);
            arguments.push(match marker {
                Marker::Terminate => Argument::Reason(ty.clone()),
                _ => Argument::Payload(ty.clone()),
            });
            if let Some(first) = payload.replace(ty) {
                let meant = [first, ty].into_iter().find_map(|ty| elsewhere(ty, form).map(|help| (ty, help)));
                if let Some((wrong, help)) = meant {
                    let is_context = is_called(shared_reference(wrong).unwrap_or(wrong), "Context");
                    let problem = if is_context {
                        "takes the context as `&mut`"
                    } else {
                        "takes nothing from the request or the app"
                    };
                    errors.help(wrong, format_args!("`#[{name}]` {problem}"), help);
                    continue;
                }
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes only one payload"),
                    format_args!("write `{example}`"),
                );
            }
        }
    }
    if payload.is_none() {
        check_needed(marker, sig, form, errors);
    }
    arguments
}

/// Reports a `&mut Context` without its handler.
pub(super) fn refuse_context(ty: &Type, form: &Form, errors: &mut Errors) {
    errors.help(
        ty,
        "the type of the context names its handler",
        format_args!("write `cx: &mut Context<{}>`", form.this()),
    );
}

/// Reports an `#[outgoing]` that returns nothing.
pub(super) fn check_outgoing(sig: &Signature, errors: &mut Errors) {
    let returns_nothing = matches!(sig.output, ReturnType::Default);
    if returns_nothing && typed(sig).any(|ty| mut_reference(ty).is_none()) {
        errors.help(
            &sig.ident,
            "`#[outgoing]` returns the message to send, so this one drops every message",
            "write `-> Option<Message>`, and return `Some(message)` to send it or `None` to drop it",
        );
    }
}
