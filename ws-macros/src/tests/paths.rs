//! Mistakes in paths: each text names the segment and prints the corrected path.

use super::{fails, passes};

#[track_caller]
fn bad(path: &str, corrected: &str, problems: &[&str]) {
    let literal = format!("\"{path}\"");
    let texts: Vec<_> =
        problems.iter().map(|problem| format!("{problem}\nhelp: write `\"{corrected}\"`")).collect();
    let expected: Vec<_> = texts.iter().map(|text| (literal.as_str(), text.as_str())).collect();
    fails(&literal, "struct Custom;", &expected);
    // The suggested path must be valid.
    passes(&format!("\"{corrected}\""), "struct Custom;");
}

#[test]
fn fine() {
    for path in ["/", "/a", "/a/", "/{a}", "/a/{b}/c/{d}", "/a/{*rest}", "/a.b/~c/%20"] {
        passes(&format!("\"{path}\""), "struct Custom;");
    }
}

#[test]
fn slash() {
    bad("a/b", "/a/b", &["path `a/b` does not start with `/`"]);
    bad("", "/", &["path `` does not start with `/`"]);
}

#[test]
fn other_syntax() {
    let what = "is not a parameter: write parameters in braces";
    bad("/a/:room", "/a/{room}", &[&format!("segment `:room` {what}")]);
    bad("/a/*rest", "/a/{*rest}", &[&format!("segment `*rest` {what}")]);
    bad("/*", "/{*rest}", &[&format!("segment `*` {what}")]);
    bad(
        "/{id:[0-9]+}",
        "/{id}",
        &[
            "parameter `{id:[0-9]+}` has a pattern, `[0-9]+`, but patterns are not supported: a parameter matches any \
           text",
        ],
    );
    let typed = "parameter `{id: u32}` has a pattern, `u32`, but patterns are not supported: a parameter matches any text";
    bad("/{id: u32}", "/{id}", &[typed]);
}

#[test]
fn an_address() {
    let text = "a path has no scheme and no host: clients connect to it at the address of the server";
    bad("ws://localhost:8080/a/b", "/a/b", &[text]);
    bad("wss://example.com", "/", &[text]);
}

#[test]
fn names() {
    bad("/{}/b", "/{id}/b", &["parameter `{}` has no name"]);
    bad("/{*}", "/{*rest}", &["parameter `{*}` has no name"]);
    bad("/{a}/{a}", "/{a}/{a2}", &["parameter `{a}` is used twice in this path"]);
    bad("/{a}/{*a}", "/{a}/{*a2}", &["parameter `{*a}` is used twice in this path"]);
    bad("/{a*}", "/{*a}", &["the `*` of parameter `{a*}` must come first"]);
}

#[test]
fn rest_in_the_middle() {
    let text = "parameter `{*a}` matches the rest of the path, so it must be the last segment";
    bad("/{*a}/b", "/{a}/b", &[text]);
}

#[test]
fn text_around_a_parameter() {
    for (path, segment, corrected) in
        [("/{id}.json", "{id}.json", "/{id}"), ("/v{n}/x", "v{n}", "/{n}/x"), ("/{a}-{b}", "{a}-{b}", "/{a}")]
    {
        let text =
            format!("segment `{segment}` has text around its parameter: a parameter must be a whole segment");
        bad(path, corrected, &[&text]);
    }
}

#[test]
fn braces() {
    for (path, segment, corrected) in
        [("/{a", "{a", "/{a}"), ("/a}", "a}", "/{a}"), ("/{{a}}", "{{a}}", "/{a}"), ("/}{", "}{", "/{id}")]
    {
        bad(path, corrected, &[&format!("segment `{segment}` has unbalanced or nested braces")]);
    }
}

#[test]
fn parts_that_do_not_belong_in_a_path() {
    bad("/a b/c", "/a-b/c", &["segment `a b` contains whitespace"]);
    let query = "`?b={c}` is not part of a path: a route matches every query, and `#[init]` reads it with an \
                 extractor such as `Query<T>`";
    bad("/a?b={c}", "/a", &[query]);
    bad("/a#b", "/a", &["`#b` is not part of a path: browsers do not send the fragment"]);
}

/// All problems of one path are reported, with a path that fixes them all.
#[test]
fn together() {
    let problems = [
        "path `a/:b/{}` does not start with `/`",
        "segment `:b` is not a parameter: write parameters in braces",
        "parameter `{}` has no name",
    ];
    bad("a/:b/{}", "/a/{b}/{id}", &problems);
}
