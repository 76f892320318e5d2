//! Checks the signature of one callback and turns it into the model of its call.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, FnArg, ReturnType, Safety, Signature, Type, TypeReference};

use super::form::{self, Form, compact};
use super::marker::{Marker, Payload};
use super::types::{borrowed_str, is_future, is_static, mut_reference};
use super::{member, receiver};
use crate::errors::Errors;
use crate::item::Method;
use crate::role::Role;
use crate::tokens::{Place, mentions};

/// Any callback except `#[init]`.
pub(crate) struct Callback {
    pub(crate) cfgs: Vec<TokenStream>,
    /// The prefix of the name in a call: `Self` or `self`.
    pub(crate) owner: Ident,
    pub(crate) name: Ident,
    pub(crate) awaits: bool,
    /// In the order of the signature.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) reply: Place,
    /// The return type, if there is one.
    pub(crate) returns: Option<Type>,
}

pub(crate) enum Argument {
    /// `self`, or the state in a module.
    Handler,
    Payload(Type),
    /// The only `&mut` argument besides the handler. Its type is not checked.
    Context(Type),
    /// `#[terminate]` only.
    Reason(Type),
    /// The reference of a service's `#[join]` or `#[rejoin]`.
    Member(Type),
    /// An argument of `#[incoming]`, and its type decides which.
    MemberOrPayload(Type),
    /// An argument of `#[close]`, and its type decides which.
    MemberOrReason(Type),
}

/// The callback that creates the handler or the service.
pub(crate) struct Init {
    pub(crate) cfgs: Vec<TokenStream>,
    pub(crate) owner: Ident,
    pub(crate) name: Ident,
    pub(crate) awaits: bool,
    pub(crate) extractors: Vec<Type>,
    pub(crate) upgrade: Option<Type>,
    pub(crate) reply: Place,
}

impl Argument {
    /// Returns the type of an argument that is not the handler.
    pub(crate) const fn ty(&self) -> Option<&Type> {
        match self {
            Self::Handler => None,
            Self::Payload(ty)
            | Self::Context(ty)
            | Self::Reason(ty)
            | Self::Member(ty)
            | Self::MemberOrPayload(ty)
            | Self::MemberOrReason(ty) => Some(ty),
        }
    }
}

impl Callback {
    pub(crate) fn payload(&self) -> Option<&Type> {
        self.payloads().next()
    }

    /// Returns the extractors of a `#[join]`, or the payload of any other callback.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = &Type> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Payload(ty) => Some(ty),
            _ => None,
        })
    }

    /// Returns the types of all arguments except the handler.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Type> {
        self.arguments.iter().filter_map(Argument::ty)
    }

    pub(super) fn check(marker: Marker, method: &Method, form: &Form, errors: &mut Errors) -> Option<Self> {
        let Method { attrs, sig, .. } = method;
        let before = errors.count();
        check_qualifiers(marker, sig, form, errors);
        let received = receiver::check(marker, sig, form, errors);
        let arguments = match (&form.place, form.role) {
            // Without the state, the other arguments cannot be identified.
            (form::Place::Module(_), _) if !received => Vec::new(),
            (_, Role::Service) => member::arguments(marker, sig, form, errors),
            (_, Role::Handler) => arguments(marker, sig, form, errors),
        };
        check_future(&sig.output, errors);
        match form.role {
            Role::Handler => check_reply(&sig.output, errors),
            Role::Service if marker == Marker::Join => member::check_kept(&sig.output, errors),
            Role::Service => {}
        }
        (errors.count() == before).then(|| Self {
            cfgs: cfgs(attrs),
            owner: form.owner(),
            name: sig.ident.clone(),
            awaits: sig.asyncness.is_some(),
            arguments,
            reply: reply(sig),
            returns: match &sig.output {
                ReturnType::Type(_, ty) => Some((**ty).clone()),
                ReturnType::Default => None,
            },
        })
    }
}

impl Init {
    pub(super) fn check(method: &Method, form: &Form, errors: &mut Errors) -> Option<Self> {
        let Method { attrs, sig, .. } = method;
        let before = errors.count();
        check_qualifiers(Marker::Init, sig, form, errors);
        let this = form.this();
        if let Some(receiver) = sig.receiver() {
            errors.help(
                receiver,
                format_args!("`#[init]` cannot take `self`: it creates the {}", form.role.noun()),
                format_args!("remove `self` and return `{this}`"),
            );
        }
        let (mut extractors, mut upgrade) = (Vec::new(), None);
        let types: Vec<&Type> = typed(sig).collect();
        for (index, &ty) in types.iter().enumerate() {
            check_type(ty, errors);
            if form.role == Role::Service && matches!(ty, Type::Reference(_)) {
                errors.help(
                    ty,
                    "`#[init]` of a service cannot take references: it runs when the app starts, without a request",
                    "take `State<T>` for a state added with `App::state`, or `AppHandle`",
                );
            } else if mut_reference(ty).is_none() {
                extractors.push(ty.clone());
            } else if index + 1 == types.len() {
                upgrade = Some(ty.clone());
            } else {
                errors.help(
                    ty,
                    "only the last argument of `#[init]`, the upgrade, can be a `&mut` reference",
                    format_args!(
                        "move `upgrade: &mut Upgrade<{this}>` to the end; all other arguments are extractors"
                    ),
                );
            }
        }
        (errors.count() == before).then(|| Self {
            cfgs: cfgs(attrs),
            owner: form.owner(),
            name: sig.ident.clone(),
            awaits: sig.asyncness.is_some(),
            extractors,
            upgrade,
            reply: reply(sig),
        })
    }
}

