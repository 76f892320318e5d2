//! Supported and unsupported items.

use super::{expand, fails, passes};

const WRITE: &str = "`#[websocket]` goes on a struct and its impl, or on a module of functions, not on";

#[test]
fn other_items() {
    let field = "put the enum in a field of a struct, and write `#[websocket(\"/path\")]` on the struct";
    fails("\"/x\"", "pub enum Custom { A }", &[("enum", &format!("{WRITE} an enum\nhelp: {field}"))]);
    let field = "put the union in a field of a struct, and write `#[websocket(\"/path\")]` on the struct";
    fails("\"/x\"", "union Custom { a: u8 }", &[("union", &format!("{WRITE} a union\nhelp: {field}"))]);
    let put = "move the function into `#[websocket] impl YourStruct { … }` or `#[websocket(\"/path\")] mod \
               your_module { … }` and mark it as a callback: `#[text] fn …`";
    fails("\"/x\"", "async fn custom() {}", &[("fn", &format!("{WRITE} a function\nhelp: {put}"))]);
    let write = "write `#[websocket(\"/path\")] struct YourStruct;` and `#[websocket] impl YourStruct { … }`";
    fails("", "trait Custom {}", &[("trait", &format!("{WRITE} a trait\nhelp: {write}"))]);
    fails("", "type Custom = u8;", &[("type", &format!("{WRITE} a type alias\nhelp: {write}"))]);
    fails("", "use custom::Custom;", &[("use", &format!("{WRITE} this item\nhelp: {write}"))]);
    let write = "write `#[websocket] impl Custom<u8> { … }`";
    let expected = format!("{WRITE} the impl of a trait\nhelp: {write}");
    fails("", "impl Greet for Custom<u8> { #[text] fn f() {} }", &[("impl", &expected)]);
    let expected = "`#[websocket]` does not go on an impl that you write by hand\n\
                    help: remove it, or write `#[websocket] impl Custom { … }` with callbacks";
    fails("", "impl Handler for Custom { #[text] fn f() {} }", &[("impl", expected)]);
}

#[test]
fn generic_struct() {
    let text = "a route needs a concrete type, but `Relay` is generic\nhelp: remove `#[websocket(…)]` from the \
                struct, keep `#[websocket]` on its impl, and call `App::mount::<Relay<Concrete>>(path, options)`";
    fails("\"/x\"", "struct Relay<T>(T);", &[("<T>", text)]);
}

#[test]
fn path_on_the_impl() {
    let path = "the path belongs on the struct, not on its impl\n\
                help: write `#[websocket]` here and `#[websocket(\"/path\")]` on the struct";
    let name = "option `name` belongs on the struct, not on its impl\n\
                help: move it to the attribute of the struct; on an impl, only `crate = path` is allowed";
    fails("\"/x\", name = \"x\"", "impl Custom {}", &[("\"/x\"", path), ("name", name)]);
}

/// The rest of an item is emitted unchanged.
#[test]
fn item_stays() {
    let item = "# [doc = \"x\"] pub (crate) struct Custom < > where { a : u8 }";
    assert!(passes("\"/x\"", item).starts_with(item));
    let code = passes(
        "",
        "#[foreign] impl Custom { #![allow(unused)] type A = u8; my_macro! { x } const fn f() {} }",
    );
    let stays =
        "# [foreign] impl Custom { # ! [allow (unused)] type A = u8 ; my_macro ! { x } const fn f () { } }";
    assert!(code.starts_with(stays), "{code}");
}

/// Bodies are never parsed, so rustc reports their syntax errors.
#[test]
fn half_typed_body() {
    let code = passes("", "impl Custom { #[text] fn received(&mut self) { let x = ; self. } }");
    assert!(code.contains("let x = ; self ."), "{code}");
}

/// An incomplete signature does not hide other errors. Rustc has reported it.
#[test]
fn half_typed_signature() {
    let expansion =
        expand("", "impl Custom { #[text] fn received(&mut self, ) -> { x } #[txt] fn f(&mut self) {} }");
    assert_eq!(expansion.errors.count(), 1);
    let code = expansion.code.to_string();
    assert!(!code.contains("received"), "{code}");
    assert!(code.contains("impl :: ws_core :: Handler for Custom"), "{code}");
}

#[test]
fn items_in_invisible_groups() {
    use proc_macro2::{Delimiter, Group, TokenTree};
    let item = "struct Custom ;".parse().unwrap();
    let group = TokenTree::Group(Group::new(Delimiter::None, item));
    let expansion = crate::expand::attribute(crate::role::Role::Handler, quote::quote!("/x"), group.into());
    assert!(expansion.errors.is_empty());
    assert!(expansion.code.to_string().contains("inventory"));
}

