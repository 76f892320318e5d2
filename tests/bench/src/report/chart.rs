//! A chart in SVG: a panel for each scenario, a bar for each server, with the range over the rounds. It has a background of
//! its own, light or dark as the reader prefers, so it is readable on any page.

use std::fmt::Write as _;

use super::{Compared, Comparison, Line};
use crate::server::OURS;

const COLUMNS: usize = 2;
const PANEL: f64 = 400.0;
const MARGIN: f64 = 16.0;
const LABELS: f64 = 160.0;
const BARS: f64 = 180.0;
const ROW: f64 = 16.0;
const TITLE: f64 = 42.0;
const HEAD: f64 = 92.0;

const STYLE: &str = "
text { font: 11px system-ui, sans-serif; fill: #24292f; }
.head { font-size: 15px; font-weight: 600; }
.title { font-size: 12px; font-weight: 600; }
.faint { fill: #59636e; }
.value { fill: #59636e; stroke: #ffffff; stroke-width: 3px; paint-order: stroke; }
.page { fill: #ffffff; }
.one { stroke: #8c959f; stroke-dasharray: 2 2; }
.range { stroke: #24292f; }
.peer { fill: #a9b4c0; }
.ours { fill: #2f6fde; }
.ahead { fill: #e07b00; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.faint { fill: #9198a1; }
.value { fill: #9198a1; stroke: #15191f; }
.page { fill: #15191f; }
.one { stroke: #6e7681; }
.range { stroke: #e6edf3; }
.peer { fill: #57616d; }
.ours { fill: #4c8dff; }
.ahead { fill: #f0953a; }
}
";

/// Draws the chart.
#[must_use]
pub fn svg(comparison: &Comparison) -> String {
    let mut body = String::new();
    let mut top = HEAD;
    for panels in comparison.scenarios.chunks(COLUMNS) {
        let mut left = MARGIN;
        for compared in panels {
            panel(&mut body, compared, left, top);
            left += PANEL;
        }
        let rows = panels.iter().map(|compared| compared.lines.len()).max().unwrap_or(0);
        top += TITLE + ROW * count(rows) + MARGIN;
    }
    let width = 2.0 * MARGIN + PANEL * count(COLUMNS);
    let about = &comparison.about;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {top}\" width=\"{width}\" height=\"{top}\" \
         role=\"img\">\n<title>ws-core and its peers</title>\n<style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n\
         <text class=\"head\" x=\"{MARGIN}\" y=\"28\">Work per second of server CPU, and memory, relative to ws-core</text>\n\
         <text class=\"faint\" x=\"{MARGIN}\" y=\"47\">Longer is better, in memory too. The dashed line is ws-core. \
         Orange: ahead of ws-core in every round.</text>\n\
         <text class=\"faint\" x=\"{MARGIN}\" y=\"63\">Thin lines: the range over all rounds ({}). {}, commit {}.</text>\n{body}</svg>\n",
        about.rounds,
        escape(&about.date),
        escape(&about.commit),
    )
}

fn panel(body: &mut String, compared: &Compared, left: f64, top: f64) {
    let longest =
        compared.lines.iter().filter_map(|line| line.ratio).map(|ratio| ratio.highest).fold(1.0, f64::max);
    let scale = BARS / longest;
    let (bars, first) = (left + LABELS, top + TITLE - 18.0);
    text(body, "title", left, top + 12.0, compared.scenario.title);
    let (one, bottom) = (bars + scale, first + ROW * count(compared.lines.len()));
    writeln!(
        body,
        "<line class=\"one\" x1=\"{one:.1}\" x2=\"{one:.1}\" y1=\"{first:.1}\" y2=\"{bottom:.1}\"/>"
    )
    .expect("a String takes all");
    for (number, line) in compared.lines.iter().enumerate() {
        bar(body, line, left, bars, first + ROW * count(number), scale);
    }
}

fn bar(body: &mut String, line: &Line, left: f64, bars: f64, top: f64, scale: f64) {
    let base = top + 11.0;
    text(body, if line.server == OURS { "title" } else { "" }, left, base, line.server);
    let Some(ratio) = line.ratio else {
        text(body, "faint", bars + 4.0, base, "failed");
        return;
    };
    let class = match line.server {
        OURS => "ours",
        _ if line.is_ahead() => "ahead",
        _ => "peer",
    };
    let (width, low, high) =
        (scale * ratio.median, bars + scale * ratio.lowest, bars + scale * ratio.highest);
    let (middle, value) = (top + 7.0, format!("{:.2}", ratio.median));
    writeln!(
        body,
        "<rect class=\"{class}\" x=\"{bars}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"12\" rx=\"2\"/>\n\
         <line class=\"range\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>",
        top + 1.0,
    )
    .expect("a String takes all");
    text(body, "value", high + 5.0, base, &value);
}

fn text(body: &mut String, class: &str, x: f64, y: f64, text: &str) {
    let text = escape(text);
    writeln!(body, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>")
        .expect("a String takes all");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[expect(clippy::cast_precision_loss, reason = "a few rows")]
const fn count(number: usize) -> f64 {
    number as f64
}
