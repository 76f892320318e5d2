//! Mistakes in callbacks.

use super::{bad_callback, fails, passes};

fn ok(members: &str) -> String {
    passes("", &format!("impl Custom {{ {members} }}"))
}

#[test]
fn receiver() {
    let example = "fn text(&mut self, text: &str, cx: &mut Context<Self>)";
    bad_callback(
        "#[text] fn said(text: &str) {}",
        "said",
        &format!("`#[text]` needs `&mut self` as its first argument\nhelp: write `{example}`"),
    );
    let cases = [
        ("self", "by reference: the connection keeps the handler"),
        ("mut self", "by reference: the connection keeps the handler"),
        ("&self", "mutably, even if it changes nothing"),
        ("self: &mut Self", "with its short form"),
    ];
    for (receiver, what) in cases {
        let text = format!("`#[open]` takes the handler {what}\nhelp: write `&mut self`");
        bad_callback(&format!("#[open] fn open({receiver}) {{}}"), receiver, &text);
    }
}

#[test]
fn too_many_arguments() {
    let example = "fn binary(&mut self, bytes: &[u8], cx: &mut Context<Self>)";
    bad_callback(
        "#[binary] fn f(&mut self, a: &[u8], b: Vec<u8>) {}",
        "Vec<u8>",
        &format!(
            "`#[binary]` takes one payload, and this is another one\nhelp: write `{example}`; the context is taken \
             as `&mut`"
        ),
    );
    bad_callback(
        "#[binary] fn f(&mut self, a: &mut Cx, b: &mut Cy) {}",
        "&mut Cy",
        &format!("`#[binary]` takes one `&mut` argument beside self: the context\nhelp: write `{example}`"),
    );
    bad_callback(
        "#[open] fn f(&mut self, a: &str) {}",
        "&str",
        "`#[open]` has no payload: it takes `&mut self` and, where needed, `cx: &mut Context<Self>`\nhelp: remove \
         this argument",
    );
}

#[test]
fn concrete_types() {
    let text = "an argument of a callback needs a concrete type, not `impl Trait`\nhelp: name the type";
    bad_callback("#[text] fn f(&mut self, a: Json<impl Read>) {}", "Json<impl Read>", text);
    bad_callback("#[init] fn f(a: impl Read) -> Self {}", "impl Read", text);
}

#[test]
fn broadcast() {
    bad_callback(
        "#[broadcast] fn news(&mut self) {}",
        "news",
        "`#[broadcast]` needs its payload: the type says which broadcasts come here\nhelp: write `fn broadcast(&mut \
         self, news: &YourType, cx: &mut Context<Self>)`",
    );
    bad_callback(
        "#[broadcast] fn f(&mut self, a: Vec<News>) {}",
        "Vec<News>",
        "a broadcast is shared by all who hear it, so it is borrowed\nhelp: write `&Vec<News>`",
    );
    let text = "`a` takes broadcasts of this type already\nhelp: put both into `a`, or remove one of them";
    fails(
        "",
        "impl C { #[broadcast] fn a(&mut self, a: &News) {} #[broadcast] fn b(&mut self, b: &News) {} }",
        &[("&News", text)],
    );
    ok("#[broadcast] fn a(&mut self, a: &News) {} #[info] fn b(&mut self, b: News) {}");
}

#[test]
fn outgoing() {
    bad_callback(
        "#[outgoing] fn f(&mut self) {}",
        "f",
        "`#[outgoing]` needs its payload: the message that is about to go out\nhelp: write `fn outgoing(&mut self, \
         message: Message, cx: &mut Context<Self>) -> Option<Message>`",
    );
    ok("#[outgoing] async fn f(&mut self, message: Message) -> Option<Message> { Some(message) }");
}

