//! Tests of expansions ([`snapshots`]) and of errors (all others). Each error is compared with its text and with the
//! tokens that it points at.

mod callbacks;
mod items;
mod lifetimes;
mod modules;
mod options;
mod paths;
mod snapshots;
mod source;
mod stray;

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;

use crate::expand::{Expansion, attribute};
use crate::role::Role;

fn expand(arguments: &str, item: &str) -> Expansion {
    let tokens = |text: &str| text.parse::<TokenStream>().unwrap_or_else(|error| panic!("{text}: {error}"));
    attribute(Role::Handler, tokens(arguments), tokens(item))
}

/// Asserts that exactly these errors are reported, as pairs of tokens and text.
#[track_caller]
fn fails(arguments: &str, item: &str, expected: &[(&str, &str)]) {
    let Expansion { code, errors } = expand(arguments, item);
    let place = |error: &syn::Error| error.span().source_text().unwrap_or_default();
    let errors: Vec<_> = errors.iter().map(|error| (place(&error), error.to_string())).collect();
    let errors: Vec<_> = errors.iter().map(|(place, text)| (place.as_str(), text.as_str())).collect();
    assert_eq!(errors, expected);
    assert!(!code.to_string().contains("inventory"), "a route in spite of errors: {code}");
}

/// Asserts the errors in the arguments of a struct's attribute.
#[track_caller]
fn bad_options(arguments: &str, expected: &[(&str, &str)]) {
    fails(&format!("\"/path\", {arguments}"), "struct Custom;", expected);
}

/// Asserts the error of a single callback.
#[track_caller]
fn bad_callback(callback: &str, at: &str, text: &str) {
    fails("", &format!("impl Custom {{ {callback} }}"), &[(at, text)]);
}

#[track_caller]
fn passes(arguments: &str, item: &str) -> String {
    let Expansion { code, errors } = expand(arguments, item);
    let errors: Vec<_> = errors.iter().map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    code.to_string()
}

/// Compares `actual` with a file in `snapshots`. `BLESS=1 cargo test -p ws-macros` writes the file first.
#[track_caller]
fn assert_snapshot(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/snapshots").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, actual).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "{name} has changed; run with BLESS=1 and read the diff. It is now:\n{actual}"
    );
}