/// Reports qualifiers, generic parameters and `where` clauses, which callbacks cannot have.
fn check_qualifiers(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) {
    let marker = marker.name();
    let (parameters, bounds) = match &form.place {
        form::Place::Impl => ("move the parameters to the impl", "move the bounds to the impl"),
        form::Place::Module(_) => ("use concrete types", "remove the `where` clause: all types are concrete"),
    };
    let mut refuse = |tokens: &dyn ToTokens, what: &str| {
        let written = tokens.to_token_stream();
        errors.help(
            tokens,
            format_args!("`#[{marker}]` cannot be {what}"),
            format_args!("remove `{written}`"),
        );
    };
    if let Some(constness) = &sig.constness {
        refuse(constness, "`const`");
    }
    if let Safety::Unsafe(unsafety) = &sig.safety {
        refuse(unsafety, "`unsafe`");
    }
    if let Some(abi) = &sig.abi {
        refuse(abi, "`extern`");
    }
    if let Some(variadic) = &sig.variadic {
        refuse(variadic, "variadic");
    }
    if !sig.generics.params.is_empty() {
        errors.help(
            &sig.generics,
            format_args!("`#[{marker}]` cannot be generic"),
            format_args!("{parameters}, and leave out lifetimes"),
        );
    }
    if let Some(clause) = &sig.generics.where_clause {
        errors.help(clause, format_args!("`#[{marker}]` cannot have a `where` clause"), bounds);
    }
}

/// Checks the arguments: the handler, at most one other `&mut`, and at most one payload if the marker has one.
fn arguments(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) -> Vec<Argument> {
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

/// Reports a returned future. Rustc would report it too, but without a correction.
fn check_future(output: &ReturnType, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = output else { return };
    if is_future(ty) {
        errors.help(
            ty,
            "a callback cannot return a future",
            "write `async fn`, and return the output of the future",
        );
    }
}

fn check_reply(output: &ReturnType, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = output else { return };
    if let Some(borrowed) = borrowed_str(ty) {
        errors.help(
            borrowed,
            "a reply is sent after the callback has returned, so it cannot be a borrowed `&str`",
            "return `String`, for example with `text.to_owned()`, or `&'static str` for a literal",
        );
    }
}

/// Reports a missing payload if the marker requires one.
pub(super) fn check_needed(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) {
    if marker.payload() == Payload::Required {
        errors.help(
            &sig.ident,
            format_args!("`#[{}]` needs a payload: {}", marker.name(), marker.needs()),
            format_args!("write `{}`", form.example(marker)),
        );
    }
}

/// Reports a payload that is borrowed for `'static`, unless it is an info. All other payloads are dropped after the
/// callback.
pub(super) fn check_payload(marker: Marker, ty: &Type, errors: &mut Errors) {
    if let Type::Reference(reference) = ty
        && is_static(reference)
        && marker != Marker::Info
    {
        let short = Type::Reference(TypeReference { lifetime: None, ..reference.clone() });
        errors.help(
            ty,
            format_args!(
                "the payload of `#[{}]` is borrowed only while the callback runs, so it cannot be `'static`",
                marker.name()
            ),
            format_args!("write `{}`", compact(&short)),
        );
    }
}

/// Reports an `impl Trait` argument. It is a hidden generic parameter, so there is no type to convert the payload to.
pub(super) fn check_type(ty: &Type, errors: &mut Errors) {
    if mentions(ty, "impl") {
        errors.help(ty, "an argument of a callback cannot be `impl Trait`", "write the concrete type");
    }
}

pub(super) fn typed(sig: &Signature) -> impl Iterator<Item = &Type> {
    sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    })
}

/// Returns the place for errors about the reply: the return type, or the function's name if there is none.
fn reply(sig: &Signature) -> Place {
    match &sig.output {
        ReturnType::Type(_, ty) => Place::of(ty),
        ReturnType::Default => Place::of(&sig.ident),
    }
}

/// Returns the predicates of all `#[cfg(…)]` attributes.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<TokenStream> {
    let predicate = |attr: &Attribute| attr.meta.require_list().ok().map(|list| list.tokens.clone());
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).filter_map(predicate).collect()
}
