//! `audit`: a window on rates and request by request, side by side.

use rayon::prelude::*;
use serde_json::json;
use tradewind::analysis::audit::Audit;
use tradewind::analysis::experiment;
use tradewind::model::Language;
use tradewind::scenario::DesignCase;
use tradewind::sim::{self, Experiment};
use tradewind::view;

use crate::args::AuditArgs;
use crate::input::{Done, Failure, print, read_loaded};
use crate::inspect::print_json;
use crate::run::{check_window, chosen_designs, play_requests};

/// Plays a window of each chosen design in both planes and prints how far they are apart.
///
/// # Errors
/// Those of `run`, and a window that lies outside the run.
pub fn audit(args: &AuditArgs, language: Language) -> Result<Done, Failure> {
    let scenario = read_loaded(&args.file, &args.load, language)?;
    let chosen = chosen_designs(&scenario, args.design.as_deref())?;
    check_window(args.window, &scenario)?;
    let play = |case: &DesignCase| {
        let experiment = Experiment {
            window: Some(args.window),
            ..experiment(&scenario, case, args.replication)
        };
        let (fluid, requests) = (sim::run(&experiment), play_requests(&experiment));
        Audit::new(&fluid, &requests, scenario.objectives.availability)
    };
    let audits: Vec<(&DesignCase, Audit)> = chosen
        .into_par_iter()
        .map(|case| (case, play(case)))
        .collect();
    if args.json {
        let designs: Vec<_> = audits
            .iter()
            .map(|(case, audit)| json!({ "id": case.id, "holds": audit.holds(), "audit": audit }))
            .collect();
        print_json(&json!({ "scenario": scenario.id, "designs": designs }))?;
    } else {
        for (case, audit) in &audits {
            let name = case.name.get(language);
            let text = view::audit::report(audit, language);
            print(&format!("{name} [{}]\n{text}\n", case.id))?;
        }
    }
    let fails = args.check && !audits.iter().all(|(_, audit)| audit.holds());
    Ok(if fails { Done::Failed } else { Done::Well })
}
