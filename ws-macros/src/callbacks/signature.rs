//! One callback: its signature as written becomes what has to be called, or errors.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, FnArg, GenericArgument, PathArguments, ReturnType, Signature, Type};

use super::marker::{Marker, Payload};
use crate::errors::Errors;
use crate::item::Method;
use crate::tokens::{Place, mentions};

/// A callback that takes `&mut self`.
pub(crate) struct Callback {
    pub(crate) cfgs: Vec<TokenStream>,
    pub(crate) name: Ident,
    pub(crate) awaits: bool,
    /// In the order in which the user wrote them.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) reply: Place,
}

pub(crate) enum Argument {
    Payload(Type),
    /// Its type is not looked at: that it is the only `&mut` is enough.
    Context(Type),
}

/// The callback that makes the handler.
pub(crate) struct Init {
    pub(crate) cfgs: Vec<TokenStream>,
    pub(crate) name: Ident,
    pub(crate) awaits: bool,
    pub(crate) extractors: Vec<Type>,
    pub(crate) upgrade: Option<Type>,
    pub(crate) reply: Place,
}

impl Callback {
    pub(crate) fn payload(&self) -> Option<&Type> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Payload(ty) => Some(ty),
            Argument::Context(_) => None,
        })
    }

    pub(super) fn check(marker: Marker, method: &Method, errors: &mut Errors) -> Option<Self> {
        let Method { attrs, sig, .. } = method;
        let before = errors.count();
        check_qualifiers(marker, sig, errors);
        check_receiver(marker, sig, errors);
        let arguments = arguments(marker, sig, errors);
        check_reply(&sig.output, errors);
        (errors.count() == before).then(|| Self {
            cfgs: cfgs(attrs),
            name: sig.ident.clone(),
            awaits: sig.asyncness.is_some(),
            arguments,
            reply: reply(sig),
        })
    }
}

impl Init {
    pub(super) fn check(method: &Method, errors: &mut Errors) -> Option<Self> {
        let Method { attrs, sig, .. } = method;
        let before = errors.count();
        check_qualifiers(Marker::Init, sig, errors);
        if let Some(receiver) = sig.receiver() {
            errors.help(
                receiver,
                "`#[init]` takes no `self`: it makes the handler",
                "leave `self` out and return `Self`",
            );
        }
        let (mut extractors, mut upgrade) = (Vec::new(), None);
        let types: Vec<&Type> = typed(sig).collect();
        for (index, &ty) in types.iter().enumerate() {
            check_type(ty, errors);
            if !is_mut_reference(ty) {
                extractors.push(ty.clone());
            } else if index + 1 == types.len() {
                upgrade = Some(ty.clone());
            } else {
                errors.help(
                    ty,
                    "only the last argument of `#[init]` may be a `&mut`: it is the upgrade; all \
                     others are extractors",
                    "write `upgrade: &mut Upgrade<Self>` last",
                );
            }
        }
        (errors.count() == before).then(|| Self {
            cfgs: cfgs(attrs),
            name: sig.ident.clone(),
            awaits: sig.asyncness.is_some(),
            extractors,
            upgrade,
            reply: reply(sig),
        })
    }
}

/// What stands before and after the name of a function, and must not on a callback.
fn check_qualifiers(marker: Marker, sig: &Signature, errors: &mut Errors) {
    let marker = marker.name();
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
    if let Some(unsafety) = &sig.unsafety {
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
            "put the parameters on the impl, or leave lifetimes to be inferred",
        );
    }
    if let Some(clause) = &sig.generics.where_clause {
        errors.help(
            clause,
            format_args!("`#[{marker}]` cannot have a `where` clause"),
            "put the bounds on the impl",
        );
    }
}

fn check_receiver(marker: Marker, sig: &Signature, errors: &mut Errors) {
    let (name, example) = (marker.name(), marker.example());
    let Some(receiver) = sig.receiver() else {
        return errors.help(
            &sig.ident,
            format_args!("`#[{name}]` needs `&mut self` as its first argument"),
            format_args!("write `{example}`"),
        );
    };
    let problem = if receiver.colon_token.is_some() {
        "with its short form"
    } else if receiver.reference.is_none() {
        "by reference: the connection keeps the handler"
    } else if receiver.mutability.is_none() {
        "mutably, even if it changes nothing"
    } else {
        return;
    };
    errors.help(receiver, format_args!("`#[{name}]` takes the handler {problem}"), "write `&mut self`");
}

