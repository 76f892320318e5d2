//! Reads the source around an item, for errors that depend on more than the item. A file of correct code is read only if
//! several of its modules have a handler of one name, or if an alias has the name of a type of ws-core.
//!
//! All of this is a guess about text, and it fails towards fewer errors of ours: then rustc reports the mistake in its words.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Mutex, PoisonError};

use proc_macro2::Span;

/// A line and a column, counted from 1.
type Place = (usize, usize);

/// The places so far, by the file and the kind.
static SEEN: Mutex<BTreeMap<(String, String), Vec<Place>>> = Mutex::new(BTreeMap::new());

/// Finds an earlier call with the same `kind` in the same block of the file, where names and `Self` mean the same. Returns its
/// line, and remembers this call. `span` is that of a token that begins with `token`.
pub(crate) fn earlier(kind: String, span: Span, token: &str) -> Option<usize> {
    if !proc_macro::is_available() {
        return None;
    }
    let span = span.unwrap();
    let (file, place) = (span.local_file()?, (span.line(), span.column()));
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let seen = seen.entry((file.to_string_lossy().into_owned(), kind)).or_default();
    let mut others = seen.iter().copied().filter(|&other| other != place).peekable();
    let first = others.peek().is_some().then(|| fs::read_to_string(file).ok()).flatten().and_then(|source| {
        // In an editor, the source changes between two calls.
        let block =
            |place| source.get(offset(&source, place)..)?.starts_with(token).then(|| blocks(&source, place));
        let own = block(place)?;
        others.find(|&other| block(other).is_some_and(|other| other == own))
    });
    if !seen.contains(&place) {
        seen.push(place);
    }
    first.map(|(line, _)| line)
}

/// Checks whether the file at `span` declares `name` itself, or may import it from another crate than `roots`. Without the
/// file, it may.
pub(crate) fn declares(span: Span, name: &str, roots: &[&str]) -> bool {
    if !proc_macro::is_available() {
        return false;
    }
    let source = span.unwrap().local_file().and_then(|file| fs::read_to_string(file).ok());
    source.is_none_or(|source| is_declared(&source, name, roots))
}

/// Checks whether a definition declares `name`, or whether a `use` that names none of `roots` may, with a glob.
pub(crate) fn is_declared(source: &str, name: &str, roots: &[&str]) -> bool {
    source.split(';').any(|statement| {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        let words: Vec<&str> = statement.split(|letter| !is_part(letter)).collect();
        let is_defined = words.windows(2).any(|pair| {
            pair[1] == name && matches!(pair[0], "type" | "struct" | "enum" | "as" | "union" | "trait")
        });
        let used = words.iter().rposition(|&word| word == "use").map_or(&[][..], |at| &words[at..]);
        let has = |word: &str| used.contains(&word);
        let is_ours = roots.iter().any(|root| has(root)) || has("prelude");
        // A `use super::*` rarely brings an alias of ours.
        let may_be_any = is_glob(statement) && (roots.is_empty() || !has("super"));
        is_defined || !is_ours && (has(name) || may_be_any)
    })
}

fn is_glob(statement: &str) -> bool {
    statement
        .rfind("use ")
        .is_some_and(|at| statement[at..].contains("::*") || statement[at..].contains(" *"))
}

fn offset(source: &str, (line, column): Place) -> usize {
    source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>()
        + column.saturating_sub(1)
}

/// Lists the offsets of the braces that are open at `place`.
pub(crate) fn blocks(source: &str, place: Place) -> Vec<usize> {
    let end = offset(source, place).min(source.len());
    let bytes = source.as_bytes();
    let (mut open, mut at) = (Vec::new(), 0);
    while at < end {
        let rest = &bytes[at..];
        at += match rest {
            [b'/', b'/', ..] => until(rest, b"\n"),
            [b'/', b'*', ..] => comment(rest),
            [b'r', b'"' | b'#', ..]
                if at == 0 || !is_word(bytes[at - 1]) || matches!(bytes[at - 1], b'b' | b'c') =>
            {
                raw(rest)
            }
            [b'"', ..] => quoted(rest, b'"'),
            // Anything else is a lifetime.
            [b'\'', b'\\', ..] => quoted(rest, b'\''),
            [b'\'', ..] if character(rest).is_some() => character(rest).unwrap_or(1),
            [b'{', ..] => {
                open.push(at);
                1
            }
            [b'}', ..] => {
                open.pop();
                1
            }
            _ => 1,
        };
    }
    open
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Returns the length up to and including `end`.
fn until(bytes: &[u8], end: &[u8]) -> usize {
    bytes.windows(end.len()).position(|window| window == end).map_or(bytes.len(), |at| at + end.len())
}

/// Returns the length of a block comment, which may have others inside.
fn comment(bytes: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Returns the length of a raw string, or of the `r` of a raw identifier.
fn raw(bytes: &[u8]) -> usize {
    let hashes = bytes[1..].iter().take_while(|&&byte| byte == b'#').count();
    if bytes.get(hashes + 1) != Some(&b'"') {
        return 1;
    }
    let end = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    let begin = hashes + 2;
    begin + until(&bytes[begin..], &end)
}

/// Returns the length of a literal with escapes.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// Returns the length of a character without an escape, or `None` for a lifetime.
fn character(bytes: &[u8]) -> Option<usize> {
    // A character has 4 bytes at most.
    let end = bytes.iter().skip(2).take(4).position(|&byte| byte == b'\'')?;
    let inside = std::str::from_utf8(&bytes[1..end + 2]).ok()?;
    (inside.chars().count() == 1).then_some(end + 3)
}
