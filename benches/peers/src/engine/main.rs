//! Tradewind itself: scenario files through the library, as the command plays them.

mod cluster;
mod queues;

use std::process::ExitCode;

use peers::program::{self, Order};
use peers::workload::Workload;
use tradewind::analysis::experiment;
use tradewind::model::{Finding, Language};
use tradewind::scenario::Scenario;
use tradewind::sim::{self, Fidelity, RunLog};
use tradewind::units::SimDuration;
use tradewind::view;

fn main() -> ExitCode {
    program::main(|order: Order| match order.workload {
        Workload::W1 => queues::m_m_16(order.size, order.seed),
        Workload::W2 => queues::web_chain(order.size, order.seed),
        Workload::W3 => cluster::month(order.size, order.seed),
    })
}

/// Reads a scenario that is part of this program.
fn read(text: &str) -> Result<Scenario, String> {
    let (scenario, findings) = Scenario::parse(text);
    let sentence = |finding: &Finding| view::findings::sentence(finding, Language::En);
    if !findings.is_empty() {
        let all: Vec<String> = findings.iter().map(sentence).collect();
        return Err(all.join("\nerror: "));
    }
    scenario.ok_or_else(|| "the scenario cannot be played".to_owned())
}

/// Plays the scenario's first design once.
fn play(
    mut scenario: Scenario,
    duration: SimDuration,
    seed: u64,
    fidelity: Fidelity,
) -> Result<RunLog, String> {
    scenario.plan.duration = duration;
    scenario.plan.seed = seed;
    let case = scenario.designs.first().ok_or("there is no design")?;
    let experiment = experiment(&scenario, case, 0);
    Ok(match fidelity {
        Fidelity::Fluid => sim::run(&experiment),
        Fidelity::Requests => sim::run_requests(&experiment),
    })
}
