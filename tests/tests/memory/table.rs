//! Reads the table of the book, and checks that each of its rows has a test.

const PAGE: &str = include_str!("../../../book/src/memory.md");
const TESTS: [&str; 6] = [
    include_str!("table.rs"),
    include_str!("arriving.rs"),
    include_str!("compressing.rs"),
    include_str!("handling.rs"),
    include_str!("kept.rs"),
    include_str!("leaving.rs"),
];

/// A row of a table: the name of a part, and the most bytes that it takes.
#[derive(Debug)]
pub(super) struct Row {
    name: String,
    bytes: usize,
}

impl Row {
    pub(super) fn of(name: &str) -> Self {
        rows().find(|row| row.name == name).unwrap_or_else(|| panic!("no row is called {name}"))
    }

    /// Returns the sum of several rows.
    pub(super) fn all(names: &[&str]) -> Self {
        let bytes = names.iter().map(|name| Self::of(name).bytes).sum();
        Self { name: names.join(" + "), bytes }
    }

    /// Asserts that `count` of these parts took `held` bytes in all: no more than the table states, apart from the rest
    /// of a connection, and at least half of it. Buffers double, so that not each of them is filled.
    pub(super) fn assert_held(&self, held: usize, count: usize) {
        let each = held / count;
        let rest = 4 << 10;
        assert!(each <= self.bytes + rest, "{self:?}: {each} bytes");
        assert!(each >= self.bytes / 2, "{self:?}: only {each} bytes");
    }

    /// Asserts that `held` is no more than the table states.
    pub(super) fn assert_at_most(&self, held: usize) {
        assert!(held <= self.bytes, "{self:?}: {held} bytes");
    }
}

/// The rows whose second column is a size.
fn rows() -> impl Iterator<Item = Row> {
    PAGE.lines().filter_map(|line| {
        let mut cells = line.trim_start().strip_prefix('|')?.split('|').map(str::trim);
        let (name, size) = (cells.next()?, cells.next()?);
        let (number, unit) = size.split_once(' ')?;
        let unit = match unit {
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            _ => return None,
        };
        Some(Row {
            name: name.replace('`', ""),
            bytes: number.replace(',', "").parse::<usize>().ok()? * unit,
        })
    })
}

#[test]
fn each_row_of_the_tables_has_a_test() {
    assert!(rows().count() > 10, "the tables were not parsed");
    for row in rows() {
        let quoted = format!("\"{}\"", row.name);
        assert!(TESTS.iter().any(|tests| tests.contains(&quoted)), "{row:?}");
    }
}

#[test]
fn the_sum_of_the_clients_parts_is_right() {
    let parts = [
        "the read buffer of a pending callback",
        "bytes that are read and not decoded",
        "the message of a pending callback",
        "a message that is read ahead, or arrives",
        "the inflater of a compressed message that arrives",
        "frames that wait to be written",
        "the mailbox",
    ];
    let (parts, sum) = (Row::all(&parts).bytes, Row::of("all that a client can take").bytes);
    assert!(parts <= sum && sum < parts + (64 << 10), "{parts} of {sum}");
}
