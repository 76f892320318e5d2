//! The comparison of all servers, computed from the rows of a run, then written as [`tables`] and as a [`chart`].

pub mod chart;
pub mod tables;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::load::Figures;
use crate::machine::About;
use crate::run::{DISTURBING, Results, Row};
use crate::scenario::{self, Measure, Scenario};
use crate::server::{self, OURS};
use crate::statistics::{Ratio, median};

/// CPU time of the load, in cores, from which on the generator is at its limit.
const LOAD_LIMIT: f64 = 0.9;

/// All scenarios, with the servers that ran them.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub about: About,
    /// The names of the servers, ours first.
    pub servers: Vec<&'static str>,
    pub scenarios: Vec<Compared>,
}

/// The servers in a scenario.
#[derive(Clone, Debug)]
pub struct Compared {
    pub scenario: Scenario,
    /// The best first.
    pub lines: Vec<Line>,
}

/// The figures of a server in a scenario: medians over the rounds.
#[derive(Clone, Debug)]
pub struct Line {
    pub server: &'static str,
    /// The figure that is compared, in the unit of the scenario's measure.
    pub figure: Option<f64>,
    /// How good it is, relative to ours. Above 1 is better than ours, for memory too.
    pub ratio: Option<Ratio>,
    pub rate: Option<f64>,
    pub p50: Option<f64>,
    pub p99: Option<f64>,
    pub wire: Option<f64>,
    pub server_cpu: Option<f64>,
    pub notes: Vec<String>,
}

impl Comparison {
    /// Computes it from rows.
    #[must_use]
    pub fn new(results: &Results) -> Self {
        let ran: BTreeSet<&str> = results.rows.iter().map(|row| row.server.as_str()).collect();
        let servers =
            server::ALL.iter().map(|server| server.name).filter(|name| ran.contains(name)).collect();
        let compared = |scenario: Scenario| Compared::new(scenario, &servers, &results.rows);
        let scenarios =
            scenario::all().into_iter().map(compared).filter(|compared| !compared.lines.is_empty()).collect();
        Self { about: results.about.clone(), servers, scenarios }
    }
}

impl Compared {
    fn new(scenario: Scenario, servers: &Vec<&'static str>, rows: &[Row]) -> Self {
        let measure = scenario.measure();
        let figures = |server: &str| -> BTreeMap<usize, f64> {
            let rows = rows.iter().filter(|row| row.scenario == scenario.name && row.server == server);
            rows.filter_map(|row| Some((row.round, measure.of(row.figures.as_ref()?)))).collect()
        };
        let ours = figures(OURS);
        let mut lines = Vec::new();
        for &server in servers {
            let rows: Vec<&Row> =
                rows.iter().filter(|row| row.scenario == scenario.name && row.server == server).collect();
            if rows.is_empty() {
                continue;
            }
            let ratio = Ratio::of(&figures(server), &ours);
            let ratio = if measure == Measure::Memory { ratio.map(|ratio| ratio.inverse()) } else { ratio };
            lines.push(Line::new(&scenario, server, &rows, ratio));
        }
        let rank = |line: &Line| line.ratio.map_or(f64::NEG_INFINITY, |ratio| ratio.median);
        lines.sort_by(|one, other| rank(other).total_cmp(&rank(one)));
        Self { scenario, lines }
    }

    /// The line of a server, if it ran the scenario.
    #[must_use]
    pub fn line(&self, server: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.server == server)
    }
}

impl Line {
    fn new(scenario: &Scenario, server: &'static str, rows: &[&Row], ratio: Option<Ratio>) -> Self {
        let measure = scenario.measure();
        let of = |figure: &dyn Fn(&Figures) -> f64| {
            median(&rows.iter().filter_map(|row| row.figures.as_ref()).map(figure).collect::<Vec<_>>())
        };
        let timed = measure != Measure::Memory;
        let server_cpu = of(&|figures| figures.usage.server / figures.usage.seconds);
        let load_cpu = of(&|figures| figures.usage.load / figures.usage.seconds);
        let other_cpu = of(&|figures| figures.usage.others());
        let mut notes = Vec::new();
        if timed && !scenario.is_paced() && load_cpu > Some(LOAD_LIMIT) && server_cpu < Some(LOAD_LIMIT) {
            notes.push("the generator was the limit".to_owned());
        }
        if timed && other_cpu > Some(DISTURBING) {
            notes.push(format!("other programs used {:.2} cores", other_cpu.unwrap_or_default()));
        }
        let errors: BTreeSet<&str> = rows.iter().filter_map(|row| row.error.as_deref()).collect();
        let failed = rows.iter().filter(|row| row.error.is_some()).count();
        notes.extend(errors.iter().map(|error| format!("{failed} of {} rounds failed: {error}", rows.len())));
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = of(&|figures| figures.count as f64 / figures.usage.seconds).filter(|_| timed);
        Self {
            server,
            figure: of(&|figures| measure.of(figures)),
            ratio,
            rate,
            p50: of(&|figures| figures.p50).filter(|_| timed),
            p99: of(&|figures| figures.p99).filter(|_| timed),
            wire: of(&|figures| figures.wire).filter(|_| scenario.load.compresses()),
            server_cpu: server_cpu.filter(|_| timed),
            notes,
        }
    }

    /// Whether this is a peer that was better than ours in every round.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        self.server != OURS && self.ratio.is_some_and(|ratio| ratio.is_ahead())
    }
}
