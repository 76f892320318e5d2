//! Tables in Markdown.

use std::fmt::{self, Display, Formatter, Write as _};

use super::{Compared, Comparison, Line};
use crate::machine::About;
use crate::progress::thousands;
use crate::scenario::Measure;
use crate::server::OURS;
use crate::target::Target;

/// The circumstances, the overview and a table for each scenario.
#[must_use]
pub fn all(comparison: &Comparison) -> String {
    let mut text = "<!-- Written by `cargo run --release -p ws-bench -- --book`. -->\n\n".to_owned();
    write!(text, "{}\n\n## Overview\n\n{}\n", comparison.about, overview(comparison))
        .expect("a String takes all");
    let behind = losses(comparison);
    text += "\n## Where peers are ahead\n\n";
    text += if behind.is_empty() {
        "In no scenario was a peer better than ws-core in every round.\n"
    } else {
        "These were better than ws-core in every round:\n\n"
    };
    text += &behind;
    text += "\n## Each scenario\n";
    for compared in &comparison.scenarios {
        write!(text, "\n### {}\n\n`{}`\n\n", compared.scenario.title, compared.scenario.name)
            .expect("a String takes all");
        text += &scenario(compared);
    }
    text
}

/// The circumstances and the targets.
#[must_use]
pub fn with_targets(comparison: &Comparison) -> String {
    let written = "<!-- Written by `cargo run --release -p ws-bench -- --targets --book`. -->";
    format!("{written}\n\n{}\n\n{}", comparison.about, targets(comparison))
}

/// A row for each scenario with a target: what we reach, and the spread.
#[must_use]
pub fn targets(comparison: &Comparison) -> String {
    let head = ["scenario", "target", "ws-core", "range", "spread", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for compared in &comparison.scenarios {
        let Some(target) = compared.scenario.target else { continue };
        let mut row = vec![format!("`{}`", compared.scenario.name), target.to_string()];
        let measured = match target {
            Target::Times { server, .. } => compared
                .line(server)
                .and_then(|line| line.ratio)
                .map(|ratio| ratio.inverse())
                .map(|ratio| (ratio.median, format!("{:.2}", ratio.median), Some(ratio))),
            Target::Bytes(_) => {
                compared.line(OURS).and_then(|line| line.figure).map(|bytes| (bytes, thousands(bytes), None))
            }
        };
        let (range, spread) = match measured.as_ref().and_then(|(.., ratio)| *ratio) {
            Some(ratio) => (
                format!("{:.2} to {:.2}", ratio.lowest, ratio.highest),
                format!("±{:.0}%", 100.0 * ratio.spread()),
            ),
            None => Default::default(),
        };
        let (figure, outcome) = match measured {
            Some((figure, text, _)) => (text, if target.is_met(figure) { "met" } else { "missed" }),
            None => (String::new(), "failed"),
        };
        row.extend([figure, range, spread, outcome.to_owned()]);
        rows.push(row);
    }
    table(&rows)
}

/// A row for each scenario, a column for each server: its figure relative to ours, and the spread.
#[must_use]
pub fn overview(comparison: &Comparison) -> String {
    let mut rows = vec![vec!["scenario".to_owned()]];
    rows[0].extend(comparison.servers.iter().map(|server| (*server).to_owned()));
    for compared in &comparison.scenarios {
        let mut row = vec![format!("`{}`", compared.scenario.name)];
        row.extend(comparison.servers.iter().map(|server| match compared.line(server) {
            Some(line) if line.server == OURS && line.ratio.is_some() => "1.00".to_owned(),
            Some(line) => ratio(line),
            None => String::new(),
        }));
        rows.push(row);
    }
    table(&rows)
}

fn ratio(line: &Line) -> String {
    match line.ratio {
        None => "failed".to_owned(),
        Some(ratio) => {
            let mut text = format!("{:.2}", ratio.median);
            if ratio.rounds > 1 {
                write!(text, " ±{:.0}%", 100.0 * ratio.spread()).expect("a String takes all");
            }
            if line.is_ahead() { format!("**{text}**") } else { text }
        }
    }
}

fn losses(comparison: &Comparison) -> String {
    let mut text = String::new();
    for compared in &comparison.scenarios {
        let ahead: Vec<String> = compared
            .lines
            .iter()
            .filter(|line| line.is_ahead())
            .map(|line| format!("{} ({:.2})", line.server, line.ratio.map_or(0.0, |ratio| ratio.median)))
            .collect();
        if !ahead.is_empty() {
            writeln!(text, "- {}: {}", compared.scenario.title, ahead.join(", "))
                .expect("a String takes all");
        }
    }
    text
}

fn scenario(compared: &Compared) -> String {
    let measure = compared.scenario.measure();
    let compresses = compared.scenario.load.compresses();
    let timed = measure != Measure::Memory;
    let mut head = vec!["server".to_owned(), measure.unit(), "to ws-core".to_owned(), "range".to_owned()];
    if timed {
        head.extend(["per second", "p50 µs", "p99 µs", "server cores"].map(str::to_owned));
    }
    if compresses {
        head.push("bytes sent per message".to_owned());
    }
    let mut rows = vec![head];
    for line in &compared.lines {
        let number = |figure: Option<f64>| figure.map_or_else(String::new, thousands);
        let mut row = vec![
            line.server.to_owned(),
            number(line.figure),
            line.ratio.map_or_else(String::new, |ratio| format!("{:.2}", ratio.median)),
            line.ratio
                .map_or_else(String::new, |ratio| format!("{:.2} to {:.2}", ratio.lowest, ratio.highest)),
        ];
        if timed {
            row.extend([number(line.rate), number(line.p50), number(line.p99)]);
            row.push(line.server_cpu.map_or_else(String::new, |cores| format!("{cores:.2}")));
        }
        if compresses {
            row.push(number(line.wire));
        }
        rows.push(row);
    }
    let mut text = table(&rows);
    let notes = compared.lines.iter().flat_map(|line| line.notes.iter().map(|note| (line.server, note)));
    let notes: Vec<String> = notes.map(|(server, note)| format!("- {server}: {note}.\n")).collect();
    if !notes.is_empty() {
        text += "\n";
        text += &notes.concat();
    }
    text
}

/// The first row is the head.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        writeln!(text, "| {} |", row.join(" | ")).expect("a String takes all");
        if number == 0 {
            writeln!(text, "|---|{}", "---:|".repeat(columns - 1)).expect("a String takes all");
        }
    }
    text
}

impl Display for About {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { date, commit, processor, cores, system, compiler, rounds, seconds, threads, .. } = self;
        writeln!(
            f,
            "Measured on {date} at commit {commit}. Rounds: {rounds}, of {seconds} s each. Threads: {threads}."
        )?;
        write!(f, "Machine: {processor}, {cores} cores, {system}, {compiler}.")?;
        if !self.pinned {
            write!(f, " Server and load shared their cores.")?;
        }
        if !self.namespace {
            write!(f, " Without a network namespace.")?;
        }
        if *rounds < 3 {
            write!(f, " So few rounds show that everything works; their figures are of little worth.")?;
        }
        let versions: Vec<String> =
            self.versions.iter().map(|(library, version)| format!("{library} {version}")).collect();
        write!(f, "\n\nVersions: {}.", versions.join(", "))
    }
}
