//! Inspects types as written: their references, lifetimes and names.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type, TypeParamBound, TypeReference};

use crate::tokens::{mentions, written};

/// Finds the type behind a `&mut`, also inside the invisible groups that `macro_rules!` adds.
pub(super) fn mut_reference(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => reference.mutability.map(|_| &*reference.elem),
        Type::Group(group) => mut_reference(&group.elem),
        Type::Paren(paren) => mut_reference(&paren.elem),
        _ => None,
    }
}

/// Finds the type behind a `&`, also inside the invisible groups that `macro_rules!` adds.
pub(crate) fn shared_reference(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => reference.mutability.is_none().then_some(&*reference.elem),
        Type::Group(group) => shared_reference(&group.elem),
        Type::Paren(paren) => shared_reference(&paren.elem),
        _ => None,
    }
}

/// Finds a reference that is not `'static`, at any depth except in function types.
pub(super) fn borrowed_anything(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => (!is_static(reference)).then_some(ty),
        Type::Group(group) => borrowed_anything(&group.elem),
        Type::Paren(paren) => borrowed_anything(&paren.elem),
        Type::Array(array) => borrowed_anything(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(borrowed_anything),
        Type::Path(path) => {
            let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
                return None;
            };
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => borrowed_anything(ty),
                _ => None,
            })
        }
        _ => None,
    }
}

/// Checks whether the type is written `impl Future<Output = …>`, or as a boxed one.
pub(super) fn is_future(ty: &Type) -> bool {
    let bounds = match bare(ty) {
        Type::ImplTrait(ty) => &ty.bounds,
        Type::TraitObject(ty) => &ty.bounds,
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return false };
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
            let inner = arguments
                .args
                .iter()
                .any(|argument| matches!(argument, GenericArgument::Type(ty) if is_future(ty)));
            return inner && (last.ident == "Pin" || last.ident == "Box");
        }
        _ => return false,
    };
    bounds.iter().any(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return false };
        bound.path.segments.last().is_some_and(|last| {
            let output = |argument: &GenericArgument| matches!(argument, GenericArgument::AssocType(ty) if ty.ident == "Output");
            let arguments = match &last.arguments {
                PathArguments::AngleBracketed(arguments) => arguments.args.iter().any(output),
                _ => false,
            };
            last.ident == "Future" && arguments
        })
    })
}

/// Reads the name of a type that is called like an extractor of axum. For error texts only: the name may be another
/// type's.
pub(crate) fn extractor_name(ty: &Type) -> Option<String> {
    const NAMES: [&str; 22] = [
        "State",
        "Path",
        "Query",
        "RawQuery",
        "Extension",
        "HeaderMap",
        "TypedHeader",
        "ConnectInfo",
        "MatchedPath",
        "OriginalUri",
        "Uri",
        "Method",
        "Request",
        "Parts",
        "Host",
        "Cookies",
        "CookieJar",
        "SignedCookieJar",
        "PrivateCookieJar",
        "Session",
        "RawPathParams",
        "AppHandle",
    ];
    let Type::Path(path) = bare(ty) else { return None };
    let name = path.path.segments.last()?.ident.to_string();
    NAMES.contains(&name.as_str()).then_some(name)
}

/// Checks whether the last segment of the type's path is `name`.
pub(crate) fn is_called(ty: &Type, name: &str) -> bool {
    matches!(bare(ty), Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

pub(super) fn is_static(reference: &TypeReference) -> bool {
    reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
}

/// Checks whether the type has an elided lifetime `'_`. Types with function types are exempt, because there `'_` is a
/// fresh lifetime at each call.
pub(crate) fn has_elided_lifetime(ty: &dyn ToTokens) -> bool {
    // Most types have none, and `written` takes longer.
    mentions(ty, "_")
        && written(ty).contains("'_")
        && !["fn", "Fn", "FnMut", "FnOnce"].iter().any(|word| mentions(ty, word))
}

/// Checks whether the type is written `str` or `[T]`.
pub(super) fn is_unsized(ty: &Type) -> bool {
    match bare(ty) {
        Type::Slice(_) => true,
        Type::Path(path) => path.path.is_ident("str"),
        _ => false,
    }
}

/// Removes from a type the invisible groups that `macro_rules!` adds.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// Finds the `K` of a type that is written `Result<K, R>`, with both arguments. The generated code checks that it is one.
pub(crate) fn written_result(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = bare(ty) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let mut arguments = arguments.args.iter();
    match (arguments.next(), arguments.next(), arguments.next()) {
        (Some(GenericArgument::Type(kept)), Some(GenericArgument::Type(_)), None) => Some(kept),
        _ => None,
    }
}

/// Checks whether a type has a name or comes from a macro, so that it may be a `Result`.
pub(crate) fn is_named_somehow(ty: &Type) -> bool {
    matches!(bare(ty), Type::Path(_) | Type::Macro(_))
}
