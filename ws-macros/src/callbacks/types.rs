//! What can be seen of a type as it is written: what it borrows, and what it is called.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type, TypeReference};

use crate::tokens::{mentions, written};

/// What is behind a `&mut`, as it is written, also through the groups that `macro_rules!` leaves.
pub(super) fn mut_reference(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => reference.mutability.map(|_| &*reference.elem),
        Type::Group(group) => mut_reference(&group.elem),
        Type::Paren(paren) => mut_reference(&paren.elem),
        _ => None,
    }
}

/// What is behind a `&`, also through the groups that `macro_rules!` leaves.
pub(super) fn shared_reference(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => reference.mutability.is_none().then_some(&*reference.elem),
        Type::Group(group) => shared_reference(&group.elem),
        Type::Paren(paren) => shared_reference(&paren.elem),
        _ => None,
    }
}

/// A `&str` that is not `'static`, also in what a reply may be made of.
pub(super) fn borrowed_str(ty: &Type) -> Option<&Type> {
    borrowed(ty, &|behind| matches!(behind, Type::Path(path) if path.path.is_ident("str")))
}

/// A reference that is not `'static` to one `of` such types, also in what is made of several.
pub(super) fn borrowed<'a>(ty: &'a Type, of: &dyn Fn(&Type) -> bool) -> Option<&'a Type> {
    match ty {
        Type::Reference(reference) => (!is_static(reference) && of(&reference.elem)).then_some(ty),
        Type::Group(group) => borrowed(&group.elem, of),
        Type::Paren(paren) => borrowed(&paren.elem, of),
        Type::Array(array) => borrowed(&array.elem, of),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(|elem| borrowed(elem, of)),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            // Of a type of the user's own, only the user knows what it does with a `&str`.
            let known = ["Option", "Result", "Vec"].iter().any(|known| last.ident == known);
            match arguments.args.first() {
                Some(GenericArgument::Type(first)) if known => borrowed(first, of),
                _ => None,
            }
        }
        _ => None,
    }
}

pub(super) fn is_static(reference: &TypeReference) -> bool {
    reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
}

/// Whether a `'_` stands for something that is borrowed; in the type of a function it is another one at each call.
pub(crate) fn has_elided_lifetime(ty: &dyn ToTokens) -> bool {
    let of_a_function = ["fn", "Fn", "FnMut", "FnOnce"].iter().any(|word| mentions(ty, word));
    !of_a_function && written(ty).contains("'_")
}

pub(super) fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(ty) if ty.path.segments.last().is_some_and(|last| last.ident == name && last.arguments.is_empty()))
}

/// What is borrowed, without the groups that `macro_rules!` leaves.
pub(super) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => bare(&reference.elem),
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// Whether a type is called a result: `Result<T, E>`, or an alias that says so.
pub(crate) fn is_result(ty: &Type) -> bool {
    matches!(bare(ty), Type::Path(path) if path.path.segments.last().is_some_and(|last| {
        last.ident.to_string().ends_with("Result")
    }))
}

/// `T` of `Result<T, E>`; an alias may leave it out.
pub(crate) fn first_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = bare(ty) else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(first) => Some(first),
        _ => None,
    }
}
