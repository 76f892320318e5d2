//! Checks the arguments of a service's callback: the member and the payload.
//!
//! A name decides nothing. In `#[join]`, `#[rejoin]`, `#[message]` and `#[error]` the member is the only reference; in
//! `#[incoming]` and `#[close]` the generated code asks the types. A name only chooses between two texts for a certain
//! error.

use syn::{ReturnType, Signature, Type};

use super::argument::Argument;
use super::form::{Form, Place};
use super::marker::{Marker, Payload};
use super::meant::lacks_handler;
use super::signature::{check_needed, check_owned, check_payload, check_type, refuse_upgrade, typed};
use super::types::{
    borrowed_anything, has_elided_lifetime, is_called, is_future, mut_reference, shared_reference,
    written_result,
};
use crate::errors::Errors;
use crate::tokens::{mentions, written};

/// Checks whether a type has generic arguments: a payload of the user's that is called `Member` has none.
fn is_generic(ty: &Type) -> bool {
    written(ty).contains('<')
}

/// Checks whether a type is called `Member`. For error texts only.
fn is_called_member(ty: &Type) -> bool {
    is_called(shared_reference(ty).unwrap_or(ty), "Member")
}

/// Checks the arguments: the service, the member, and the payload.
pub(super) fn arguments(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) -> Vec<Argument> {
    let (name, example) = (marker.name(), form.example(marker));
    let mut handler = matches!(form.place, Place::Impl);
    let mut arguments: Vec<Argument> = handler.then_some(Argument::Handler).into_iter().collect();
    let mut others: Vec<&Type> = Vec::new();
    for ty in typed(sig) {
        check_type(ty, errors);
        if mut_reference(ty).is_some() && !handler {
            handler = true;
            arguments.push(Argument::Handler);
        } else if mut_reference(ty).is_some() {
            errors.help(
                ty,
                format_args!(
                    "`#[{name}]` cannot take another `&mut` argument besides {}: a service has no context",
                    form.beside()
                ),
                if is_called(ty, "ServiceContext")
                    || mut_reference(ty).is_some_and(|ty| is_called(ty, "ServiceContext"))
                {
                    format!("take `cx: ServiceContext<{}>` in `#[init]`, and keep it in a field", form.this())
                } else {
                    format!("write `{example}`; to use the app, take an `AppHandle` in `#[init]` and keep it")
                },
            );
        } else {
            check_other(marker, ty, &others, form, errors);
            others.push(ty);
            arguments.push(argument(marker, ty.clone()));
        }
    }
    let is_missing = match marker {
        // The member alone is not enough.
        Marker::Error => others.iter().all(|ty| shared_reference(ty).is_some()),
        _ => others.is_empty(),
    };
    if is_missing {
        check_needed(marker, sig, form, errors);
    }
    arguments
}

fn argument(marker: Marker, ty: Type) -> Argument {
    match marker {
        Marker::Join | Marker::Rejoin | Marker::Error | Marker::Message
            if shared_reference(&ty).is_some() =>
        {
            Argument::Member(ty)
        }
        Marker::Incoming => Argument::MemberOrPayload(ty),
        Marker::Close => Argument::MemberOrReason(ty),
        Marker::Terminate => Argument::Reason(ty),
        _ => Argument::Payload(ty),
    }
}

/// Checks an argument that is not the service. `before` are the others before it.
fn check_other(marker: Marker, ty: &Type, before: &[&Type], form: &Form, errors: &mut Errors) {
    if marker == Marker::Join && is_called(ty, "WebSocketUpgrade") {
        return refuse_upgrade(ty, "remove this argument", errors);
    }
    let (name, example, this) = (marker.name(), form.example(marker), form.this());
    let takes_member = matches!(
        marker,
        Marker::Join | Marker::Rejoin | Marker::Incoming | Marker::Message | Marker::Error | Marker::Close
    );
    let members = before.iter().filter(|before| shared_reference(before).is_some()).count();
    let twice = match marker {
        Marker::Join => shared_reference(ty).is_some() && members > 0,
        Marker::Error | Marker::Message if shared_reference(ty).is_some() => members > 0,
        Marker::Error | Marker::Message => before.len() > members,
        // Which of two different types is the member is known to rustc alone.
        Marker::Incoming | Marker::Close => {
            before.len() > 1 || before.iter().any(|before| written(before) == written(ty))
        }
        _ => !before.is_empty(),
    };
    let is_payload = match marker {
        Marker::Rejoin => shared_reference(ty).is_none(),
        _ => marker.payload() == Payload::None,
    };
    // One of several, or the argument of a callback that has none: this is an error for certain.
    let wrong = twice || is_payload;
    let called_member = [ty].into_iter().chain(before.iter().copied()).find(|ty| is_called_member(ty));
    if let Some(member) = called_member.filter(|_| wrong && !takes_member) {
        errors.help(
            member,
            format_args!("`#[{name}]` takes no member"),
            format_args!("write `{example}`; to send to members, store them in `{this}`"),
        );
    } else if takes_member && is_called_member(ty) && shared_reference(ty).is_none() && is_generic(ty) {
        errors.help(
            ty,
            format_args!("`#[{name}]` takes the member by reference"),
            format_args!(
                "write `member: &Member<{this}>`; to keep the member, call `member.clone()`, which is cheap"
            ),
        );
    } else if takes_member && shared_reference(ty).is_some_and(|ty| lacks_handler(ty, "Member")) {
        errors.help(
            ty,
            "the type of the member names its service",
            format_args!("write `member: &Member<{this}>`"),
        );
    } else if is_payload {
        errors.help(ty, format_args!("`#[{name}]` takes no payload"), format_args!("write `{example}`"));
    } else if twice
        && (matches!(marker, Marker::Join | Marker::Rejoin) || takes_member && is_called_member(ty))
    {
        errors.help(ty, format_args!("`#[{name}]` takes only one member"), format_args!("write `{example}`"));
    } else if twice {
        errors.help(
            ty,
            format_args!("`#[{name}]` takes only one payload"),
            format_args!("write `{example}`"),
        );
    } else {
        check_payload(marker, ty, errors);
        if marker == Marker::Join && shared_reference(ty).is_none() {
            check_owned(marker, ty, form, errors);
        }
    }
}

/// Checks the return type of `#[join]`. The kept value outlives the callback, and its type is an associated type of the
/// trait, so it can be neither borrowed nor `impl Trait`.
pub(super) fn check_kept(output: &ReturnType, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = output else { return };
    // The error of a written `Result` is not kept.
    let kept = written_result(ty).unwrap_or(ty);
    let borrowed = borrowed_anything(kept).or_else(|| has_elided_lifetime(ty).then_some(&**ty));
    if let Some(borrowed) = borrowed {
        errors.help(
            borrowed,
            "the return value of `#[join]` is kept with the member, so it cannot be borrowed",
            "return an owned type, or a `&'static` reference",
        );
    } else if mentions(ty, "impl") && !is_future(ty) {
        errors.help(ty, "`#[join]` cannot return `impl Trait`", "write the concrete type");
    }
}
