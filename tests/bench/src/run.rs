//! Runs the scenarios: round after round, each server in turn, each time as a new process.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::load::{Figures, Load, Timing};
use crate::machine::{About, Cores, pinned};
use crate::meter::Meter;
use crate::options::Options;
use crate::progress::{Progress, thousands};
use crate::scenario::{Measure, Scenario};
use crate::server::{OURS, Process, Server};

/// Seconds that a run takes besides its load: the start and the end of the server, and the handshakes.
const OVERHEAD: f64 = 0.3;
/// The seconds of a run that measures memory.
const IDLE: f64 = 2.5;

/// How often a run is made, until other programs do not disturb it.
const ATTEMPTS: usize = 3;
/// CPU time of other programs, in cores, from which on they disturb.
pub const DISTURBING: f64 = 0.1;

/// The figures of one run, or the error that ended it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    pub scenario: String,
    pub server: String,
    pub round: usize,
    pub figures: Option<Figures>,
    pub error: Option<String>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    pub about: About,
    pub rows: Vec<Row>,
}

impl Measure {
    /// The figure to compare.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub fn of(self, figures: &Figures) -> f64 {
        match self {
            Self::PerCpuSecond(_) => figures.count as f64 / figures.usage.server,
            Self::Memory => figures.memory.unwrap_or_default(),
        }
    }

    /// The unit of the figure.
    #[must_use]
    pub fn unit(self) -> String {
        match self {
            Self::PerCpuSecond(what) => format!("{what} per CPU second"),
            Self::Memory => "bytes per connection".to_owned(),
        }
    }
}

/// Runs everything in `options`, and calls `save` after each scenario with the results so far.
///
/// # Errors
/// The error of `save`. A server that fails is a row with an error.
pub fn run(options: &Options, mut save: impl FnMut(&Results) -> Result) -> Result<Results> {
    let cores = Cores::split(options.threads)?;
    if cores == Cores::default() {
        eprintln!(
            "note: too few cores to keep the server and the load apart; the figures are of little worth"
        );
    }
    let versions = options.servers.iter().map(|server| (server.library.to_owned(), server.version()));
    let about = About {
        pinned: !cores.server.is_empty(),
        rounds: options.rounds,
        seconds: options.measured.as_secs_f64(),
        threads: options.threads,
        versions: versions.collect::<BTreeMap<_, _>>(),
        ..About::machine()
    };
    let mut results = Results { about, rows: Vec::new() };
    let runs = |scenario: &Scenario| candidates(options, scenario).count() * options.rounds;
    #[expect(clippy::cast_precision_loss, reason = "a few hundred runs")]
    let expected =
        options.scenarios.iter().map(|scenario| runs(scenario) as f64 * seconds(options, scenario)).sum();
    let mut progress = Progress::new(expected);
    for (number, scenario) in options.scenarios.iter().enumerate() {
        let to_come: Vec<&str> =
            options.scenarios[number + 1..].iter().map(|scenario| scenario.name).collect();
        eprintln!(
            "scenario {} of {}: {}: {}; still to come: {}",
            number + 1,
            options.scenarios.len(),
            scenario.name,
            scenario.title,
            if to_come.is_empty() { "nothing".to_owned() } else { to_come.join(", ") },
        );
        for round in 0..options.rounds {
            let mut servers: Vec<&Server> = candidates(options, scenario).collect();
            // Each server is the first in turn.
            let first = round % servers.len().max(1);
            servers.rotate_left(first);
            for server in servers {
                let row = one(options, &cores, scenario, server, round);
                let outcome = match (&row.figures, &row.error) {
                    (Some(_), _) if options.verify => "all answers are right".to_owned(),
                    (Some(figures), _) => {
                        let measure = scenario.measure();
                        format!("{} {}", thousands(measure.of(figures)), measure.unit())
                    }
                    (None, error) => format!("failed: {}", error.as_deref().unwrap_or_default()),
                };
                let text = format!("round {} of {} | {} | {outcome}", round + 1, options.rounds, server.name);
                progress.part(seconds(options, scenario), &text);
                results.rows.push(row);
            }
        }
        save(&results)?;
    }
    Ok(results)
}

/// The servers that run the scenario.
fn candidates<'o>(options: &'o Options, scenario: &Scenario) -> impl Iterator<Item = &'o Server> {
    let compresses = scenario.load.compresses();
    let target = scenario.target.filter(|_| options.targets);
    options.servers.iter().filter(move |server| {
        let wanted = target.is_none_or(|target| server.name == OURS || target.server() == Some(server.name));
        wanted && (!compresses || server.compresses())
    })
}

/// The seconds that one run is expected to take.
fn seconds(options: &Options, scenario: &Scenario) -> f64 {
    OVERHEAD
        + match scenario.load {
            Load::Idle(_) => IDLE,
            _ => (options.warm_up + options.measured).as_secs_f64(),
        }
}

fn one(options: &Options, cores: &Cores, scenario: &Scenario, server: &Server, round: usize) -> Row {
    let (figures, error) = match undisturbed(options, cores, scenario, server) {
        Ok(figures) => (Some(figures), None),
        Err(error) => (None, Some(error.to_string())),
    };
    Row { scenario: scenario.name.to_owned(), server: server.name.to_owned(), round, figures, error }
}

/// Repeats a run that other programs disturbed. Returns the figures of the run that they disturbed least.
fn undisturbed(options: &Options, cores: &Cores, scenario: &Scenario, server: &Server) -> Result<Figures> {
    let load = &scenario.load;
    let run = || {
        let process = server.start(options.threads, load.compresses(), load.path(), &cores.server)?;
        measure(options, cores, load, &process)
    };
    let mut best = run()?;
    for _ in 1..ATTEMPTS {
        let matters = scenario.measure() != Measure::Memory && !options.verify;
        if !matters || best.usage.others() <= DISTURBING {
            break;
        }
        let again = run()?;
        if again.usage.others() < best.usage.others() {
            best = again;
        }
    }
    Ok(best)
}

fn measure(options: &Options, cores: &Cores, load: &Load, process: &Process) -> Result<Figures> {
    let timing = Timing { warm_up: options.warm_up, measured: options.measured, verify: options.verify };
    pinned(&cores.load, || load.run(process.port, &timing, &mut Meter::new(process.pid())))
}
