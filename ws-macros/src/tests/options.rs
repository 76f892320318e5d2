//! Mistakes in options.

use super::{bad_options, fails, passes};

#[track_caller]
fn bad(option: &str, at: &str, text: &str) {
    bad_options(option, &[(at, text)]);
}

/// An option of services is not a setting of `mailbox`.
#[test]
fn inbox_in_the_mailbox() {
    bad_options(
        "mailbox(inbox = 3)",
        &[("inbox", "unknown option `inbox`\nhelp: the options are `messages`, `bytes`, `overflow`")],
    );
}

#[test]
fn option_of_a_service() {
    let text = "option `inbox` is for services, not for handlers\n\
                help: write `mailbox(…)` to bound the queue of a connection";
    bad_options("inbox(messages = 16)", &[("inbox", text)]);
}

#[test]
fn path_is_needed() {
    fails(
        "",
        "struct Custom;",
        &[(
            "Custom",
            "`#[websocket]` on struct `Custom` needs a path\nhelp: write `#[websocket(\"/path\")]`",
        )],
    );
    let text = "the path must be a string literal\nhelp: write `#[websocket(\"/path\")]`";
    fails("concat!(\"/a\")", "struct Custom;", &[("concat!(\"/a\")", text)]);
    bad(
        "\"/b\"",
        "\"/b\"",
        "unexpected argument `\"/b\"`\nhelp: write one path, followed by options as `name = value`",
    );
}

#[test]
fn unknown_options() {
    bad("nam = \"x\"", "nam", "unknown option `nam`\nhelp: did you mean `name`?");
    bad(
        "idle_time_out = \"1s\"",
        "idle_time_out",
        "unknown option `idle_time_out`\nhelp: did you mean `idle_timeout`?",
    );
    bad(
        "on = 1",
        "on",
        "unknown option `on`\nhelp: the options are `name`, `idle_timeout`, `heartbeat`, `max_message_size`, \
         `max_frame_size`, `max_fragments`, `message_timeout`, `write_timeout`, `close_timeout`, `subprotocols`, `mailbox`, `origins`, `compress`, `crate`",
    );
    bad(
        "name = \"a\", name = \"b\"",
        "name",
        "option `name` is set more than once\nhelp: remove all but one",
    );
    bad("mailbox(message = 1)", "message", "unknown option `message`\nhelp: did you mean `messages`?");
}

#[test]
fn options_of_the_app() {
    for option in ["max_connections", "max_connections_per_address", "trusted_proxies"] {
        let text = format!(
            "option `{option}` applies to the whole app, not to a route\n\
             help: call `App::discover().{option}(…)` where you start the app"
        );
        bad(&format!("{option} = 5"), option, &text);
    }
}

#[test]
fn values_of_the_wrong_kind() {
    bad("name", "name", "option `name` must be a string\nhelp: write `name = \"chat\"`");
    bad("name =", "name", "option `name` must be a string\nhelp: write `name = \"chat\"`");
    bad("name = chat", "chat", "option `name` must be a string\nhelp: write `name = \"chat\"`");
    bad(
        "heartbeat = 25",
        "25",
        "option `heartbeat` must be a string\nhelp: write `heartbeat = \"25s\"` or `heartbeat = \"off\"`",
    );
    bad(
        "subprotocols = \"v1\"",
        "\"v1\"",
        "option `subprotocols` must be a list of strings\nhelp: write `subprotocols = [\"v2\", \"v1\"]`",
    );
    bad(
        "origins = []",
        "[]",
        "option `origins` must not be an empty list\nhelp: write `origins = [\"https://example.com\"]` or \
         `origins = \"any\"`",
    );
    bad(
        "mailbox = 5",
        "5",
        "option `mailbox` needs its settings in parentheses\nhelp: write `mailbox(messages = 256, bytes = \"1MiB\", \
         overflow = \"close\")`",
    );
    bad("crate = \"x\"", "\"x\"", "option `crate` must be a path\nhelp: write `crate = renamed_ws_core`");
    bad(
        "name = \" \"",
        "\" \"",
        "option `name` cannot be empty\nhelp: write a name, such as `name = \"chat\"`, or remove the option",
    );
}