#[test]
fn info() {
    bad_callback(
        "#[info] fn tick(&mut self, cx: &mut Context<Self>) {}",
        "tick",
        "`#[info]` needs its payload: the type says which infos come here\nhelp: write `fn info(&mut self, info: \
         YourType, cx: &mut Context<Self>)`",
    );
    bad_callback(
        "#[info] fn f(&mut self, a: &str) {}",
        "&str",
        "an info is kept until it is taken, so it cannot be borrowed\nhelp: take an owned type, or `&'static`",
    );
    bad_callback(
        "#[info] fn f(&mut self, a: Words<'_>) {}",
        "Words<'_>",
        "an info is kept until it is taken, so it cannot be borrowed\nhelp: take an owned type, or `&'static`",
    );
    ok("#[info] fn f(&mut self, a: Box<dyn FnOnce(Words<'_>) + Send>) {}");
    ok("#[info] fn f(&mut self, a: &'static str) {}");
    let item =
        "impl Custom { #[info] fn a(&mut self, a: Tick<u8>) {} #[info] fn b(&mut self, b: Tick<u8>) {} }";
    let text = "`a` takes infos of this type already\nhelp: put both into `a`, or remove one of them";
    fails("", item, &[("Tick<u8>", text)]);
}

#[test]
fn replies() {
    let text = "a reply is sent after the callback has returned, so its text cannot be borrowed\nhelp: return \
                `&'static str` for a text that is a literal, otherwise `String`: `text.to_owned()`";
    for (reply, wrong) in
        [("&str", "&str"), ("(Option<u8>, &'_ str)", "&'_ str"), ("(String, [&str; 2])", "&str")]
    {
        bad_callback(&format!("#[text] fn f(&mut self) -> {reply} {{}}"), wrong, text);
    }
    let text = "a callback that waits is an `async fn`\nhelp: write `async fn`, and return what the future would come to";
    let future = "impl Future<Output = String>";
    bad_callback(&format!("#[text] fn f(&mut self) -> {future} {{}}"), future, text);
    for reply in [
        "&'static str",
        "Option<&'static str>",
        "Theirs<&str>",
        "&Theirs",
        "Option<&str>",
        "impl Theirs<Future>",
    ] {
        ok(&format!("#[text] fn f(&mut self) -> {reply} {{}}"));
    }
}

/// Rustc reports a type that does not fit, because a name decides nothing.
#[test]
fn names_decide_nothing() {
    ok("#[terminate] fn f(&mut self, reason: ws_core::Terminate) {}");
    ok("#[terminate] fn f(&mut self, reason: &Alias) {}");
    ok("#[init] fn f(cx: &mut Context<Self>) -> Self {}");
    ok("#[init] fn f(upgrade: &mut Upgrade<Context>) -> Self {}");
}

#[test]
fn qualifiers() {
    let cannot = |what: &str, written: &str| format!("`#[open]` cannot be {what}\nhelp: remove `{written}`");
    bad_callback("#[open] const fn f(&mut self) {}", "const", &cannot("`const`", "const"));
    bad_callback("#[open] unsafe fn f(&mut self) {}", "unsafe", &cannot("`unsafe`", "unsafe"));
    bad_callback(
        "#[open] extern \"C\" fn f(&mut self) {}",
        "extern \"C\"",
        &cannot("`extern`", "extern \"C\""),
    );
    bad_callback("#[open] fn f(&mut self, ...) {}", "...", &cannot("variadic", "..."));
    bad_callback(
        "#[text] fn f<'a>(&mut self, a: &'a str) {}",
        "<'a>",
        "`#[text]` cannot be generic\nhelp: put the parameters on the impl, or leave lifetimes to be inferred",
    );
    bad_callback(
        "#[open] fn f(&mut self) where Self: Sized {}",
        "where Self: Sized",
        "`#[open]` cannot have a `where` clause\nhelp: put the bounds on the impl",
    );
}

#[test]
fn init() {
    bad_callback(
        "#[init] fn f(&mut self) -> Self {}",
        "&mut self",
        "`#[init]` takes no `self`: it makes the handler\nhelp: leave `self` out and return `Self`",
    );
    bad_callback(
        "#[init] fn f(up: &mut Upgrade<Self>, a: A) -> Self {}",
        "&mut Upgrade<Self>",
        "only the last argument of `#[init]` may be a `&mut`: it is the upgrade; all others are extractors\nhelp: \
         write `upgrade: &mut Upgrade<Self>` last",
    );
}

