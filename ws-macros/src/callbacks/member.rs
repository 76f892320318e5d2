//! Checks the arguments of a service's callback: the member, recognised by the name of its type, and the payload.

use syn::{ReturnType, Signature, Type};

use super::form::{Form, Place};
use super::marker::{Marker, Payload};
use super::signature::{Argument, check_needed, check_payload, check_type, typed};
use super::types::{bare, borrowed, has_elided_lifetime, is_named, mut_reference};
use crate::errors::Errors;
use crate::tokens::mentions;

/// The messages that an `#[incoming]` receives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Incoming {
    Text,
    Binary,
    /// Messages without a callback of their own.
    Any,
}

impl Incoming {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Text => "text messages",
            Self::Binary => "binary messages",
            Self::Any => "messages without a callback of their own",
        }
    }

    /// Derives the kind of messages from the payload's type, as written. An unknown type is reported.
    pub(super) fn of(payload: Option<&Type>, errors: &mut Errors) -> Option<Self> {
        let Some(ty) = payload else { return Some(Self::Any) };
        let kind = match bare(ty) {
            Type::Slice(_) => Some(Self::Binary),
            Type::Path(path) => {
                path.path.segments.last().and_then(|last| match last.ident.to_string().as_str() {
                    "str" | "String" | "Text" | "Json" => Some(Self::Text),
                    "Vec" | "Bytes" => Some(Self::Binary),
                    "Message" => Some(Self::Any),
                    _ => None,
                })
            }
            _ => None,
        };
        if kind.is_none() {
            errors.help(
                ty,
                "the payload of `#[incoming]` cannot have this type",
                "use `&str`, `String`, `Text` or `Json<YourType>` for text messages, `&[u8]`, `Vec<u8>` or `Bytes` for \
                 binary messages, or `Message` for messages without a callback of their own",
            );
        }
        kind
    }
}

fn is_member(ty: &Type) -> bool {
    matches!(bare(ty), Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Member"))
}

/// Checks the arguments: the service, at most one member, and the payload.
pub(super) fn arguments(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) -> Vec<Argument> {
    let (name, example, this) = (marker.name(), form.example(marker), form.this());
    let mut handler = matches!(form.place, Place::Impl);
    let (mut member, mut payload) = (false, false);
    let mut arguments: Vec<Argument> = handler.then_some(Argument::Handler).into_iter().collect();
    let takes_member = matches!(marker, Marker::Join | Marker::Rejoin | Marker::Incoming | Marker::Close);
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
                format_args!(
                    "write `{example}`; to use the app, take an `AppHandle` in `#[init]` and keep it"
                ),
            );
        } else if is_member(ty) {
            if !takes_member {
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes no member"),
                    format_args!("write `{example}`; to send to members, store them in `{this}`"),
                );
            } else if !matches!(ty, Type::Reference(_)) {
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes the member by reference"),
                    format_args!(
                        "write `member: &Member<{this}>`; to keep the member, call `member.clone()`, which is cheap"
                    ),
                );
            } else if member {
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes only one member"),
                    format_args!("write `{example}`"),
                );
            }
            member = true;
            arguments.push(Argument::Member(ty.clone()));
        } else if marker.payload() == Payload::None {
            errors.help(ty, format_args!("`#[{name}]` takes no payload"), format_args!("write `{example}`"));
        } else {
            if marker == Marker::Join && matches!(ty, Type::Reference(_)) {
                errors.help(
                    ty,
                    "an argument of `#[join]` must be an extractor or the member",
                    format_args!("take an axum extractor by value, or `member: &Member<{this}>`"),
                );
            } else {
                check_payload(marker, ty, errors);
            }
            if matches!(marker, Marker::Close | Marker::Terminate) && is_named(ty, "Terminate") {
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes the reason by reference"),
                    "write `reason: &Terminate`",
                );
            }
            if payload && marker != Marker::Join {
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes only one payload"),
                    format_args!("write `{example}`"),
                );
            }
            payload = true;
            arguments.push(Argument::Payload(ty.clone()));
        }
    }
    if !payload {
        check_needed(marker, sig, form, errors);
    }
    arguments
}

/// Checks the return type of `#[join]`. The kept value outlives the callback, and its type is an associated type of the
/// trait, so it can be neither borrowed nor `impl Trait`.
pub(super) fn check_kept(output: &ReturnType, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = output else { return };
    let borrowed = borrowed(ty, &|_| true).or_else(|| has_elided_lifetime(ty).then_some(&**ty));
    if let Some(borrowed) = borrowed {
        errors.help(
            borrowed,
            "the return value of `#[join]` is kept with the member, so it cannot be borrowed",
            "return an owned type, or a `&'static` reference",
        );
    } else if mentions(ty, "impl") && !mentions(ty, "Future") {
        errors.help(ty, "`#[join]` cannot return `impl Trait`", "write the concrete type");
    }
}
