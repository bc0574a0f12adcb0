//! Nodes that fail at random.

use tradewind::model::{Component, NodeGroup, RandomFault, Tape};
use tradewind::sim::event::EventKind;
use tradewind::units::{EventRate, SimDuration};

use super::fixture::{Played, deployment, design, edit, ids, parts};

const MONTH: SimDuration = SimDuration::from_h(730);

/// So many nodes of a fixed group for a month, each failing a hundred times a year.
fn losses(nodes: u32, replicas: u32) -> Vec<f64> {
    let mut parts = parts();
    let group = NodeGroup {
        nodes,
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.replicas = replicas;
    });
    let rate = EventRate::per_year(100.0);
    let tape = Tape {
        random: ids([("failures", RandomFault::NodeLoss { rate })]),
        ..Tape::default()
    };
    let played = Played::lasting(&design(&["a", "c", "d"], parts), &tape, MONTH);
    played.times(|it| matches!(it, EventKind::NodesLost { .. }))
}

#[test]
fn nodes_fail_as_often_as_stated() {
    // 12 nodes, 100 times a year, 1/12 of a year: 100 on average, less what is being replaced.
    let n = losses(12, 9).len();
    // Three standard deviations of a Poisson law.
    assert!((70..=130).contains(&n), "{n}");
}

#[test]
fn two_designs_meet_the_same_failures() {
    let small = losses(6, 9);
    assert_eq!(small, losses(6, 6), "pods do not matter");
    let large = losses(12, 9);
    assert!(large.len() > small.len());
    let shared = small.iter().filter(|at| large.contains(at)).count();
    // The larger design meets what the smaller one meets, but for nodes that were away.
    assert!(
        10 * shared >= 9 * small.len(),
        "{shared} of {}",
        small.len()
    );
}
