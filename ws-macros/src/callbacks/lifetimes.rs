//! The lifetimes of a callback whose reply is borrowed.
//!
//! Rust ties an elided lifetime in the return type to `self`, so that `fn echo(&mut self, text: &str) -> &str` could not
//! return `text`. The macro gives all elided lifetimes of such a signature one name, `'callback`: the reply may then
//! borrow from the handler, the payload and the context.

use proc_macro2::Span;
use syn::{
    FnArg, GenericArgument, GenericParam, Lifetime, LifetimeParam, PathArguments, ReceiverKind, ReturnType,
    Signature, Type, TypeParamBound,
};

use super::marker::Marker;
use crate::item::Method;
use crate::role::Role;
use crate::tokens::{mentions, written};

const NAME: &str = "callback";

/// Returns the name for the elided lifetimes of `method`, if its reply borrows and Rust does not tie the reply to
/// everything that it may borrow from.
pub(super) fn needed(marker: Marker, role: Role, method: &Method) -> Option<Lifetime> {
    // The handler and kept values own their data, and the replies of `#[terminate]` are discarded.
    if role == Role::Service || matches!(marker, Marker::Init | Marker::Terminate) {
        return None;
    }
    let mut signature = method.sig.clone();
    let declared = signature.generics.lifetimes().any(|parameter| parameter.lifetime.ident == NAME);
    // Rustc suggests this name in a type that hides its lifetime, so it may be written without a declaration.
    let is_ours = |lifetime: &Lifetime| is_elided(lifetime) || !declared && lifetime.ident == NAME;
    let (mut borrowed, mut borrows) = (0, 0);
    inputs(&mut signature, &mut |lifetime| borrowed += usize::from(is_ours(lifetime)));
    output(&mut signature, &mut |lifetime| borrows += usize::from(is_ours(lifetime)));
    (borrowed > 1 && borrows > 0).then(|| fresh(method))
}

/// Checks whether the signature names a lifetime that it does not declare. The impl of a handler declares none.
pub(super) fn is_undeclared(sig: &Signature) -> bool {
    let mut signature = sig.clone();
    let declared: Vec<Lifetime> = sig.generics.lifetimes().map(|known| known.lifetime.clone()).collect();
    let is_known = |lifetime: &Lifetime| {
        is_elided(lifetime)
            || lifetime.ident == "static"
            || lifetime.ident == NAME
            || declared.iter().any(|known| known.ident == lifetime.ident)
    };
    let mut is_undeclared = false;
    inputs(&mut signature, &mut |lifetime| is_undeclared |= !is_known(lifetime));
    output(&mut signature, &mut |lifetime| is_undeclared |= !is_known(lifetime));
    // A `for<'a>` declares some too.
    is_undeclared && !mentions(sig, "for")
}

/// Checks whether the only parameters of the function are lifetimes.
pub(super) fn has_only_lifetimes(sig: &Signature) -> bool {
    sig.generics.params.iter().all(|parameter| matches!(parameter, GenericParam::Lifetime(_)))
}

/// Makes up a lifetime that `method` declares neither in its signature nor in its body.
pub(super) fn fresh(method: &Method) -> Lifetime {
    let declaring = [written(&method.sig.generics), written(&method.body)];
    let mut name = format!("'{NAME}");
    while declaring.iter().any(|tokens| tokens.contains(&name)) {
        name.push('_');
    }
    Lifetime::new(&name, Span::call_site())
}

/// Gives all elided lifetimes of `method` this name, and declares it.
pub(super) fn name(method: &mut Method, lifetime: &Lifetime) {
    let sig = &mut method.sig;
    let mut replace = |elided: &mut Lifetime| replace_elided(elided, lifetime);
    inputs(sig, &mut replace);
    output(sig, &mut replace);
    sig.generics.params.insert(0, GenericParam::Lifetime(LifetimeParam::new(lifetime.clone())));
}