#[test]
fn durations() {
    let form = "write an integer followed by `ms`, `s`, `m` or `h`, such as `\"60s\"`";
    let cases = [
        ("60", "write `\"60s\"`"),
        ("60 s", "write `\"60s\"`"),
        ("5min", "write `\"5m\"`"),
        ("5MS", "write `\"5ms\"`"),
        ("2d", form),
        ("1.5s", form),
        ("soon", form),
        ("", form),
        ("0s", "write a value greater than zero, or `\"never\"`"),
        ("99999999999999999999h", "write a smaller value"),
        ("9999999999999999h", "write a smaller value"),
    ];
    for (value, help) in cases {
        let literal = format!("\"{value}\"");
        let text = format!("`{literal}` is not a valid duration\nhelp: {help}");
        bad(&format!("idle_timeout = {literal}"), &literal, &text);
    }
    let text = "`\"never\"` does not disable `heartbeat`\nhelp: write `\"off\"`";
    bad("heartbeat = \"never\"", "\"never\"", text);
    for option in ["idle_timeout", "message_timeout", "write_timeout"] {
        let text = format!("`\"off\"` does not disable `{option}`\nhelp: write `\"never\"`");
        bad(&format!("{option} = \"off\""), "\"off\"", &text);
    }
    let text = "option `close_timeout` cannot be disabled\nhelp: write a duration, such as `\"5s\"`";
    bad("close_timeout = \"never\"", "\"never\"", text);
    let text = "`\"0s\"` is not a valid duration\nhelp: write a value greater than zero";
    bad("close_timeout = \"0s\"", "\"0s\"", text);
    for (value, millis) in [("7ms", 7), ("2s", 2_000), ("3m", 180_000), ("4h", 14_400_000)] {
        let code = passes(&format!("\"/x\", heartbeat = \"{value}\""), "struct Custom;");
        assert!(code.contains(&format!("from_millis ({millis}u64)")), "{code}");
    }
}

#[test]
fn sizes() {
    let form = "write an integer followed by `B`, `KiB`, `MiB` or `GiB`, such as `\"1MiB\"`";
    let cases = [
        ("64", "write `\"64B\"`"),
        ("64kB", "write `\"64KiB\"`"),
        ("64k", "write `\"64KiB\"`"),
        ("1MB", "write `\"1MiB\"`"),
        ("1mib", "write `\"1MiB\"`"),
        ("1 GiB", "write `\"1GiB\"`"),
        ("1TiB", form),
        ("-1B", form),
        ("0B", "write a value greater than zero"),
        ("99999999999GiB", "write a smaller value"),
    ];
    for (value, help) in cases {
        let literal = format!("\"{value}\"");
        let text = format!("`{literal}` is not a valid size\nhelp: {help}");
        bad(&format!("max_message_size = {literal}"), &literal, &text);
        bad(&format!("max_frame_size = {literal}"), &literal, &text);
        bad(&format!("mailbox(bytes = {literal})"), &literal, &text);
    }
    for (value, bytes) in [("7B", 7), ("1KiB", 1_024), ("1MiB", 1_048_576), ("1GiB", 1_073_741_824)] {
        let code = passes(&format!("\"/x\", max_message_size = \"{value}\""), "struct Custom;");
        assert!(code.contains(&format!("max_message_size ({bytes}usize)")), "{code}");
    }
}

#[test]
fn fragments() {
    for count in ["0", "4294967296", "5u8"] {
        let text = format!(
            "`{count}` is not a valid value for `max_fragments`\nhelp: write an integer from 1 to 4294967295"
        );
        bad(&format!("max_fragments = {count}"), count, &text);
    }
    let text = "option `max_fragments` must be an integer\nhelp: write `max_fragments = 16384` or `max_fragments = \
                \"unlimited\"`";
    bad("max_fragments = \"never\"", "\"never\"", text);
    let code = passes("\"/x\", max_fragments = \"unlimited\"", "struct Custom;");
    assert!(code.contains("max_fragments (:: core :: primitive :: usize :: MAX)"), "{code}");
}