#[test]
fn misspelt_markers() {
    let meant =
        |wrong: &str, right: &str| format!("unknown marker `#[{wrong}]`\nhelp: did you mean `#[{right}]`?");
    for (wrong, right) in
        [("txt", "text"), ("Open", "open"), ("bin_ary", "binary"), ("terminated", "terminate")]
    {
        bad_callback(&format!("#[{wrong}] fn f(&mut self) {{}}"), wrong, &meant(wrong, right));
    }
}

/// Attributes of other crates are kept, even if they resemble a marker.
#[test]
fn foreign_attributes() {
    let foreign = [
        "test",
        "inline",
        "cold",
        "must_use",
        "track_caller",
        "instrument",
        "tracing::instrument",
        "their::txt",
        "tracing::info",
        "their::text(a)",
        "inlin(e)",
        "on",
        "rustfmt::skip",
    ];
    for attribute in foreign {
        let code = ok(&format!("#[text] #[{attribute}] fn f(&mut self) {{}} #[{attribute}] fn g() {{}}"));
        let kept: String = attribute.parse::<proc_macro2::TokenStream>().unwrap().to_string();
        assert_eq!(code.matches(&format!("# [{kept}]")).count(), 2, "{code}");
    }
}

#[test]
fn markers_out_of_place() {
    bad_callback(
        "#[text(json)] fn f(&mut self) {}",
        "#[text(json)]",
        "`#[text]` takes no arguments\nhelp: write `#[text]`; an attribute of another crate is written with its \
         path: `#[their_crate::text(…)]`",
    );
    for (of_services, instead) in [
        ("incoming", "what a client sends comes to `#[text]` and `#[binary]`"),
        ("close", "the end of a connection comes to `#[terminate]`"),
    ] {
        let text = format!("`#[{of_services}]` is a callback of services, not of handlers\nhelp: {instead}");
        bad_callback(&format!("#[{of_services}] fn f(&mut self) {{}}"), of_services, &text);
    }
    bad_callback("#[text] const A: u8 = 1;", "text", "`#[text]` marks a method\nhelp: write it on a `fn`");
    bad_callback(
        "#[message] fn f(&mut self) {}",
        "message",
        "callback `#[message]` is not built yet\nhelp: what a client says comes to `#[text]` and `#[binary]`, or \
         `#[handle]` for whatever has none of its own",
    );
    bad_callback(
        "#[text] #[binary] fn f(&mut self) {}",
        "binary",
        "`f` is marked `#[text]` already\nhelp: write one method for each callback",
    );
}

#[test]
fn twice() {
    let text = "there is a `#[text]` already: `a`\nhelp: put both into `a`, or remove one of them";
    fails("", "impl C { #[text] fn a(&mut self) {} #[text] fn b(&mut self) {} }", &[("b", text)]);
    ok("#[text] fn a(&mut self) {} #[cfg(unix)] #[text] fn b(&mut self) {}");
    ok("#[info] fn a(&mut self, a: A) {} #[info] fn b(&mut self, b: B) {}");
}

/// Several mistakes are reported together.
#[test]
fn together() {
    let item = "impl Custom { #[txt] fn a(&mut self) {} #[open] const fn b(self, c: u8) {} }";
    let expected = [
        ("txt", "unknown marker `#[txt]`\nhelp: did you mean `#[text]`?"),
        ("const", "`#[open]` cannot be `const`\nhelp: remove `const`"),
        (
            "self",
            "`#[open]` takes the handler by reference: the connection keeps the handler\nhelp: write `&mut self`",
        ),
        (
            "u8",
            "`#[open]` has no payload: it takes `&mut self` and, where needed, `cx: &mut Context<Self>`\nhelp: \
             remove this argument",
        ),
    ];
    fails("", item, &expected);
}

/// The lints that a callback's signature triggers are allowed only on callbacks.
#[test]
fn allowed_lints() {
    let code = ok("#[text] fn a(&mut self) {} fn b() {}");
    assert_eq!(code.matches("clippy :: unused_self").count(), 1, "{code}");
    assert!(code.contains("clippy :: needless_pass_by_ref_mut)] fn a"), "{code}");
    // Generated code may call deprecated functions of the user.
    assert_eq!(code.matches("allow").count(), 2, "{code}");
    assert!(code.contains("[allow (deprecated)] impl :: ws_core :: Handler"), "{code}");
}
