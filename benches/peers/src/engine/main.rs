//! Tradewind itself: scenario files through the library, as the command plays them.

mod cluster;

use std::process::ExitCode;

use peers::program::{self, Order};
use peers::workload::Workload;
use tradewind::model::{Finding, Language};
use tradewind::scenario::{DesignCase, Scenario};
use tradewind::sim::{self, RunLog};
use tradewind::units::SimDuration;
use tradewind::view;

fn main() -> ExitCode {
    program::main(|order: Order| match order.workload {
        Workload::W1 | Workload::W2 => {
            Err("the queueing workloads need requests one by one; this program plays w3".to_owned())
        }
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
fn play(mut scenario: Scenario, duration: SimDuration, seed: u64) -> Result<RunLog, String> {
    scenario.plan.duration = duration;
    scenario.plan.seed = seed;
    let DesignCase { design, .. } = scenario.designs.first().ok_or("there is no design")?;
    let (load, tape, plan) = (&scenario.load, &scenario.tape, &scenario.plan);
    Ok(sim::run(design, load, tape, plan, 0))
}
