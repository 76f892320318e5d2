//! Mistakes in limits: durations, sizes and counts.

use super::bad;
use crate::tests::passes;

#[test]
fn durations() {
    let form = "write an integer followed by `ms`, `s`, `m` or `h`, such as `\"60s\"`";
    let cases = [
        ("60", "write `\"60s\"`"),
        ("60 sec", "write `\"60s\"`"),
        ("5min", "write `\"5m\"`"),
        ("5MS", "write `\"5ms\"`"),
        ("2d", "write `\"48h\"`"),
        ("1.5s", "write `\"1500ms\"`"),
        ("1m30s", "write `\"90s\"`"),
        ("10_000 ms", "write `\"10000ms\"`"),
        ("1.5", "write `\"1500ms\"`"),
        ("s", form),
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
    for option in ["idle_timeout", "message_timeout", "write_timeout", "init_timeout", "terminate_timeout"] {
        let text = format!("`\"off\"` does not disable `{option}`\nhelp: write `\"never\"`");
        bad(&format!("{option} = \"off\""), "\"off\"", &text);
    }
    let text = "option `close_timeout` cannot be disabled\nhelp: write a duration, such as `\"5s\"`";
    bad("close_timeout = \"never\"", "\"never\"", text);
    let text = "`\"0s\"` is not a valid duration\nhelp: write a value greater than zero";
    bad("close_timeout = \"0s\"", "\"0s\"", text);
    for (value, millis) in [("7ms", 7), ("2s", 2_000), ("3m", 180_000), ("4h", 14_400_000), ("30 s", 30_000)]
    {
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
        ("1 gigabyte", "write `\"1GiB\"`"),
        ("1.5MiB", "write `\"1536KiB\"`"),
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
    for (value, bytes) in
        [("7B", 7), ("1KiB", 1_024), ("1MiB", 1_048_576), ("1GiB", 1_073_741_824), ("64 KiB", 65_536)]
    {
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
        "`256` is not a setting of `mailbox`: settings are written `name = value`\nhelp: write `mailbox(bytes = \
         \"1MiB\", overflow = \"close\")`",
    );
}

#[test]
fn rate_limits() {
    let example = "rate_limit(messages = 20, bytes = \"64KiB\")";
    let needs =
        format!("`rate_limit` needs a number of `messages` or `bytes` per second\nhelp: write `{example}`");
    bad("rate_limit()", "rate_limit", &needs);
    bad("rate_limit(exceeded = \"close\")", "rate_limit", &needs);
    let burst = "`burst` needs `messages`, the rate at which it is refilled\nhelp: write `rate_limit(messages = 20, \
                 burst = 40)`";
    bad("rate_limit(burst = 40, bytes = \"1KiB\")", "burst", burst);
    let shared = "`rate_limit_per_address` needs a number of `messages` or `bytes` per second\nhelp: write \
                  `rate_limit_per_address(messages = 20, bytes = \"64KiB\")`";
    bad("rate_limit_per_address(exceeded = \"close\")", "rate_limit_per_address", shared);
    let parentheses =
        format!("option `rate_limit` needs its settings in parentheses\nhelp: write `{example}`");
    bad("rate_limit = 20", "20", &parentheses);
    bad(
        "rate_limit(messages = 20, exceeded = \"pause\")",
        "\"pause\"",
        "unknown behavior `pause` of a rate limit\nhelp: write `\"wait\"`, `\"drop\"` or `\"close\"`",
    );
    bad(
        "rate_limit(messages = 0)",
        "0",
        "`0` is not a valid number of messages\nhelp: write an integer from 1 to 4294967295",
    );
    bad(
        "rate_limit(bytes = \"64 kB\")",
        "\"64 kB\"",
        "`\"64 kB\"` is not a valid size\nhelp: write `\"64KiB\"`",
    );
}
