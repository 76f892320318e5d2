//! Mistakes in modules, and the items that they may contain.

use super::{expand, fails, passes};

/// Asserts that a module with these items has exactly this error.
#[track_caller]
fn bad(items: &str, at: &str, text: &str) {
    fails("\"/x\"", &format!("mod custom {{ {items} }}"), &[(at, text)]);
}

fn ok(items: &str) -> String {
    passes("\"/x\"", &format!("mod custom {{ {items} }}"))
}

#[test]
fn no_state() {
    let text = "`#[text]` must take the state as its first `&mut` argument\nhelp: write `fn text(state: &mut \
                YourState, text: &str, cx: &mut Context<YourState>)`";
    bad("#[text] fn received(text: &str) {}", "received", text);
    let text = "`#[info]` must take the state as its first `&mut` argument\nhelp: write `fn info(state: &mut Seen<u8>, \
                info: YourType, cx: &mut Context<Seen<u8>>)`";
    bad("#[open] fn open(seen: &mut Seen<u8>) {} #[info] fn notified() {}", "notified", text);
}

#[test]
fn no_callback() {
    let text = "module `custom` has no state: no callback takes one\nhelp: write a callback such as `#[text] fn \
                text(state: &mut YourState, text: &str)`; the type of its first `&mut` argument is the state";
    bad("", "custom", text);
    bad("#[init] fn new(upgrade: &mut Upgrade<Seen>) -> Seen {} fn f(seen: &mut Seen) {}", "custom", text);
    // Another error suppresses this one.
    let text = "unknown marker `#[txt]`\nhelp: did you mean `#[text]`?";
    bad("#[txt] fn received(seen: &mut Seen) {}", "txt", text);
}

#[test]
fn states_differ() {
    let text = |other: &str| {
        format!(
            "`gone` takes `{other}` as the state, but other callbacks of this module take `Seen`\n\
             help: take `state: &mut Seen` as the first `&mut` argument, before the context"
        )
    };
    let open = "#[open] fn open(seen: &mut Seen) {}";
    for other in
        ["Other", "super::Seen", "Seen<'_, [u8; 1]>", "Box<dyn Fn(&str) -> u8 + Send>", "Context<Seen>"]
    {
        bad(&format!("{open} #[terminate] fn gone(a: &mut {other}) {{}}"), other, &text(other));
    }
    // The type that most callbacks take is the state.
    let item =
        format!("#[terminate] fn gone(a: &mut Other) {{}} {open} #[text] fn received(seen: &mut Seen) {{}}");
    bad(&item, "Other", &text("Other"));
    // A context votes for its argument, and is not taken for the state itself.
    let item = "#[terminate] fn gone(cx: &mut Context<Seen>) {} #[text] fn received(seen: &mut Seen) {}";
    bad(item, "Context<Seen>", &text("Context<Seen>"));
    let init = "#[init] fn new(upgrade: &mut Upgrade<Seen>) -> Seen {}";
    let item = "#[terminate] fn gone(seen: &mut Other) {} #[text] fn received(seen: &mut Seen) {}";
    bad(&format!("{item} {init}"), "Other", &text("Other"));
    let swapped = "#[terminate] fn gone(cx: &mut Context<Seen>, seen: &mut Seen) {}";
    bad(&format!("{open} {swapped}"), "Context<Seen>", &text("Context<Seen>"));
}