/// The arguments beside self: one `&mut` at most, and one payload if there may be one.
fn arguments(marker: Marker, sig: &Signature, errors: &mut Errors) -> Vec<Argument> {
    let (name, example) = (marker.name(), marker.example());
    let (mut context, mut payload) = (None, None);
    let mut arguments = Vec::new();
    for ty in typed(sig) {
        check_type(ty, errors);
        if is_mut_reference(ty) {
            arguments.push(Argument::Context(ty.clone()));
            if context.replace(ty).is_some() {
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes one `&mut` argument beside self: the context"),
                    format_args!("write `{example}`"),
                );
            }
        } else if marker.payload() == Payload::None {
            let meant = mentions(ty, "Context");
            errors.help(
                ty,
                format_args!(
                    "`#[{name}]` has no payload: it takes `&mut self` and, where needed, `cx: &mut \
                     Context<Self>`"
                ),
                if meant { "write `&mut Context<Self>`" } else { "remove this argument" },
            );
        } else {
            if marker == Marker::Terminate && is_named(ty, "Terminate") {
                errors.help(
                    ty,
                    "`#[terminate]` borrows the reason: the connection reports it too",
                    "write `reason: &Terminate`",
                );
            }
            arguments.push(Argument::Payload(ty.clone()));
            if payload.replace(ty).is_some() {
                errors.help(
                    ty,
                    format_args!("`#[{name}]` takes one payload, and this is another one"),
                    format_args!("write `{example}`; the context is taken as `&mut`"),
                );
            }
        }
    }
    if marker.payload() == Payload::Required && payload.is_none() {
        errors.help(
            &sig.ident,
            format_args!("`#[{name}]` needs its payload: the type says which infos come here"),
            format_args!("write `{example}`"),
        );
    }
    arguments
}

/// What rustc would report without knowing what to write instead.
fn check_reply(output: &ReturnType, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = output else { return };
    if matches!(&**ty, Type::ImplTrait(_)) && mentions(ty, "Future") {
        errors.help(
            ty,
            "a callback that waits is an `async fn`",
            "write `async fn`, and return what the future would come to",
        );
    }
    if let Some(borrowed) = borrowed_str(ty) {
        errors.help(
            borrowed,
            "a reply is sent after the callback has returned, so its text cannot be borrowed",
            "return `&'static str` for a text that is a literal, otherwise `String`: `text.to_owned()`",
        );
    }
}

/// A `&str` that is not `'static`, also in what a reply may be made of.
fn borrowed_str(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => {
            let is_static = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
            let is_str = matches!(&*reference.elem, Type::Path(elem) if elem.path.is_ident("str"));
            (is_str && !is_static).then_some(ty)
        }
        Type::Group(group) => borrowed_str(&group.elem),
        Type::Paren(paren) => borrowed_str(&paren.elem),
        Type::Array(array) => borrowed_str(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(borrowed_str),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            // Of a type of the user's own, only the user knows what it does with a `&str`.
            let known = ["Option", "Result", "Vec"].iter().any(|known| last.ident == known);
            match arguments.args.first() {
                Some(GenericArgument::Type(first)) if known => borrowed_str(first),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `impl Trait` is a generic parameter in disguise: there would be no type to ask the payload for.
fn check_type(ty: &Type, errors: &mut Errors) {
    if mentions(ty, "impl") {
        errors.help(ty, "an argument of a callback needs a concrete type, not `impl Trait`", "name the type");
    }
}

fn typed(sig: &Signature) -> impl Iterator<Item = &Type> {
    sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    })
}

/// Syntactically `&mut …`, also through the groups that `macro_rules!` leaves.
fn is_mut_reference(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => reference.mutability.is_some(),
        Type::Group(group) => is_mut_reference(&group.elem),
        Type::Paren(paren) => is_mut_reference(&paren.elem),
        _ => false,
    }
}

fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(ty) if ty.path.segments.last().is_some_and(|last| last.ident == name))
}

/// Where the reply is reported: at the return type, or at the name if there is none.
fn reply(sig: &Signature) -> Place {
    match &sig.output {
        ReturnType::Type(_, ty) => Place::of(ty),
        ReturnType::Default => Place::of(&sig.ident),
    }
}

/// The predicates of all `#[cfg(…)]`.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<TokenStream> {
    let predicate = |attr: &Attribute| attr.meta.require_list().ok().map(|list| list.tokens.clone());
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).filter_map(predicate).collect()
}
