//! `run`: each design once.

use std::io::Write as _;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tradewind::analysis::{Figures, ObjectiveResult, Outcome, assess, experiment, figures};
use tradewind::model::Language;
use tradewind::scenario::{DesignCase, Scenario};
use tradewind::sim::{self, Experiment, Fidelity, RunLog, Simulation, Window};
use tradewind::units::SimTime;
use tradewind::view::report::{LETTERS, Shown, decision_log, report};

use crate::args::{EventsArg, RunArgs};
use crate::input::{Done, Failure, print, read_loaded};
use crate::inspect::print_json;
use crate::output;

/// What playing one design gave.
pub struct Played<'a> {
    /// The design.
    pub case: &'a DesignCase,
    /// Its run log.
    pub log: RunLog,
    /// Its figures.
    pub figures: Figures,
    /// Its objectives.
    pub objectives: Vec<ObjectiveResult>,
}

/// Plays designs once and prints figures, JSON or run logs.
///
/// # Errors
/// Unreadable files, findings of severity error, and a design that does not exist.
pub fn run(args: &RunArgs, language: Language) -> Result<Done, Failure> {
    let mut scenario = read_loaded(&args.file, &args.load, language)?;
    if let Some(seed) = args.seed {
        scenario.plan.seed = seed;
    }
    let chosen = chosen_designs(&scenario, args.design.as_deref())?;
    if let Some(window) = args.window {
        check_window(window, &scenario)?;
    }
    let chosen = chosen.into_iter().map(|case| {
        let experiment = Experiment {
            window: args.window,
            by_callee: args.callees,
            ..experiment(&scenario, case, args.replication)
        };
        (case, experiment)
    });
    if args.log {
        return print_logs(args.fidelity.into(), chosen);
    }
    if let Some(which) = args.events {
        return print_events(args, which, chosen, language);
    }
    let played: Vec<Played<'_>> = chosen
        .map(|(case, experiment)| {
            let log = simulate(args.fidelity.into(), &experiment);
            played(&scenario, case, log)
        })
        .collect();
    if args.json {
        let designs: Vec<_> = played
            .iter()
            .map(|one| {
                let runs = std::slice::from_ref(&one.figures);
                let mut shown = output::design(one.case, runs, &one.objectives);
                shown["callees"] = output::callees(&one.log).into();
                shown["queues"] = output::queues(&one.log).into();
                shown
            })
            .collect();
        print_json(&json!({
            "scenario": scenario.id,
            "seed": scenario.plan.seed,
            "replication": args.replication,
            "designs": designs,
        }))?;
    } else {
        let shown: Vec<Shown<'_>> = played
            .iter()
            .zip(LETTERS)
            .map(|(one, letter)| Shown {
                letter,
                case: one.case,
                runs: std::slice::from_ref(&one.figures),
                log: &one.log,
            })
            .collect();
        print(&report(&scenario, &shown, language))?;
    }
    Ok(check(
        args.check,
        played.iter().flat_map(|one| &one.objectives),
    ))
}

/// The design with an id, or all of them.
///
/// # Errors
/// As [`find_design`].
pub fn chosen_designs<'a>(
    scenario: &'a Scenario,
    id: Option<&str>,
) -> Result<Vec<&'a DesignCase>, Failure> {
    match id {
        Some(id) => find_design(scenario, id).map(|case| vec![case]),
        None => Ok(scenario.designs.iter().collect()),
    }
}

/// Refuses a window that lies outside the run.
///
/// # Errors
/// [`Failure::Usage`] that says when the run ends.
pub fn check_window(window: Window, scenario: &Scenario) -> Result<(), Failure> {
    let end = SimTime::START + scenario.plan.duration;
    if window.to <= end {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the run of {} ends at {}, before the window does",
        scenario.id, scenario.plan.duration
    )))
}

fn played<'a>(scenario: &Scenario, case: &'a DesignCase, log: RunLog) -> Played<'a> {
    let figures = figures(&log, &scenario.objectives, case.design.architecture.region);
    let objectives = assess(&scenario.objectives, std::slice::from_ref(&figures));
    Played {
        case,
        log,
        figures,
        objectives,
    }
}

fn simulate(fidelity: Fidelity, experiment: &Experiment<'_>) -> RunLog {
    match fidelity {
        Fidelity::Fluid => sim::run(experiment),
        Fidelity::Requests => play_requests(experiment),
    }
}

/// Plays a run request by request, with a progress bar, because it may take long.
pub fn play_requests(experiment: &Experiment<'_>) -> RunLog {
    const PARTS: f64 = 1000.0;
    let style = ProgressStyle::with_template("{bar:40} {percent} %, {eta} left")
        .expect("the template is valid");
    let bar = ProgressBar::new(PARTS as u64).with_style(style);
    let mut simulation = Simulation::of_requests(experiment);
    while simulation.step() {
        bar.set_position((simulation.progress() * PARTS) as u64);
    }
    bar.finish_and_clear();
    simulation.finish()
}

/// [`Done::Failed`] when objectives are to be checked and one of them is missed.
pub fn check<'a>(wanted: bool, mut objectives: impl Iterator<Item = &'a ObjectiveResult>) -> Done {
    if wanted && objectives.any(|one| one.outcome == Outcome::Failed) {
        Done::Failed
    } else {
        Done::Well
    }
}

/// The design with an id.
///
/// # Errors
/// [`Failure::Usage`] that names the designs there are.
pub fn find_design<'a>(scenario: &'a Scenario, id: &str) -> Result<&'a DesignCase, Failure> {
    scenario.design(id).ok_or_else(|| {
        let known: Vec<&str> = scenario
            .designs
            .iter()
            .map(|case| case.id.as_str())
            .collect();
        Failure::Usage(format!(
            "{} has no design \"{id}\"; it has {}",
            scenario.id,
            known.join(", ")
        ))
    })
}

/// Prints the decision log of each design, for a reader or as data.
fn print_events<'a>(
    args: &RunArgs,
    which: EventsArg,
    chosen: impl Iterator<Item = (&'a DesignCase, Experiment<'a>)>,
    language: Language,
) -> Result<Done, Failure> {
    let with_details = which == EventsArg::All;
    let mut texts = Vec::new();
    let mut data = Vec::new();
    for ((case, experiment), letter) in chosen.zip(LETTERS) {
        let log = simulate(args.fidelity.into(), &experiment);
        if args.json {
            data.push(json!({"id": case.id, "events": output::events(&log, with_details)}));
        } else {
            texts.push(decision_log(
                letter,
                case,
                &log,
                experiment.tape,
                with_details,
                language,
            ));
        }
    }
    if args.json {
        print_json(&json!({"replication": args.replication, "designs": data}))?;
    } else {
        print(&texts.join("\n"))?;
    }
    Ok(Done::Well)
}

fn print_logs<'a>(
    fidelity: Fidelity,
    chosen: impl Iterator<Item = (&'a DesignCase, Experiment<'a>)>,
) -> Result<Done, Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (_, experiment) in chosen {
        let log = simulate(fidelity, &experiment);
        let written = log.write_json_lines(&mut out).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            other => other?,
        }
    }
    Ok(Done::Well)
}
