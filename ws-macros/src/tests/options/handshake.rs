//! Mistakes in the options that the handshake checks: `subprotocols` and `origins`.

use super::bad;
use crate::tests::{bad_options, passes};

#[test]
fn subprotocols() {
    let token = "subprotocol `a b` contains a character that is not allowed\n\
                 help: use only letters, digits and ``!#$%&'*+-.^_`|~`` (RFC 7230), and write one string for each \
                 subprotocol";
    let twice = "subprotocol `v1` is listed twice\nhelp: remove one of them";
    let none = "a subprotocol cannot be empty\nhelp: write a name, such as `\"v1\"`";
    bad_options(
        "subprotocols = [\"v1\", \"a b\", \"\", \"v1\"]",
        &[("\"a b\"", token), ("\"\"", none), ("\"v1\"", twice)],
    );
}

#[test]
fn origins() {
    let cases = [
        ("*", "`*` is not an origin", "write `origins = \"any\"` to allow every origin"),
        ("example.com", "origin `example.com` has no scheme", "write `\"https://example.com\"`"),
        (
            "https://example.com/",
            "origin `https://example.com/` has a user, path, query or fragment: an origin is only \
             `scheme://host[:port]`",
            "write `\"https://example.com\"`",
        ),
        (
            "https://a@b.c/d?e",
            "origin `https://a@b.c/d?e` has a user, path, query or fragment: an origin is only `scheme://host[:port]`",
            "write `\"https://b.c\"`",
        ),
        (
            "wss://a.b",
            "origin `wss://a.b` has the scheme of a WebSocket: an origin has the scheme of the page",
            "write `\"https://a.b\"`",
        ),
        ("https://a.b:x", "origin `https://a.b:x` has an invalid port", "write `\"https://a.b\"`"),
        (
            "https://a.*.b",
            "origin `https://a.*.b` has a misplaced `*`: only the first label of the host can be `*`",
            "write `\"https://*.b\"`",
        ),
        (
            "https://*",
            "origin `https://*` has a misplaced `*`: only the first label of the host can be `*`",
            "write `\"https://*.example.com\"`",
        ),
        ("https://", "origin `https://` has no host", "write `\"https://example.com\"`"),
        ("1x://a", "origin `1x://a` has an invalid scheme", "write `\"https://a\"`"),
        ("", "origin `` is not of the form `scheme://host[:port]`", "write `\"https://example.com\"`"),
    ];
    for (origin, what, help) in cases {
        let literal = format!("\"{origin}\"");
        bad(&format!("origins = [{literal}]"), &literal, &format!("{what}\nhelp: {help}"));
    }
    let fine = [
        "https://example.com",
        "http://localhost:8080",
        "https://*.example.com",
        "tauri://localhost",
        "capacitor://localhost",
        "chrome-extension://abcdefghijklmnop",
        "file://",
        "null",
        "http://[::1]:80",
        "http://[::1]",
    ];
    for origin in fine {
        passes(&format!("\"/x\", origins = [\"{origin}\"]"), "struct Custom;");
    }
}
