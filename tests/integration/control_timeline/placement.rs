//! Where pods go: which pool, which zone, and when nowhere.

use tradewind::model::{Component, NodeGroup, NodePool, OneOrList};
use tradewind::sim::event::EventKind;
use tradewind::units::{Cpu, SimTime};

use super::fixture::{
    FAULT, Played, check_between, deployment, design, edit, node_pool, parts, power_loss,
};

/// Nodes launched after the fault, by pool.
fn launched(played: &Played) -> Vec<(f64, String)> {
    played.pick(|event| match event.kind {
        EventKind::NodesLaunched { .. } => Some(event.entity.clone()),
        _ => None,
    })
}

#[test]
fn a_pool_at_its_limit_leaves_the_rest_to_the_next() {
    let launches = |first_limit: Option<u32>| {
        let mut parts = parts();
        edit(&mut parts, "api", deployment, |it| {
            it.runs_on = OneOrList(vec!["nodes".to_string(), "reserve".to_string()]);
        });
        edit(&mut parts, "nodes", node_pool, |it| {
            it.weight = 10;
            it.cpu_limit = first_limit.map(|cores| Cpu::from_millis(cores * 1000));
        });
        parts.insert(
            "reserve".to_string(),
            Component::NodePool(NodePool::default()),
        );
        let played = Played::new(&design(&["a", "c", "d"], parts), &power_loss("a"));
        let launched = launched(&played);
        let at: Vec<f64> = launched.iter().map(|it| it.0).collect();
        check_between("replacements need nodes", &at[..1], 350.0, 365.0);
        launched.into_iter().map(|it| it.1).collect::<Vec<_>>()
    };
    // Nine pods of 500m stand on three nodes of 2 cores; the dead node still counts.
    assert_eq!(launches(None)[0], "nodes");
    assert_eq!(launches(Some(6))[0], "reserve");
}

#[test]
fn a_group_is_filled_before_a_pool_launches() {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.runs_on = OneOrList(vec!["base".to_string(), "nodes".to_string()]);
    });
    let group = NodeGroup {
        nodes: 3,
        ..NodeGroup::default()
    };
    parts.insert("base".to_string(), Component::NodeGroup(group));
    let played = Played::new(&design(&["a", "c", "d"], parts), &power_loss("a"));
    let before: Vec<_> = played
        .log
        .events
        .iter()
        .filter(|it| it.at < SimTime::START + FAULT)
        .collect();
    let launches =
        |it: &&&tradewind::sim::Event| matches!(it.kind, EventKind::NodesLaunched { .. });
    assert_eq!(before.iter().filter(launches).count(), 0, "{before:?}");
    assert_eq!(
        launched(&played)[0].1,
        "nodes",
        "replacements overflow into the pool"
    );
}
