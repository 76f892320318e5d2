//! Mistakes in `compress`.

use super::bad;
use crate::tests::passes;

#[test]
fn compress() {
    let takes = "option `compress` needs its settings in parentheses\nhelp: write `compress`, `compress(min = \
                 \"1KiB\", level = 4)` or `compress = \"off\"`";
    bad("compress = true", "true", takes);
    bad("compress = \"on\"", "\"on\"", takes);
    bad(
        "compress(9)",
        "9",
        "`9` is not a setting of `compress`: settings are written `name = value`\nhelp: write `compress`, \
         `compress(min = \"1KiB\", level = 4)` or `compress = \"off\"`",
    );
    for level in ["10", "256", "4u8"] {
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