/// Types that differ only in spaces or in the invisible groups of `macro_rules!` are equal.
#[test]
fn states_agree() {
    use proc_macro2::{Delimiter, Group};
    ok("#[open] fn a(s: &mut a::Seen<u8>) {} #[text] fn b(s: & mut a :: Seen < u8 >) {}");
    let state = Group::new(Delimiter::None, quote::quote!(a::Seen<u8>));
    let item = quote::quote! {
        mod custom {
            #[open]
            fn a(s: &mut a::Seen<u8>) {}
            #[text]
            fn b(s: &mut #state) {}
        }
    };
    assert!(
        crate::expand::attribute(crate::role::Role::Handler, quote::quote!("/x"), item).errors.is_empty()
    );
}

#[test]
fn state_that_is_not_taken_mutably() {
    let open = "#[open] fn open(seen: &mut Seen) {} #[text]";
    let text = "`#[text]` must take the state as `&mut`, even if it does not change it\nhelp: write `state: &mut Seen`";
    bad(&format!("{open} fn received(seen: &Seen, text: &str) {{}}"), "&Seen", text);
    bad(&format!("{open} fn received(seen: &Seen, cx: &mut Context<Seen>) {{}}"), "&Seen", text);
    let text =
        "`#[text]` must take the state by reference: the connection owns it\nhelp: write `state: &mut Seen`";
    bad(&format!("{open} fn received(seen: Seen) {{}}"), "Seen", text);
}

#[test]
fn self_in_a_module() {
    let text =
        "`#[text]` cannot take `self` in a module: the state is an argument\nhelp: write `state: &mut Seen`";
    let item = "mod custom { #[open] fn open(s: &mut Seen) {} #[text] fn received(&mut self) { self.x } }";
    fails("\"/x\"", item, &[("&mut self", text)]);
    // The function is not emitted, so that rustc does not report it again.
    assert!(!expand("\"/x\"", item).code.to_string().contains("self . x"));
    let text = "`Self` does not exist in a module\nhelp: write the name of the state's type";
    bad("#[text] fn received(this: &mut Self) {}", "Self", text);
}

#[test]
fn arguments() {
    let example = "fn binary(state: &mut Seen, bytes: &[u8], cx: &mut Context<Seen>)";
    bad(
        "#[binary] fn f(s: &mut Seen, a: &[u8], cx: &mut Cx, b: Vec<u8>) {}",
        "Vec<u8>",
        &format!("`#[binary]` takes only one payload\nhelp: write `{example}`"),
    );
    bad(
        "#[binary] fn f(s: &mut Seen, a: &mut Cx, b: &mut Cy) {}",
        "&mut Cy",
        &format!(
            "`#[binary]` takes only one `&mut` argument besides the state: the context\nhelp: write `{example}`"
        ),
    );
    bad(
        "#[open] fn f(s: &mut Seen, a: &str) {}",
        "&str",
        "`#[open]` takes no payload: it takes `state: &mut Seen` and, optionally, `cx: &mut Context<Seen>`\nhelp: \
         remove this argument",
    );
    bad(
        "#[info] fn tick(s: &mut Seen, cx: &mut Context<Seen>) {}",
        "tick",
        "`#[info]` needs a payload: its type selects the infos to receive\nhelp: write `fn info(state: &mut Seen, \
         info: YourType, cx: &mut Context<Seen>)`",
    );
    let code = ok("#[text] fn f(text: &str, s: &mut Seen, cx: &mut Cx) {}");
    assert!(code.contains("self :: f (payload , self , cx)"), "{code}");
}

#[test]
fn init() {
    let open = "#[open] fn open(seen: &mut Seen) {} #[init]";
    bad(
        &format!("{open} fn f(up: &mut Upgrade<Seen>, a: A) -> Seen {{}}"),
        "&mut Upgrade<Seen>",
        "only the last argument of `#[init]`, the upgrade, can be a `&mut` reference\nhelp: move `upgrade: &mut \
         Upgrade<Seen>` to the end; all other arguments are extractors",
    );
    bad(
        &format!("{open} fn f(&mut self) -> Seen {{}}"),
        "&mut self",
        "`#[init]` cannot take `self`: it creates the handler\nhelp: remove `self` and return `Seen`",
    );
}

#[test]
fn qualifiers() {
    bad(
        "#[text] fn f<T>(s: &mut Seen, a: T) {}",
        "<T>",
        "`#[text]` cannot be generic\nhelp: use concrete types",
    );
    bad(
        "#[text] fn f(s: &mut Seen) where u8: Copy {}",
        "where u8: Copy",
        "`#[text]` cannot have a `where` clause\nhelp: remove the `where` clause: all types are concrete",
    );
    bad(
        "#[text] fn f(s: &mut impl Any) {}",
        "&mut impl Any",
        "an argument of a callback cannot be `impl Trait`\nhelp: write the concrete type",
    );
}

#[test]
fn twice() {
    let text = "`a` is already the `#[text]` callback\nhelp: merge both into `a`, or remove one of them";
    bad("#[text] fn a(s: &mut S) {} #[text] fn b(s: &mut S) {}", "b", text);
    let text = "`a` already has the marker `#[text]`\nhelp: write a separate function for each marker";
    bad("#[text] #[binary] fn a(s: &mut S) {}", "binary", text);
}

#[test]
fn file() {
    let text = "`#[websocket]` cannot see the file of `mod custom;`\nhelp: write the functions here, in `mod custom \
                { … }`; or remove this attribute and write `#[websocket(\"/path\")] struct YourStruct;` and \
                `#[websocket] impl YourStruct { … }` in the file";
    fails("\"/x\"", "pub mod custom;", &[("mod custom;", text)]);
    assert_eq!(
        expand("\"/x\"", "#[foreign] pub mod custom;").code.to_string(),
        "# [foreign] pub mod custom { }"
    );
}

#[test]
fn path_and_options() {
    let module = "mod custom { #[text] fn received(s: &mut S) {} }";
    let text = "`#[websocket]` on module `custom` needs a path\nhelp: write `#[websocket(\"/path\")]`";
    fails("", module, &[("custom", text)]);
    let text = "unknown option `nam`\nhelp: did you mean `name`?";
    fails("\"/x\", nam = \"x\"", module, &[("nam", text)]);
}

/// Several mistakes are reported together, also in the attribute.
#[test]
fn together() {
    let item =
        "mod custom { #[txt] fn a(s: &mut S) {} #[open] const fn b(s: &mut S, c: u8) {} #[ping] fn c() {} }";
    let errors = expand("\"x\"", item).errors;
    let places: Vec<_> = errors.iter().map(|error| error.span().source_text().unwrap_or_default()).collect();
    assert_eq!(places, ["\"x\"", "txt", "const", "u8", "c"]);
}

/// Items other than functions are unchanged, even if an attribute on them resembles a marker.
#[test]
fn other_items() {
    let items = "use a :: { b , c } ; unsafe impl Send for A { } extern \"C\" { fn f () ; } extern crate x ; const A : \
                 B = B { } ; static C : [u8 ; { 1 }] = { } ; # [txt] struct D < const N : u8 = { 1 } > (u8) ; # [open \
                 (x)] enum E { } macro_rules ! m { () => { } } m ! () ; m ! { } trait T { # [text] fn f () ; } mod n { \
                 # [text] fn f () { } } mod o ; type U = u8 ; pub async unsafe fn g () { }";
    let code = ok(&format!("#![foreign] {items} #[text] fn f(s: &mut S) {{}} # [last] const Z : u8 = 1 ;"));
    assert!(code.starts_with(&format!("mod custom {{ # ! [foreign] {items} # [allow")), "{code}");
    assert!(code.contains("fn f < > (s : & mut S) { } # [last] const Z : u8 = 1 ;"), "{code}");
    bad(
        "#[text] struct A; #[open] fn f(s: &mut S) {}",
        "text",
        "`#[text]` can only mark a function\nhelp: move it to a `fn`",
    );
}

/// Bodies are never parsed, and rustc alone reports an incomplete signature.
#[test]
fn half_typed() {
    let code = ok("#[text] fn received(s: &mut S) { let x = ; s. }");
    assert!(code.contains("let x = ; s ."), "{code}");
    let expansion =
        expand("\"/x\"", "mod m { #[text] fn a(s: &mut S, ) -> { x } #[open] fn b(s: &mut S) {} }");
    assert_eq!(expansion.errors.count(), 0);
    assert!(expansion.errors.is_of_rustc());
    let code = expansion.code.to_string();
    assert!(!code.contains("fn a"), "{code}");
    assert!(code.contains("impl :: ws_core :: Handler for S"), "{code}");
}

/// Whole items in the invisible groups of `macro_rules!`, between others.
#[test]
fn items_in_invisible_groups() {
    use proc_macro2::{Delimiter, Group};
    let grouped = |tokens| Group::new(Delimiter::None, tokens);
    let unit = grouped(quote::quote!(
        struct A;
    ));
    let callback = grouped(quote::quote!(
        #[text]
        fn received(s: &mut S) {}
    ));
    let item = quote::quote!(mod custom { #unit #callback #unit });
    let expansion = crate::expand::attribute(crate::role::Role::Handler, quote::quote!("/x"), item);
    assert!(expansion.errors.is_empty());
    let code = expansion.code.to_string();
    assert!(code.contains("self :: received (self)") && !code.contains("# [text]"), "{code}");
}
