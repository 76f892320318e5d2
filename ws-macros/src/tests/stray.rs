//! Markers that no attribute reads, and arguments that are meant to be something else.

use quote::quote;

use super::{bad_callback, bad_options, expand, passes};
use crate::stray::marker;

#[test]
fn a_stray_marker_checks_the_type_of_its_method() {
    let method = marker(
        "text",
        &quote!(
            pub async fn received(&mut self, text: &str) {
                text.len();
            }
        ),
    )
    .to_string();
    assert!(method.starts_with("pub async fn received"), "{method}");
    assert!(
        method.contains(":: Stray :: < Self > :: new ()") && method.contains("text . len ()"),
        "{method}"
    );
    let init = marker(
        "init",
        &quote!(
            fn new() -> Self {
                Self
            }
        ),
    )
    .to_string();
    assert!(init.contains("Stray"), "{init}");
}

#[test]
fn a_stray_marker_of_anything_else_is_an_error() {
    for item in [
        &quote!(
            fn received(text: &str) {}
        ),
        &quote!(
            struct Custom;
        ),
        &quote!(
            fn received(&mut self);
        ),
    ] {
        let code = marker("text", item).to_string();
        assert!(code.starts_with(&item.to_string()) && code.contains("compile_error"), "{code}");
    }
    let service = marker(
        "join",
        &quote!(
            fn join() {}
        ),
    )
    .to_string();
    assert!(service.contains("with `#[service]`"), "{service}");
    let without_pages = marker(
        "message",
        &quote!(
            fn say(text: &str) {}
        ),
    )
    .to_string();
    assert!(without_pages.contains("needs the feature `pages`"), "{without_pages}");
}

#[test]
fn a_marker_in_cfg_attr() {
    let text = "a marker cannot be in a `cfg_attr`\n\
                help: write `#[text]`, and `#[cfg(…)]` beside it if the whole callback depends on the condition";
    bad_callback("#[cfg_attr(unix, text)] fn received(&mut self) {}", "text", text);
    bad_callback("#[cfg_attr(unix, inline, text)] fn received(&mut self) {}", "text", text);
    passes("", "impl Custom { #[cfg_attr(unix, inline)] fn received(&mut self) {} }");
}

#[test]
fn callbacks_under_different_cfgs_are_no_duplicates() {
    let both = |first: &str, second: &str| {
        format!(
            "impl Custom {{ {first} #[text] fn a(&mut self) {{}} {second} #[text] fn b(&mut self) {{}} }}"
        )
    };
    let count = |first, second| expand("", &both(first, second)).errors.count();
    assert_eq!(count("#[cfg(unix)]", "#[cfg(windows)]"), 0);
    assert_eq!(count("#[cfg(unix)]", ""), 0);
    assert_eq!(count("#[cfg(unix)]", "#[cfg(unix)]"), 1);
    assert_eq!(count("", ""), 1);
}

#[test]
fn values_of_the_context() {
    let text = |call: &str| {
        format!(
            "`#[text]` takes nothing from the request or the app\n\
             help: take `cx: &mut Context<Self>`, and call `{call}`"
        )
    };
    let callback = |ty: &str| format!("#[text] fn received(&mut self, text: &str, it: {ty}) {{}}");
    for (ty, call) in [("Socket<Self>", "cx.socket()"), ("&Hub", "cx.app().hub()"), ("AppHandle", "cx.app()")]
    {
        bad_callback(&callback(ty), ty, &text(call));
    }
}

/// A context under another name is checked by its type.
#[test]
fn only_an_unusual_context_is_checked() {
    let code = |ty: &str| passes("", &format!("impl Custom {{ #[open] fn open(&mut self, cx: {ty}) {{}} }}"));
    assert!(!code("&mut Context<Self>").contains("ContextArgument"));
    assert!(!code("&mut ws_core::Context<Self>").contains("ContextArgument"));
    for unusual in ["&mut Cx", "&mut Context<Other>", "&mut String"] {
        assert!(code(unusual).contains("ContextArgument"), "{unusual}");
    }
}

#[test]
fn boxed_futures() {
    let text =
        "a callback cannot return a future\nhelp: write `async fn`, and return the output of the future";
    for ty in ["Box<dyn Future<Output = u8>>", "Pin<Box<dyn Future<Output = String> + Send>>"] {
        bad_callback(&format!("#[text] fn received(&mut self) -> {ty} {{}}"), ty, text);
    }
    passes("", "impl Custom { #[text] fn received(&mut self) -> Box<Custom> {} }");
}

#[test]
fn extractors_own_their_values() {
    let text = "an extractor owns the value that it takes from the request, so it cannot contain a reference\n\
                help: write an owned type, such as `Path<String>`";
    bad_callback("#[init] fn new(id: Path<&str>) -> Self {}", "&str", text);
    let text = "`#[init]` takes owned values from the request and the app, not references\n\
                help: for a value from `App::state`, write `State<Db>`";
    bad_callback("#[init] fn new(db: &Db) -> Self {}", "&Db", text);
    passes("", "impl Custom { #[init] fn new(db: Local<&'static str>) -> Self {} }");
}

#[test]
fn separators_of_options() {
    bad_options(
        "name: \"chat\"",
        &[("name: \"chat\"", "an option is written with `=`\nhelp: write `name = \"chat\"`")],
    );
    bad_options(
        "name = \"chat\"; heartbeat = \"5s\"",
        &[(";", "expected `,`, found `;`\nhelp: write a comma")],
    );
}
