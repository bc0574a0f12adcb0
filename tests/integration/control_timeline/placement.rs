//! Where pods go: which pool, which zone, and when nowhere.

use tradewind::model::{
    Component, NodeGroup, NodeInclusionPolicy, NodePool, OneOrList, PodAffinity, TopologyKey,
    TopologySpread, Triangular, UpdateStrategy, WhenUnsatisfiable,
};
use tradewind::sim::event::{EventKind, NodeFilter, PendingReason, RolloutStep};
use tradewind::units::{Cpu, IntOrPercent, SimTime};

use super::fixture::{
    FAULT, OUTAGE, Played, check_between, deployment, design, edit, good_release, node_pool, parts,
    plan, power_loss,
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

/// Nodes with room for all pods even without a zone, and a spread of one pod between zones.
fn strict_on_a_group(policy: NodeInclusionPolicy, when: WhenUnsatisfiable) -> Played {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.topology_spread = Some(OneOrList::one(TopologySpread {
            when_unsatisfiable: when,
            node_taints_policy: policy,
            ..TopologySpread::default()
        }));
        it.hpa = None;
    });
    let group = NodeGroup {
        nodes: 6,
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    Played::new(&design(&["a", "c", "d"], parts), &power_loss("a"))
}

/// A dead zone's Node objects stay: with `nodeTaintsPolicy: Ignore` they make it the emptiest
/// domain, so that the skew forbids the living zones although they have room. Pods are deleted 350
/// to 360 s after the loss (50 s until Unknown, 300 s of toleration, one node every 10 s); then
/// their replacements wait until power returns after 30 min and the nodes have booted. Honouring
/// taints takes the zone out of the count, and a preference does not forbid: both place the
/// replacements at once, to be ready within the start-up time of 5 to 30 s.
#[test]
fn a_dead_zones_nodes_hold_a_strict_spread_back() {
    use NodeInclusionPolicy::{Honor, Ignore};
    use WhenUnsatisfiable::{DoNotSchedule, ScheduleAnyway};
    let full = |played: &Played| {
        let ready = played.pick(|event| match event.kind {
            EventKind::PodsReady { ready, desired, .. } if ready >= desired => Some(()),
            _ => None,
        });
        ready[0].0
    };
    let refused = |played: &Played| {
        played.pick(|event| match &event.kind {
            EventKind::PodsPending {
                reason: PendingReason::TopologySpread,
                refused,
                ..
            } => Some((
                refused.nodes,
                refused.count(NodeFilter::NotReady),
                refused.count(NodeFilter::Spread),
            )),
            _ => None,
        })
    };
    let stranded = strict_on_a_group(Ignore, DoNotSchedule);
    let told = refused(&stranded);
    check_between("the spread forbids", &[told[0].0], 350.0, 360.0);
    assert_eq!(told[0].1, (6, 2, 4), "nodes, not ready, against the spread");
    let outage_s = OUTAGE.as_s_f64();
    check_between(
        "with the nodes",
        &[full(&stranded)],
        outage_s + 60.0,
        outage_s + 400.0,
    );
    for (policy, when) in [(Honor, DoNotSchedule), (Ignore, ScheduleAnyway)] {
        let played = strict_on_a_group(policy, when);
        assert!(refused(&played).is_empty(), "{policy:?} {when:?}");
        check_between("replaced at once", &[full(&played)], 355.0, 395.0);
    }
}

#[test]
fn pods_that_avoid_each_other_get_a_node_each() {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.pod_anti_affinity = vec![PodAffinity {
            topology_key: TopologyKey::Hostname,
            ..PodAffinity::default()
        }];
        it.hpa = None;
    });
    let played = Played::new(&design(&["a", "c", "d"], parts), &power_loss("a"));
    let node_seconds: f64 = (0..played.log.usage.meters.len())
        .filter(|at| format!("{:?}", played.log.usage.meters[*at]).starts_with("InstanceSeconds"))
        .map(|at| played.log.usage.total(at))
        .sum();
    let nine = 9.0 * plan().duration.as_s_f64();
    assert!(
        node_seconds >= nine,
        "nine pods on nine nodes: {node_seconds}"
    );
    let launched: u32 = played
        .pick(|event| match event.kind {
            EventKind::NodesLaunched { nodes, .. } => Some(nodes),
            _ => None,
        })
        .iter()
        .map(|it| it.1)
        .sum();
    assert_eq!(launched, 3, "a node for each of the three replacements");
}

/// A pod that ends holds its node against its successor until its grace of 30 s is over: three
/// times 30 s and a start of 20 s.
#[test]
fn a_pod_that_avoids_its_kind_waits_for_the_one_that_ends() {
    let mut parts = parts();
    let three = NodeGroup {
        nodes: 3,
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(three));
    edit(&mut parts, "api", deployment, |it| {
        it.pod_anti_affinity = vec![PodAffinity {
            topology_key: TopologyKey::Hostname,
            ..PodAffinity::default()
        }];
        it.hpa = None;
        it.replicas = 3;
        it.startup_time = Triangular::from_s(20, 20, 20);
        it.rollout.strategy = UpdateStrategy::RollingUpdate {
            max_surge: Some(IntOrPercent::Int(0)),
            max_unavailable: Some(IntOrPercent::Int(1)),
        };
    });
    let played = Played::new(&design(&["a", "c", "d"], parts), &good_release());
    let done = played.times(|it| matches!(it, EventKind::Rollout(RolloutStep::Completed { .. })));
    check_between("completed", &done, 150.0, 150.1);
}
