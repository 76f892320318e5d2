//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};

use crate::error::Result;
use crate::scenario::{self, Scenario};
use crate::server::{self, OURS, Server};

/// The text of `--help`.
pub const HELP: &str = "\
Compares ws-core with other WebSocket servers.

    cargo run --release -p ws-bench -- [SCENARIO...] [OPTIONS]

Without a SCENARIO, all of them run. A SCENARIO is a name or its beginning: `echo` runs all echoes.

    --list              show the scenarios and the servers
    --targets           run the scenarios in which we have a target, each with the server that it names
    --servers A,B       run ws-core and these only; a part of the name is enough
    --rounds N          how many times each server runs each scenario (5)
    --seconds S         how long each run is measured (1.5)
    --warm-up S         how long each run warms up before (0.5)
    --threads N         the threads of each server (1)
    --quick             one round of 0.3 s with a warm-up of 0.1 s: shows that everything works
    --verify            measure nothing, and compare each byte that the servers answer
    --no-namespace      use the loopback interface of the system, not one in a network namespace
    --no-build          use the servers that are built already
    --out DIR           where results.json, results.md and results.svg are written (target/bench)
    --book              write the tables and the chart into the book, too
    --render FILE       measure nothing, and write the tables and the chart of a results.json, or of several";

/// What to run, and how.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Options {
    pub scenarios: Vec<Scenario>,
    pub servers: Vec<Server>,
    pub rounds: usize,
    pub measured: Duration,
    pub warm_up: Duration,
    pub threads: usize,
    pub targets: bool,
    pub verify: bool,
    pub namespace: bool,
    pub build: bool,
    pub list: bool,
    pub help: bool,
    pub book: bool,
    pub out: PathBuf,
    /// Files of results to report, instead of measuring.
    pub render: Vec<PathBuf>,
}

impl Options {
    /// Reads the arguments, without the name of the program.
    ///
    /// # Errors
    /// An option, a scenario or a server is unknown, or a value is not valid.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            scenarios: scenario::all(),
            servers: server::ALL.to_vec(),
            rounds: 5,
            measured: Duration::from_millis(1500),
            warm_up: Duration::from_millis(500),
            threads: 1,
            targets: false,
            verify: false,
            namespace: true,
            build: true,
            list: false,
            help: false,
            book: false,
            out: server::target(),
            render: Vec::new(),
        };
        let mut names = Vec::new();
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(name) => names.push(name.string()?),
                Arg::Long("servers") => options.servers = servers(&parser.value()?.string()?)?,
                Arg::Long("rounds") => options.rounds = at_least_one(parser.value()?.parse()?)?,
                Arg::Long("threads") => options.threads = at_least_one(parser.value()?.parse()?)?,
                Arg::Long("seconds") => options.measured = seconds(&mut parser)?,
                Arg::Long("warm-up") => options.warm_up = seconds(&mut parser)?,
                Arg::Long("quick") => {
                    options.rounds = 1;
                    options.measured = Duration::from_millis(300);
                    options.warm_up = Duration::from_millis(100);
                }
                Arg::Long("targets") => options.targets = true,
                Arg::Long("verify") => {
                    options.verify = true;
                    options.rounds = 1;
                    options.measured = Duration::from_millis(300);
                    options.warm_up = Duration::ZERO;
                }
                Arg::Long("no-namespace") => options.namespace = false,
                Arg::Long("no-build") => options.build = false,
                Arg::Long("list") => options.list = true,
                Arg::Long("help") | Arg::Short('h') => options.help = true,
                Arg::Long("book") => options.book = true,
                Arg::Long("out") => options.out = parser.value()?.into(),
                Arg::Long("render") => options.render.push(parser.value()?.into()),
                unknown => return Err(unknown.unexpected().into()),
            }
        }
        if !names.is_empty() {
            for name in &names {
                if !options.scenarios.iter().any(|scenario| scenario.name.starts_with(name)) {
                    return Err(format!("no scenario begins with `{name}`; `--list` shows them").into());
                }
            }
            options.scenarios.retain(|scenario| names.iter().any(|name| scenario.name.starts_with(name)));
        }
        if options.targets {
            options.scenarios.retain(|scenario| scenario.target.is_some());
            options.servers.retain(|server| {
                let names = options.scenarios.iter().filter_map(|scenario| scenario.target?.server());
                server.name == OURS || names.into_iter().any(|name| name == server.name)
            });
        }
        if options.book && options.verify {
            return Err("`--verify` measures nothing to write into the book".into());
        }
        Ok(options)
    }
}

fn servers(names: &str) -> Result<Vec<Server>> {
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    for name in &names {
        if !server::ALL.iter().any(|server| server.name.contains(name)) {
            return Err(format!("no server is named `{name}`; `--list` shows them").into());
        }
    }
    let is_wanted =
        |server: &Server| server.name == OURS || names.iter().any(|name| server.name.contains(name));
    Ok(server::ALL.into_iter().filter(is_wanted).collect())
}

fn at_least_one(number: usize) -> Result<usize> {
    if number == 0 { Err("the number must be at least 1".into()) } else { Ok(number) }
}

fn seconds(parser: &mut Parser) -> Result<Duration> {
    Ok(Duration::try_from_secs_f64(parser.value()?.parse()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn scenarios_are_chosen_by_the_beginning_of_their_name() {
        let options = parse("fanout connect --rounds 7").unwrap();
        let names: Vec<&str> = options.scenarios.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names, ["fanout", "fanout-rate", "fanout-4k", "connect"]);
        assert_eq!(options.rounds, 7);
        assert_eq!(parse("").unwrap().scenarios.len(), scenario::all().len());
    }

    #[test]
    fn ws_core_runs_with_the_servers_that_are_chosen() {
        let names = |line| parse(line).unwrap().servers.iter().map(|server| server.name).collect::<Vec<_>>();
        assert_eq!(names("--servers axum,yawc"), [OURS, "yawc", "yawc, batched", "axum"]);
    }

    #[test]
    fn targets_name_servers_that_exist() {
        let options = parse("--targets").unwrap();
        let names = options.scenarios.iter().filter_map(|scenario| scenario.target?.server());
        for name in names {
            assert!(options.servers.iter().any(|server| server.name == name), "{name}");
        }
        assert!(options.scenarios.len() < scenario::all().len());
    }

    #[test]
    fn mistakes_are_errors() {
        for line in ["nothing", "--servers nothing", "--rounds 0", "--rounds x", "--seconds -1", "--typo"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