#[test]
fn a_type_that_borrows() {
    let text = "a handler lives as long as its connection, so it cannot contain borrowed data\n\
                help: use an owned type, `Arc<T>` or `&'static T`; take a state of the app as `State<T>` in `#[init]`";
    fails("", "impl<T: Send + 'static, 'a> Custom<'a, T> {}", &[("'a", text)]);
    fails("", "impl Custom<'_> {}", &[("Custom<'_>", text)]);
    passes("", "impl Custom<'static> {}");
    passes("", "impl Custom<Box<dyn Fn(Words<'_>) + Send>> {}");
}

/// A trait that is not known may have the supertrait `'static`.
#[test]
fn a_parameter_that_may_borrow() {
    let text = "a handler lives as long as its connection, but `T` may contain borrowed data\n\
                help: add `Send + 'static` to its bounds: `T: Send + 'static`";
    fails("", "impl<T> Custom<T> {}", &[("T", text)]);
    fails("", "impl<T: Default, const N: usize> Custom<T, N> where T: Clone {}", &[("T", text)]);
    passes("", "impl<T: Send + 'static> Custom<T> {}");
    passes("", "impl<T: Default> Custom<T> where T: Send + 'static {}");
    passes("", "impl<T: Relayed> Custom<T> {}");
    let code = expand("", "impl<T> Custom<T> {}").code.to_string();
    assert!(
        code.contains("impl < T : :: core :: marker :: Send + 'static > :: ws_core :: Handler"),
        "{code}"
    );
}

#[test]
fn an_impl_of_a_type_that_is_no_struct() {
    let text = "`#[websocket]` goes on the impl of a struct that you define\n\
                help: write `#[websocket] impl YourStruct { … }`";
    fails("", "impl &Custom {}", &[("&Custom", text)]);
    fails("", "impl dyn Custom {}", &[("dyn Custom", text)]);
    fails("", "impl () {}", &[("()", text)]);
    passes("", "impl crate::Custom {}");
}

/// Only code that is no Rust for certain is left to rustc.
#[test]
fn unfinished_code() {
    for member in [
        "#[text] fn",
        "#[text] fn received",
        "#[text] fn received(&mut self, text) {}",
        "#[text] fn received(&mut self, text: ) {}",
        "#[text] fn received(&mut self, text: &) {}",
        "#[text] fn received(&mut self, map: HashMap<u8, u8>, text) {}",
        "#[text] fn received(&mut self) -> {}",
        "#[text] fn received(&mut self)",
        "#[text] fn received(text: &str, &mut self) {}",
        "#[text] fn received(&mut self, text: &mut) {}",
        "#[text] fn received(&mut self, text: a::B count: u8) {}",
        "#[text] fn received(&mut self, text: &str;) {}",
        "#[text] fn received(&mut self) - {}",
        "#[text] fn received(&mut self) -> u8 new {}",
        "#[text] async pub fn received(&mut self) {}",
        "#[text] struct A;",
        "pub #[text] fn received(&mut self) {}",
        "#[] fn received(&mut self) {}",
        "# fn received(&mut self) {}",
        "#[text]",
        "as",
        "const A: u8 = 1",
    ] {
        let expansion = expand("", &format!("impl Custom {{ {member} }}"));
        let errors: Vec<_> = expansion.errors.iter().map(|error| error.to_string()).collect();
        assert!(errors.is_empty() && expansion.errors.is_of_rustc(), "{member}: {errors:?}");
        assert!(expansion.code.to_string().contains("pending ()"), "{member}");
    }
    for member in [
        "#[text] fn received(&mut self, text: new &str) {}",
        "#[text] pub fn received(&mut self, text: new &str) {}",
        "#[text] fn received(&mut self, f: fn(u8) -> u8, map: a::B<c::D>, text: new &str) {}",
    ] {
        let expansion = expand("", &format!("impl Custom {{ {member} }}"));
        assert_eq!(expansion.errors.count(), 1, "{member}");
    }
}

#[test]
fn attributes_that_are_there_twice() {
    let text = "this `impl` already has `#[websocket]`\nhelp: remove one of them";
    fails("", "#[websocket] impl Custom {}", &[("#[websocket]", text)]);
    let text = "this struct already has the path \"/a\"\n\
                help: remove one of the attributes; a struct can have several attributes with different paths";
    fails("\"/a\"", "#[websocket(\"/a\")] struct Custom;", &[("\"/a\"", text)]);
    passes("\"/a\"", "#[websocket(\"/b\")] struct Custom;");
}

#[test]
fn types_of_the_standard_library() {
    let text = |name: &str| {
        format!(
            "`{name}` is not a type that you define, so it cannot be a handler\n\
             help: write `#[websocket] impl YourStruct {{ … }}`; a field of your struct can be a `{name}`"
        )
    };
    fails("", "impl String {}", &[("String", &text("String"))]);
    fails("", "impl std::sync::Mutex<Custom> {}", &[("std::sync::Mutex<Custom>", &text("Mutex"))]);
    passes("", "impl Mutex {}");
    passes("", "impl own::String {}");
}
