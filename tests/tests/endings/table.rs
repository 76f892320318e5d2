//! Reads the table of the book, and checks that tests and table agree.

use std::path::Path;
use std::{fs, iter};

use ws_tests::log::Log;

const PAGE: &str = include_str!("../../../book/src/closing.md");
const TERMINATION: &str = include_str!("../../../book/src/termination.md");

/// The table's row for one ending.
#[derive(Debug)]
pub(super) struct Row {
    /// The name of its test without the number.
    name: String,
    sees: String,
    terminate: String,
    log: String,
    besides: String,
}

impl Row {
    /// Returns the row of the test, or part of a test, called `name`.
    pub(super) fn of(name: &str) -> Self {
        let name = unnumbered(name);
        rows().find(|row| row.name == name).unwrap_or_else(|| panic!("no row is called {name}"))
    }

    /// Returns the [`ws_core::Terminate::kind`]: `bad_size` for `BadSize`.
    pub(super) fn kind(&self) -> String {
        snake(&self.terminate)
    }

    /// Asserts that exactly one line of the log reports the end of the connection, at the level in the table.
    pub(super) fn assert_logged(&self, log: &Log) {
        let level = self.log.to_uppercase();
        let words = match &*level {
            "ERROR" => "callback ",
            "WARN" => "connection closed: ",
            _ => "connection ended: ",
        };
        assert_eq!(log.lines_with(&[&level, "guard: ", words]).len(), 1, "{self:?} in {}", log.text());
    }

    /// Returns the limit that counts this ending.
    pub(super) fn limited(&self) -> Option<&str> {
        self.besides.strip_prefix("limited(\"")?.strip_suffix("\")")
    }

    /// Asserts that the client received this close frame: `seen` has its code, if present, and its reason.
    pub(super) fn assert_seen(&self, seen: Option<(Option<u16>, &str)>) {
        let right = match (&*self.sees, seen) {
            ("its own" | "echoed", Some(_)) | ("nothing" | "nothing, aborted", None) => true,
            (expected, Some((Some(code), reason))) => {
                let (number, words) = expected.split_once(' ').unwrap_or((expected, ""));
                let (begin, end) = words.split_once('…').unwrap_or((words, ""));
                let open = words.contains('…');
                number == code.to_string()
                    && reason.starts_with(begin)
                    && reason.ends_with(end)
                    && (open && reason.len() > begin.len() + end.len() || reason == words)
            }
            _ => false,
        };
        assert!(right, "expected {self:?}, but the client saw {seen:?}");
    }
}

fn rows() -> impl Iterator<Item = Row> {
    let table = PAGE.split("| what happens |").nth(1).expect("a table");
    table.lines().skip(2).take_while(|line| line.starts_with('|')).map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', ""));
        let mut cell = || cells.next().expect("five columns");
        let name = cell().to_lowercase().replace([' ', '-'], "_");
        Row { name, sees: cell(), terminate: cell(), log: cell(), besides: cell() }
    })
}

/// Removes the number of a row in the table of semantics from a test's name.
fn unnumbered(name: &str) -> &str {
    match name.split_once('_') {
        Some((number, rest))
            if number.starts_with('c')
                && number[1..].bytes().all(|b| b.is_ascii_digit())
                && number.len() > 1 =>
        {
            rest
        }
        _ => name,
    }
}

fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Collects the names of all tests: functions, and names that are passed to a macro.
fn tests(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            tests(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&entry).expect("text");
            for line in source.lines().map(str::trim_start) {
                let line = line.strip_prefix("async ").unwrap_or(line);
                let line = line.strip_prefix("fn ").unwrap_or(line);
                let end = line.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(line.len());
                let (name, after) = line.split_at(end);
                if unnumbered(name) != name && after.starts_with(['(', ':']) {
                    found.push(name.to_owned());
                }
            }
        }
    }
}

#[test]
fn each_row_of_the_table_is_one_test_of_its_name() {
    let mut found = Vec::new();
    tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut found);
    assert!(rows().count() > 40, "the table was not parsed");
    for row in rows() {
        let count = found.iter().filter(|name| unnumbered(name) == row.name).count();
        assert_eq!(count, 1, "{}", row.name);
    }
}

#[test]
fn each_terminate_of_the_book_has_a_row_and_each_row_one_of_them() {
    let known: Vec<_> = TERMINATION
        .lines()
        .skip_while(|line| !line.starts_with("| `Terminate`"))
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.strip_prefix("| `")?.split(['`', '(', ' ']).next())
        .filter(|name| *name != "Terminate")
        .collect();
    assert_eq!(known.len(), 17, "{known:?}");
    for name in &known {
        assert!(rows().any(|row| row.terminate == *name), "{name}");
    }
    for (row, name) in rows().zip(iter::repeat(&known)) {
        assert!(name.contains(&&*row.terminate), "{row:?}");
    }
}
