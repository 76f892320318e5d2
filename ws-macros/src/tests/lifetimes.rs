//! The lifetime that a callback gets if its reply borrows.

use super::passes;

/// Asserts the signature that is emitted for `#[text] fn f…`.
#[track_caller]
fn becomes(written: &str, emitted: &str) {
    let compact = |text: &str| text.replace(char::is_whitespace, "");
    let code = passes("", &format!("impl Custom {{ #[text] {written} {{}} }}"));
    assert!(compact(&code).contains(&compact(&format!("{emitted}{{}}"))), "{code}");
}

#[track_caller]
fn stays(written: &str) {
    becomes(written, written);
}

#[test]
fn elided_references_get_one_name() {
    becomes(
        "fn f(&mut self, text: &str) -> &str",
        "fn f<'callback>(&'callback mut self, text: &'callback str) -> &'callback str",
    );
    becomes(
        "async fn f(&mut self, a: Json<Order<'_>>, cx: &mut Cx<Self>) -> Result<Vec<Cow<'_, str>>, &'static str>",
        "async fn f<'callback>(&'callback mut self, a: Json<Order<'callback>>, cx: &'callback mut Cx<Self>) \
         -> Result<Vec<Cow<'callback, str>>, &'static str>",
    );
    becomes(
        "fn f(&'_ mut self, text: &'_ str) -> ([&str; 2], &'_ [&u8])",
        "fn f<'callback>(&'callback mut self, text: &'callback str) \
         -> ([&'callback str; 2], &'callback [&'callback u8])",
    );
    becomes(
        "fn f(&mut self, text: &str) -> impl IntoReply + '_",
        "fn f<'callback>(&'callback mut self, text: &'callback str) -> impl IntoReply + 'callback",
    );
}

#[test]
fn written_lifetimes_stay() {
    stays("fn f<'a>(&mut self, text: &'a str) -> &'a str");
    stays("fn f(&mut self, text: &str) -> &'static str");
    becomes(
        "fn f<'a>(&mut self, text: &'a str, cx: &mut Cx) -> (&'a str, &str)",
        "fn f<'callback, 'a>(&'callback mut self, text: &'a str, cx: &'callback mut Cx) -> (&'a str, &'callback str)",
    );
}

#[test]
fn a_signature_that_rust_understands_stays() {
    stays("fn f(&mut self) -> &str");
    stays("fn f(&mut self, text: String) -> Option<&str>");
    stays("fn f(&mut self, text: &str) -> String");
    stays("fn f(&mut self, text: &str)");
}

#[test]
fn function_types_have_lifetimes_of_their_own() {
    stays("fn f(&mut self, text: &str) -> Theirs<fn(&str) -> &str>");
    stays("fn f(&mut self, text: &str) -> Theirs<dyn Fn(&str) -> &str>");
}

#[test]
fn the_name_is_new() {
    let variable = "#[text] fn f(&mut self, text: &str) -> &str { let callback = text; callback }";
    assert!(passes("", &format!("impl Custom {{ {variable} }}")).contains("fn f < 'callback >"));
    let written =
        "#[text] fn f(&mut self, text: &str) -> &str { fn g<'callback>(a: &'callback str) {} text }";
    let code = passes("", &format!("impl Custom {{ {written} }}"));
    assert!(code.contains("fn f < 'callback_ >"), "{code}");
}

/// As rustc suggests for `Json<Order>`.
#[test]
fn the_name_may_be_written_without_a_declaration() {
    becomes(
        "fn f(&mut self, order: Json<Order<'callback>>) -> &str",
        "fn f<'callback>(&'callback mut self, order: Json<Order<'callback>>) -> &'callback str",
    );
    becomes(
        "fn f<'callback>(&mut self, text: &'callback str, cx: &mut Cx) -> &str",
        "fn f<'callback_, 'callback>(&'callback_ mut self, text: &'callback str, cx: &'callback_ mut Cx) \
         -> &'callback_ str",
    );
}

#[test]
fn a_module_is_treated_alike() {
    let code = passes("\"/a\"", "mod a { #[text] fn f(state: &mut S, text: &str) -> &str { text } }");
    let emitted =
        "fn f < 'callback > (state : & 'callback mut S , text : & 'callback str) -> & 'callback str";
    assert!(code.contains(emitted), "{code}");
}
