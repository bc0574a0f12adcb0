//! W3 on the engine: a deployment under the HPA on nodes from Karpenter, in the fluid plane.
//!
//! The workload as the engine's own controllers live it, which is more than the bare loop does.
//! A node's death is a Spot reclaim with two minutes' notice. A lost zone comes back after a
//! quarter of an hour; until the node controller gives its nodes up, nothing replaces them. The
//! metrics pipeline, health checks, DNS, a panel of sampled response times, meters and the event
//! log run along. Averages of pods and nodes have to come out alike all the same.

use peers::answer::Answer;
use peers::workload::w3;
use tradewind::sim::event::EventKind;
use tradewind::sim::run_log::{Meter, StationKind};
use tradewind::sim::{Fidelity, RunLog};
use tradewind::units::SimDuration;

const SCENARIO: &str = include_str!("../../workloads/w3.tradewind.json");

/// W3 over so many days.
pub fn month(n_days: u32, seed: u64) -> Result<Answer, String> {
    let duration = SimDuration::from_h(24 * u64::from(n_days));
    let log = super::play(super::read(SCENARIO)?, duration, seed, Fidelity::Fluid)?;
    let offered: f64 = log.intervals.iter().map(|it| it.offered).sum();
    let failed: f64 = log.intervals.iter().flat_map(|it| it.failed).sum();
    let mean_s = log.latency.mean_s().unwrap_or(f64::NAN);
    Ok(Answer(vec![
        ("pods", mean_total(&log, StationKind::Pods)),
        ("nodes", mean_total(&log, StationKind::Nodes)),
        ("nodes_lost", f64::from(nodes_lost(&log))),
        ("mean_ms", mean_s * 1e3),
        ("dropped_ppm", failed / offered * 1e6),
        ("node_cost_usd", node_hours(&log) * w3::NODE_HOUR_USD),
    ]))
}

/// How many pods or nodes there are, averaged over the intervals' ends.
fn mean_total(log: &RunLog, kind: StationKind) -> f64 {
    let stations: Vec<usize> = (0..log.stations.len())
        .filter(|station| log.stations[*station].kind == kind)
        .collect();
    let at = |interval| {
        let totals = stations.iter().map(|it| log.sample(interval, *it).total);
        f64::from(totals.sum::<u32>())
    };
    let n = log.intervals.len();
    (0..n).map(at).sum::<f64>() / n as f64
}

fn nodes_lost(log: &RunLog) -> u32 {
    let lost = log.events.iter().map(|event| match event.kind {
        EventKind::SpotReclaimed { nodes, .. } | EventKind::ZoneLost { nodes, .. } => nodes,
        _ => 0,
    });
    lost.sum()
}

fn node_hours(log: &RunLog) -> f64 {
    let columns = log.usage.meters.iter().enumerate();
    let nodes = columns.filter(|(_, meter)| matches!(meter, Meter::InstanceSeconds { .. }));
    nodes
        .map(|(column, _)| log.usage.total(column))
        .sum::<f64>()
        / 3600.0
}
