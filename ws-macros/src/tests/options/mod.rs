//! Mistakes in options: here those of any option, and then those of [`limits`], of [`compress`], and of the options for
//! the [`handshake`].

mod compress;
mod handshake;
mod limits;

use super::{bad_options, fails};

#[track_caller]
fn bad(option: &str, at: &str, text: &str) {
    bad_options(option, &[(at, text)]);
}

/// An option of services is not a setting of `mailbox`.
#[test]
fn inbox_in_the_mailbox() {
    bad_options(
        "mailbox(inbox = 3)",
        &[("inbox", "unknown option `inbox`\nhelp: the options are `bytes`, `messages`, `overflow`")],
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
         `max_frame_size`, `max_fragments`, `fragment_size`, `send_buffer`, `message_timeout`, `write_timeout`, \
         `close_timeout`, `init_timeout`, `terminate_timeout`, `subprotocols`, `mailbox`, `origins`, `compress`, `rate_limit`, \
         `rate_limit_per_address`, \
         `envelope`, `state`, `crate`",
    );
    bad(
        "name = \"a\", name = \"b\"",
        "name",
        "option `name` is set more than once\nhelp: remove all but one",
    );
    bad("mailbox(message = 1)", "message", "unknown option `message`\nhelp: did you mean `messages`?");
}

#[test]
fn state_is_a_type() {
    bad("state = 5", "5", "option `state` must be a type\nhelp: write `state = YourState`");
    bad("state", "state", "option `state` must be a type\nhelp: write `state = YourState`");
    bad("state(Site)", "Site", "option `state` must be a type\nhelp: write `state = YourState`");
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
        "option `mailbox` needs its settings in parentheses\nhelp: write `mailbox(bytes = \"1MiB\", \
         overflow = \"close\")`",
    );
    bad("crate = \"x\"", "\"x\"", "option `crate` must be a path\nhelp: write `crate = renamed_ws_core`");
    bad(
        "name = \" \"",
        "\" \"",
        "option `name` cannot be empty\nhelp: write a name, such as `name = \"chat\"`, or remove the option",
    );
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
