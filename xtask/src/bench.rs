//! `cargo xtask bench`: the engine beside a bare loop and other simulators, on the same workloads.
//!
//! The programs in `benches/peers` each play one run per call and print their figures. Here they
//! are built, called in turn (A B A B, so that a busy machine slows all alike), timed from outside
//! by the CPU seconds of the whole process, and put into one table per workload. What the tables
//! mean stands in `docs/BENCHMARKS.md`. It takes minutes, so no check of the project runs it.

mod browser;
mod controllers;
mod machine;
mod measure;
mod program;
mod python;
mod table;
mod workload;

use anyhow::Result;

use crate::process::run;
use crate::project::Project;

use measure::Run;
use program::{Effort, Program};
pub use program::{MANIFEST, TARGET};
pub use workload::Workload;

/// What is to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// One workload instead of all.
    pub only: Option<Workload>,
    /// Fewer and shorter runs: a first look, not a figure to quote.
    pub is_quick: bool,
    /// The engine in a browser beside the engine on the host, instead of other programs.
    pub in_browser: bool,
    /// What one decision of each controller costs, instead of other programs.
    pub of_controllers: bool,
}

/// What runs programs.
struct Bench<'a> {
    project: &'a Project,
    /// Python with the scripts' packages; none where it could not be had.
    python: Option<String>,
    /// Whether runs are pinned to core 0.
    is_pinned: bool,
}

/// A program in the comparison of one workload.
struct Contestant {
    program: Program,
    version: String,
    effort: Effort,
    /// In order of rounds, without the warm-up.
    runs: Vec<Run>,
}

/// Builds everything, measures and prints the tables. Returns whether every answer was right.
///
/// # Errors
/// If a program cannot be built, or stops with an error.
pub fn run_all(project: &Project, options: Options) -> Result<bool> {
    if options.in_browser {
        return browser::run(project);
    }
    if options.of_controllers {
        return controllers::run(project);
    }
    build(project, options.only)?;
    let python = python::environment(project)
        .inspect_err(|error| println!("SimPy and Ciw are left out: {error:#}"))
        .ok();
    let bench = Bench {
        project,
        is_pinned: project.find_program(&["taskset"]).is_some(),
        python,
    };
    let mut is_good = true;
    let mut report = machine::describe(&bench);
    for workload in Workload::ALL {
        if options.only.is_none_or(|only| only == workload) {
            let contestants = compare(&bench, workload, options.is_quick)?;
            let table = table::of(workload, &contestants);
            is_good &= table.is_good;
            report += &format!("\n{}", table.text);
        }
    }
    println!("\n{report}");
    Ok(is_good)
}

/// Builds the programs that are needed. The engine and the bare loop are built without the peers'
/// crates, which would switch on features of theirs.
fn build(project: &Project, only: Option<Workload>) -> Result<()> {
    let ours = ["--bin", "bare", "--bin", "engine"];
    let peers = ["--bin", "simcore-peer", "--bin", "nexosim-peer"];
    let cargo = |bins: [&str; 4]| {
        let mut cargo = project.command("cargo");
        cargo.args(["build", "--release", "--locked"]);
        cargo.args(["--manifest-path", MANIFEST]);
        cargo.args(["--target-dir", TARGET]).args(bins);
        cargo
    };
    run(&mut cargo(ours))?;
    if only != Some(Workload::W3) {
        run(cargo(peers).args(["--features", "peers"]))?;
    }
    Ok(())
}

/// Plays a workload on all programs that can, in rounds, the first of which is a warm-up.
fn compare(bench: &Bench, workload: Workload, is_quick: bool) -> Result<Vec<Contestant>> {
    let able = Program::ALL
        .into_iter()
        .filter(|program| program.plays(workload) && bench.can_run(*program));
    let mut contestants = Vec::new();
    for program in able {
        contestants.push(Contestant {
            program,
            version: bench.version(program)?,
            effort: program.effort(is_quick),
            runs: Vec::new(),
        });
    }
    let n_rounds = contestants.iter().map(|it| it.effort.n_runs).max();
    for round in 0..=n_rounds.unwrap_or(0) {
        println!("{}: round {round}", workload.name());
        for it in &mut contestants {
            if round <= it.effort.n_runs {
                let run = bench.play(it.program, workload, it.effort)?;
                if round > 0 {
                    it.runs.push(run);
                }
            }
        }
    }
    Ok(contestants)
}