/// Names the elided lifetimes of `ty`.
pub(crate) fn named(mut ty: Type, lifetime: &Lifetime) -> Type {
    walk(&mut ty, &mut |elided| replace_elided(elided, lifetime));
    ty
}

/// Elides the lifetimes of its function in `ty`, for places where they are not declared.
pub(super) fn elided(mut ty: Type) -> Type {
    walk(&mut ty, &mut |lifetime| {
        if lifetime.ident != "static" {
            *lifetime = anonymous(lifetime.span());
        }
    });
    ty
}

fn replace_elided(elided: &mut Lifetime, lifetime: &Lifetime) {
    if is_elided(elided) {
        let place = elided.span();
        *elided = lifetime.clone();
        elided.set_span(lifetime.span().located_at(place));
    }
}

fn is_elided(lifetime: &Lifetime) -> bool {
    lifetime.ident == "_"
}

fn anonymous(span: Span) -> Lifetime {
    Lifetime::new("'_", span)
}

fn inputs(sig: &mut Signature, visit: &mut dyn FnMut(&mut Lifetime)) {
    for input in &mut sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                if let ReceiverKind::Reference(and, lifetime, _) = &mut receiver.kind {
                    optional(lifetime, and.span, visit);
                }
            }
            FnArg::Typed(typed) => walk(&mut typed.ty, visit),
        }
    }
}

fn output(sig: &mut Signature, visit: &mut dyn FnMut(&mut Lifetime)) {
    if let ReturnType::Type(_, ty) = &mut sig.output {
        walk(ty, visit);
    }
}

/// Visits the lifetime of a reference. One that is left out is `'_`.
fn optional(lifetime: &mut Option<Lifetime>, and: Span, visit: &mut dyn FnMut(&mut Lifetime)) {
    let mut visited = lifetime.take().unwrap_or_else(|| anonymous(and));
    visit(&mut visited);
    *lifetime = (!is_elided(&visited)).then_some(visited);
}

/// Visits every lifetime of a type, except in function types, where an elided lifetime is another one at each call.
fn walk(ty: &mut Type, visit: &mut dyn FnMut(&mut Lifetime)) {
    match ty {
        Type::Reference(reference) => {
            optional(&mut reference.lifetime, reference.and_token.span, visit);
            walk(&mut reference.elem, visit);
        }
        Type::Group(group) => walk(&mut group.elem, visit),
        Type::Paren(paren) => walk(&mut paren.elem, visit),
        Type::Array(array) => walk(&mut array.elem, visit),
        Type::Slice(slice) => walk(&mut slice.elem, visit),
        Type::Ptr(pointer) => walk(&mut pointer.elem, visit),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(|elem| walk(elem, visit)),
        Type::ImplTrait(ty) => ty.bounds.iter_mut().for_each(|bound| walk_bound(bound, visit)),
        Type::TraitObject(ty) => ty.bounds.iter_mut().for_each(|bound| walk_bound(bound, visit)),
        Type::Path(path) => {
            let segments = path.path.segments.iter_mut();
            segments.for_each(|segment| walk_arguments(&mut segment.arguments, visit));
        }
        _ => {}
    }
}

fn walk_bound(bound: &mut TypeParamBound, visit: &mut dyn FnMut(&mut Lifetime)) {
    match bound {
        TypeParamBound::Lifetime(lifetime) => visit(lifetime),
        TypeParamBound::Trait(bound) => {
            let segments = bound.path.segments.iter_mut();
            segments.for_each(|segment| walk_arguments(&mut segment.arguments, visit));
        }
        _ => {}
    }
}

fn walk_arguments(arguments: &mut PathArguments, visit: &mut dyn FnMut(&mut Lifetime)) {
    let PathArguments::AngleBracketed(arguments) = arguments else { return };
    for argument in &mut arguments.args {
        match argument {
            GenericArgument::Lifetime(lifetime) => visit(lifetime),
            GenericArgument::Type(ty) => walk(ty, visit),
            GenericArgument::AssocType(ty) => walk(&mut ty.ty, visit),
            _ => {}
        }
    }
}
