//! `compare`: two designs in paired replications, on all processors, and the page's first picture.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use serde_json::json;
use tradewind::analysis::{
    Figures, Results, assess, compare as compare_figures, experiment, figures, tasks,
};
use tradewind::model::Language;
use tradewind::plot::first_picture as picture;
use tradewind::scenario::{DesignCase, Scenario};
use tradewind::sim;
use tradewind::view::report;

use crate::args::CompareArgs;
use crate::input::{Done, Failure, print, read_loaded, read_scenario};
use crate::inspect::print_json;
use crate::output;
use crate::run::{check, find_design};

/// Plays two designs in paired replications and prints differences.
///
/// # Errors
/// Unreadable files, findings of severity error, and designs that do not exist.
pub fn compare(args: &CompareArgs, language: Language) -> Result<Done, Failure> {
    let mut scenario = read_loaded(&args.file, &args.load, language)?;
    scenario.plan.seed = args.seed.unwrap_or(scenario.plan.seed);
    scenario.plan.replications = args.replications.unwrap_or(scenario.plan.replications);
    let (baseline, candidate) = pair(&scenario, args)?;
    let results = replicate(&scenario, [baseline, candidate]);
    let (a, b) = results.paired(0, 1);
    let deltas = compare_figures(&a, &b);
    let objectives = [
        assess(&scenario.objectives, &a),
        assess(&scenario.objectives, &b),
    ];
    if args.json {
        let rows: Vec<_> = deltas.iter().map(output::delta).collect();
        print_json(&json!({
            "scenario": scenario.id,
            "seed": scenario.plan.seed,
            "replications": scenario.plan.replications,
            "designs": [
                output::design(baseline, &a, &objectives[0]),
                output::design(candidate, &b, &objectives[1]),
            ],
            "comparison": {
                "baseline": baseline.id,
                "candidate": candidate.id,
                "deltas": rows,
            },
        }))?;
    } else {
        let logs = [baseline, candidate].map(|case| sim::run(&experiment(&scenario, case, 0)));
        let text = report::comparison(&scenario, [baseline, candidate], &logs, [&a, &b], language);
        print(&text)?;
    }
    Ok(check(args.check, objectives[1].iter()))
}

fn pair<'a>(
    scenario: &'a Scenario,
    args: &CompareArgs,
) -> Result<(&'a DesignCase, &'a DesignCase), Failure> {
    let baseline = match &args.baseline {
        Some(id) => find_design(scenario, id)?,
        None => &scenario.designs[0],
    };
    let candidate = match &args.candidate {
        Some(id) => find_design(scenario, id)?,
        None => scenario
            .designs
            .iter()
            .find(|case| case.id != baseline.id)
            .unwrap_or(baseline),
    };
    Ok((baseline, candidate))
}

/// Runs every task on all processors with a progress bar. Results are filed by task, so the order
/// in which they come does not matter.
fn replicate(scenario: &Scenario, designs: [&DesignCase; 2]) -> Results {
    let all: Vec<_> = tasks(2, 0..scenario.plan.replications).collect();
    let bar = ProgressBar::new(all.len() as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left")
            .expect("the template is valid"),
    );
    let made: Vec<(_, Figures)> = all
        .into_par_iter()
        .map(|task| {
            let case = designs[task.design as usize];
            let log = sim::run(&experiment(scenario, case, task.replication));
            let region = case.design.architecture.region;
            bar.inc(1);
            (task, figures(&log, &scenario.objectives, region))
        })
        .collect();
    bar.finish_and_clear();
    let mut results = Results::default();
    for (task, figures) in made {
        results.insert(task, figures);
    }
    results
}

/// Writes the static first picture of the page.
///
/// # Errors
/// As [`compare`], and when the file cannot be written.
pub fn first_picture(file: &str, out: Option<&Path>, language: Language) -> Result<Done, Failure> {
    let scenario = read_scenario(file, language)?;
    let designs = [&scenario.designs[0], &scenario.designs[1]];
    let results = replicate(&scenario, designs);
    let (a, b) = results.paired(0, 1);
    let logs = [
        sim::run(&experiment(&scenario, designs[0], 0)),
        sim::run(&experiment(&scenario, designs[1], 0)),
    ];
    let html = picture::html(&scenario, designs, &logs, [&a, &b]);
    match out {
        Some(path) => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(path, html)?;
        }
        None => print(&html)?,
    }
    Ok(Done::Well)
}
