//! Runs the benchmark. `--help` shows the options.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use ws_bench::error::Result;
use ws_bench::options::{HELP, Options};
use ws_bench::report::{Comparison, chart, tables};
use ws_bench::run::{Results, run};
use ws_bench::{machine, scenario, server};

fn main() -> ExitCode {
    match benchmark() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn benchmark() -> Result<ExitCode> {
    let options = Options::parse(env::args().skip(1))?;
    if options.help {
        println!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    if options.list {
        list();
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((file, others)) = options.render.split_first() {
        let mut results = load(file)?;
        for file in others {
            results.rows.extend(load(file)?.rows);
        }
        write(&options, &results)?;
        return Ok(ExitCode::SUCCESS);
    }
    if options.build && !machine::in_namespace() {
        build(&options)?;
    }
    if options.namespace
        && let Some(reason) = machine::enter_namespace()
    {
        eprintln!("note: no network namespace, so other programs may disturb the figures: {reason}");
    }
    machine::raise_file_limit();
    let results = run(&options, |so_far| save(&options.out, so_far))?;
    if !options.verify {
        write(&options, &results)?;
        let comparison = Comparison::new(&results);
        let table =
            if options.targets { tables::targets(&comparison) } else { tables::overview(&comparison) };
        println!("{table}");
    }
    let failed = results.rows.iter().filter(|row| row.error.is_some()).count();
    if failed > 0 {
        eprintln!("{failed} of {} runs failed", results.rows.len());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn list() {
    for scenario in scenario::all() {
        println!("{:<14} {}", scenario.name, scenario.title);
    }
    println!();
    for server in server::ALL {
        println!("{:<28} {} {}", server.name, server.library, server.version());
    }
}

fn build(options: &Options) -> Result {
    for (number, server) in options.servers.iter().enumerate() {
        eprintln!("build {} of {}: {}", number + 1, options.servers.len(), server.name);
        server.build()?;
    }
    Ok(())
}

/// Writes the rows, so that a run that is interrupted keeps those of the scenarios that are complete.
fn save(out: &Path, results: &Results) -> Result {
    fs::create_dir_all(out)?;
    fs::write(out.join("results.json"), serde_json::to_vec_pretty(results)?)?;
    Ok(())
}

fn load(file: &Path) -> Result<Results> {
    let bytes = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn write(options: &Options, results: &Results) -> Result {
    let comparison = Comparison::new(results);
    fs::create_dir_all(&options.out)?;
    if options.targets {
        let targets = tables::with_targets(&comparison);
        fs::write(options.out.join("targets.md"), &targets)?;
        if options.book {
            fs::write(server::root().join("book/src/benchmark-targets.md"), &targets)?;
        }
        return Ok(());
    }
    let (tables, chart) = (tables::all(&comparison), chart::svg(&comparison));
    fs::write(options.out.join("results.md"), &tables)?;
    fs::write(options.out.join("results.svg"), &chart)?;
    eprintln!("results.json, results.md and results.svg are in {}", options.out.display());
    if options.book {
        let book = server::root().join("book/src");
        fs::write(book.join("benchmark-results.md"), &tables)?;
        fs::write(book.join("benchmark.svg"), &chart)?;
        eprintln!("benchmark-results.md and benchmark.svg are in book/src");
    }
    Ok(())
}
