//! The report of a run that is made up.

use super::*;
use crate::meter::Usage;

/// A run with `count` messages and `memory` in one second, in which the server was busy.
fn row(scenario: &str, server: &str, round: usize, count: u64, memory: f64) -> Row {
    let usage = Usage { seconds: 1.0, server: 1.0, load: 0.5, other: 0.0 };
    let figures = Figures { count, usage, memory: Some(memory), ..Figures::default() };
    Row {
        scenario: scenario.to_owned(),
        server: server.to_owned(),
        round,
        figures: Some(figures),
        error: None,
    }
}

fn results() -> Results {
    let mut rows = Vec::new();
    for round in 0..3 {
        let count = 1000 + 100 * round as u64;
        rows.push(row("echo-64", OURS, round, count, 0.0));
        rows.push(row("echo-64", "yawc", round, 2 * count, 0.0));
        rows.push(row("echo-64", "axum", round, count / 2, 0.0));
        rows.push(row("idle", OURS, round, 1, 2500.0));
        rows.push(row("idle", "yawc", round, 1, 10_000.0));
    }
    rows.push(Row {
        figures: None,
        error: Some("the server closed a connection".to_owned()),
        ..row("echo-64", "actix-ws", 0, 0, 0.0)
    });
    Results { about: About { rounds: 3, ..About::default() }, rows }
}

#[test]
fn the_best_server_comes_first_and_a_failed_one_last() {
    let comparison = Comparison::new(&results());
    let names: Vec<&str> = comparison.scenarios[0].lines.iter().map(|line| line.server).collect();
    assert_eq!(names, ["yawc", OURS, "axum", "actix-ws"]);
    let ahead: Vec<&str> =
        comparison.scenarios[0].lines.iter().filter(|line| line.is_ahead()).map(|line| line.server).collect();
    assert_eq!(ahead, ["yawc"]);
}

#[test]
fn the_overview_has_ratios_with_their_spread() {
    let overview = tables::overview(&Comparison::new(&results()));
    let lines: Vec<&str> = overview.lines().collect();
    assert_eq!(lines[0], "| scenario | ws-core | yawc | axum | actix-ws |");
    assert_eq!(lines[2], "| `echo-64` | 1.00 | **2.00 ±0%** | 0.50 ±0% | failed |");
    assert_eq!(lines[3], "| `idle` | 1.00 | 0.25 ±0% |  |  |", "four times the memory is a quarter");
}

#[test]
fn a_target_is_met_or_missed() {
    let mut results = results();
    results.rows.extend((0..3).map(|round| row("echo-64", "fastwebsockets", round, 500, 0.0)));
    let targets = tables::targets(&Comparison::new(&results));
    let lines: Vec<&str> = targets.lines().collect();
    assert_eq!(lines[2], "| `echo-64` | 1.03 × fastwebsockets | 2.20 | 2.00 to 2.40 | ±9% | met |");
    assert_eq!(lines[3], "| `idle` | 1400 bytes | 2,500 |  |  | missed |");
}

#[test]
fn losses_and_failures_are_in_the_report() {
    let text = tables::all(&Comparison::new(&results()));
    for expected in [
        "- Echo of 64 B, 64 connections: yawc (2.00)\n",
        "- actix-ws: 1 of 1 rounds failed: the server closed a connection.\n",
        "| yawc | 10,000 | 0.25 | 0.25 to 0.25 |\n",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

#[test]
fn a_generator_at_its_limit_and_a_busy_machine_are_noted() {
    let mut results = results();
    for row in &mut results.rows {
        if let Some(figures) = &mut row.figures {
            figures.usage = Usage { seconds: 1.0, server: 0.5, load: 0.99, other: 0.3 };
        }
    }
    let text = tables::all(&Comparison::new(&results));
    assert!(text.contains("- yawc: the generator was the limit.\n"), "{text}");
    assert!(text.contains("- yawc: other programs used 0.30 cores.\n"), "{text}");
}

#[test]
fn the_chart_has_a_bar_for_each_server() {
    let chart = chart::svg(&Comparison::new(&results()));
    for (class, count) in [("ours", 2), ("ahead", 1), ("peer", 2)] {
        assert_eq!(chart.matches(&format!("<rect class=\"{class}\"")).count(), count, "{class}");
    }
    assert_eq!(chart.matches("failed").count(), 1);
}