#[test]
fn mailbox() {
    let none = |count: &str| {
        format!(
            "`{count}` is not a valid number of messages for a mailbox\nhelp: write an integer from 1 to 4294967295"
        )
    };
    for count in ["0", "4294967296", "5u8"] {
        bad(&format!("mailbox(messages = {count})"), count, &none(count));
    }
    bad(
        "mailbox(overflow = \"drop\")",
        "\"drop\"",
        "unknown overflow policy `drop`\nhelp: write `\"close\"`, `\"drop_oldest\"` or `\"drop_newest\"`",
    );
    bad(
        "mailbox(256)",
        "256",
        "`256` is not a setting of `mailbox`: settings are written `name = value`\nhelp: write `mailbox(messages = \
         256, bytes = \"1MiB\", overflow = \"close\")`",
    );
}

#[test]
fn compress() {
    let takes = "option `compress` needs its settings in parentheses\nhelp: write `compress`, `compress(min = \
                 \"1KiB\", level = 6)` or `compress = \"off\"`";
    bad("compress = true", "true", takes);
    bad("compress = \"on\"", "\"on\"", takes);
    bad(
        "compress(9)",
        "9",
        "`9` is not a setting of `compress`: settings are written `name = value`\nhelp: write `compress`, \
         `compress(min = \"1KiB\", level = 6)` or `compress = \"off\"`",
    );
    for level in ["10", "256", "6u8"] {
        let text = format!("`{level}` is not a compression level\nhelp: write an integer from 0 to 9");
        bad(&format!("compress(level = {level})"), level, &text);
    }
    for bits in ["8", "16"] {
        let text =
            format!("`{bits}` is not a valid value for `window_bits`\nhelp: write an integer from 9 to 15");
        bad(&format!("compress(window_bits = {bits})"), bits, &text);
    }
    let sides = "option `takeover` must have no value, or be `\"server\"` or `\"client\"`\n\
                 help: write `takeover` for both sides, `takeover = \"server\"` or `takeover = \"client\"`";
    bad("compress(takeover = true)", "true", sides);
    bad("compress(takeover = \"both\")", "\"both\"", sides);
    bad("compress(min = \"1kB\")", "\"1kB\"", "`\"1kB\"` is not a valid size\nhelp: write `\"1KiB\"`");
    bad("compress(levl = 1)", "levl", "unknown option `levl`\nhelp: did you mean `level`?");
    for (option, call) in [
        ("compress", "compress (:: core :: option :: Option :: Some (:: ws_core :: Compression :: new ()))"),
        ("compress = \"off\"", "compress (:: core :: option :: Option :: None)"),
        (
            "compress(min = \"2KiB\", level = 9, takeover, window_bits = 10)",
            ":: new () . min (2048usize) . level (9u8) . takeover (true) . window_bits (10u8)",
        ),
        ("compress(takeover = \"server\")", ":: new () . server_takeover (true)"),
        ("compress(takeover = \"client\")", ":: new () . client_takeover (true)"),
    ] {
        let code = passes(&format!("\"/x\", {option}"), "struct Custom;");
        assert!(code.contains(call), "{option}: {code}");
    }
}

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

/// Several mistakes are reported together.
#[test]
fn together() {
    let expected = [
        ("nam", "unknown option `nam`\nhelp: did you mean `name`?"),
        ("\"60\"", "`\"60\"` is not a valid duration\nhelp: write `\"60s\"`"),
        ("\"1MB\"", "`\"1MB\"` is not a valid size\nhelp: write `\"1MiB\"`"),
    ];
    bad_options("idle_timeout = \"60\", nam = \"x\", max_message_size = \"1MB\",", &expected);
}
