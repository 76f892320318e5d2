//! Text from outside, made safe for a log line.

use std::fmt::{self, Write};

/// Displays text with its control characters escaped, so that no line of a log can be forged: `\n`, `\u{1b}`. Line
/// separators and characters that reverse the direction of the text count as control characters.
pub(crate) struct Escaped<T>(pub(crate) T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'f, 'b>(&'f mut fmt::Formatter<'b>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut written = 0;
        for (at, letter) in text.char_indices().filter(|(_, letter)| is_control(*letter)) {
            self.0.write_str(&text[written..at])?;
            write!(self.0, "{}", letter.escape_debug())?;
            written = at + letter.len_utf8();
        }
        self.0.write_str(&text[written..])
    }
}

fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_escaped_and_the_rest_stays() {
        for (text, wanted) in [
            ("plain, größe \\ \"x\" 'y' 日本 👍🏽", "plain, größe \\ \"x\" 'y' 日本 👍🏽"),
            ("a\nb\r\nc\td", "a\\nb\\r\\nc\\td"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("nel\u{85}ls\u{2028}rlo\u{202e}", "nel\\u{85}ls\\u{2028}rlo\\u{202e}"),
            ("\0", "\\0"),
            ("", ""),
        ] {
            assert_eq!(Escaped(text).to_string(), wanted);
        }
    }
}
