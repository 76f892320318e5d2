//! Reading a source: its blocks, which decide whether two attributes are in the same one, and the names that it declares.

use crate::source::{blocks, is_declared};

/// Returns how many braces are open at the `@`.
#[track_caller]
fn depth(source: &str) -> usize {
    let at = source.find('@').expect("a place");
    let line = source[..at].matches('\n').count() + 1;
    let column = at - source[..at].rfind('\n').map_or(0, |newline| newline + 1) + 1;
    blocks(source, (line, column)).len()
}

#[test]
fn braces_open_and_close_blocks() {
    assert_eq!(depth("@ {}"), 0);
    assert_eq!(depth("mod a { @ }"), 1);
    assert_eq!(depth("mod a { }\n@"), 0);
    assert_eq!(depth("mod a {\n    fn b() { { }\n        @ } }"), 2);
}

#[test]
fn braces_in_literals_and_comments_are_no_blocks() {
    assert_eq!(depth("// {\n@"), 0);
    assert_eq!(depth("/* { /* { */ { */ @"), 0);
    assert_eq!(depth(r#"const A: &str = "{ \" {"; @"#), 0);
    assert_eq!(depth(r###"const A: &str = r##"{ "# {"##; @"###), 0);
    assert_eq!(depth(r#"const A: &[u8] = br"{\"; @"#), 0);
    assert_eq!(depth(r"const A: char = '{'; const B: char = '\''; const C: char = '\u{7b}'; @"), 0);
    assert_eq!(depth("fn a<'a>(r#type: &'a str) { let x = 'ä'; @ }"), 1);
}

#[test]
fn blocks_of_the_same_depth_differ() {
    let source = "mod a { impl A {} }\nmod b { impl A {} impl A {} }";
    assert_ne!(blocks(source, (1, 9)), blocks(source, (2, 9)));
    assert_eq!(blocks(source, (2, 9)), blocks(source, (2, 19)));
}

#[test]
fn names_are_declared_by_aliases_and_imports() {
    let declares = |source| is_declared(source, "Context", &["ws_core"]);
    assert!(declares("type Context = ws_core::Context<Chat>;"));
    assert!(declares("use ws_core::Context as Cx; use Cx as Context;"));
    assert!(declares("pub(crate) struct Context {}"));
    assert!(declares("mod a {\n    use super::{\n        Chat, Context,\n    };"));
    assert!(!declares("use super::*;"));
    assert!(is_declared("use super::*;", "Context", &[]));
    assert!(declares("use crate::{models::*, App};"));
    assert!(!declares("use ws_core::*; use other::prelude::*; fn f(x: &u8) { let y = 2 * 3; }"));
    assert!(!declares("use ws_core::prelude::*; fn open(cx: &mut Context) {}"));
    assert!(!declares("use ws_core::{App, Context}; type MyContext = u8; use tera::ContextError;"));
}
