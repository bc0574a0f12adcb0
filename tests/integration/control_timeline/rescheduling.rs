//! What Karpenter buys for pods whose node is going, and how long it waits for more of them.
//!
//! Windows come from Karpenter 1.14.1: a batch closes 1 s after the last pod or node that is new
//! to it; pods on nodes that are being deleted are planned for like pending ones, so that a node
//! is there for all of them while a disruption budget lets them go one by one.

use tradewind::model::{
    ById, Component, Deployment, FaultKind, NodePool, OneOrList, PodDisruptionBudget, Tape,
    TopologySpread, Triangular, WhenUnsatisfiable,
};
use tradewind::sim::event::{DrainOutcome, EventKind, NodeRemoval};
use tradewind::units::{Cpu, IntOrPercent, Ratio, SimDuration};

use super::fixture::{FAULT, Played, deployment, design, edit, node_pool, parts, tape};

const JOINS_AFTER: SimDuration = SimDuration::from_s(40);

/// Always the same time.
const fn fixed(time: SimDuration) -> Triangular {
    Triangular {
        min: time,
        mode: time,
        max: time,
    }
}

/// Three pods on one node of a pool, of which one may be missing.
fn three_pods(
    change: impl FnOnce(&mut Deployment),
    change_pool: impl FnOnce(&mut NodePool),
) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.replicas = 3;
        it.hpa = None;
        it.cpu_request = Cpu::from_millis(500);
        it.startup_time = fixed(SimDuration::from_s(10));
        it.disruption_budget = Some(PodDisruptionBudget {
            max_unavailable: Some(IntOrPercent::Int(1)),
            ..PodDisruptionBudget::default()
        });
        change(it);
    });
    edit(&mut parts, "nodes", node_pool, |it| {
        it.instance_types = vec!["m6i.large".to_string()];
        it.launch_time = fixed(JOINS_AFTER);
        change_pool(it);
    });
    parts
}

/// Nodes of a pool that are taken at a fault's time for their age.
fn expire(pool: &mut NodePool) {
    pool.expire_after = FAULT;
}

fn reclaim() -> Tape {
    tape(FaultKind::SpotReclaim {
        at: FAULT,
        zone: None,
        share: Ratio::ONE,
    })
}

/// The 50 minutes from the fault on.
fn play(parts: ById<Component>, tape: &Tape) -> Played {
    let duration = FAULT + SimDuration::from_min(50);
    Played::lasting(&design(&["a"], parts), tape, duration)
}

/// When nodes were launched, how many, and for how many pods.
fn launches(played: &Played) -> Vec<(f64, (u32, u32))> {
    played.pick(|event| match event.kind {
        EventKind::NodesLaunched { nodes, pods, .. } => Some((nodes, pods)),
        _ => None,
    })
}

#[test]
fn one_node_is_bought_for_all_pods_of_a_node_that_goes() {
    let played = play(three_pods(|_| {}, expire), &Tape::default());
    // One is pending and two wait for their turn.
    assert_eq!(launches(&played), [(1.0, (1, 3))]);
    let ended = played.pick(|event| match event.kind {
        EventKind::DrainEnded { outcome, .. } => Some(outcome),
        _ => None,
    });
    let [(at, DrainOutcome::Emptied)] = ended[..] else {
        panic!("{ended:?}");
    };
    // The node joins and three pods start one after the other, each asked for within 10 s.
    let joined = 1.0 + JOINS_AFTER.as_s_f64();
    assert!(at > joined + 20.0 && at < joined + 90.0, "{at}");
}

/// Nine pods fill a node in each of three zones. All three go at once, pod by pod, and as many
/// come: pods that have been evicted are not bought for again.
#[test]
fn nine_pods_in_turn_get_three_nodes_and_no_more() {
    for when_unsatisfiable in [
        WhenUnsatisfiable::DoNotSchedule,
        WhenUnsatisfiable::ScheduleAnyway,
    ] {
        let nine = |it: &mut Deployment| {
            it.replicas = 9;
            it.topology_spread = Some(OneOrList::one(TopologySpread {
                when_unsatisfiable,
                ..TopologySpread::default()
            }));
        };
        let duration = FAULT + SimDuration::from_min(50);
        let design = design(&["a", "c", "d"], three_pods(nine, expire));
        let played = Played::lasting(&design, &Tape::default(), duration);
        let all = launches(&played);
        let at_once = all.iter().all(|it| (it.0 - 1.0).abs() < 1e-9);
        let bought = all.iter().map(|it| it.1);
        let bought = bought.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        assert!(
            at_once && bought == (3, 9),
            "{when_unsatisfiable:?}: {all:?}"
        );
    }
}

#[test]
fn a_spot_notice_is_long_enough_for_three_pods_in_turn() {
    let on_spot = |it: &mut NodePool| {
        it.spot_share = Ratio::ONE;
        it.instance_types.push("m5.large".to_string());
    };
    let played = play(three_pods(|_| {}, on_spot), &reclaim());
    let reclaimed = played.pick(|event| match event.kind {
        EventKind::SpotReclaimed { nodes, pods } => Some((nodes, pods)),
        _ => None,
    });
    assert_eq!(reclaimed, [(120.0, (1, 0))]);
    assert_eq!(launches(&played), [(1.0, (1, 3))]);
}

#[test]
fn nothing_is_bought_for_pods_that_never_go() {
    let blocked = |it: &mut Deployment| {
        it.disruption_budget = Some(PodDisruptionBudget {
            max_unavailable: Some(IntOrPercent::Int(0)),
            ..PodDisruptionBudget::default()
        });
    };
    let played = play(three_pods(blocked, expire), &Tape::default());
    assert!(launches(&played).is_empty());
}

#[test]
fn room_on_nodes_that_stay_comes_first() {
    let first_of_two = |it: &mut NodePool| {
        expire(it);
        it.weight = 10;
    };
    let mut parts = three_pods(
        |it| it.runs_on = OneOrList(vec!["nodes".to_string(), "others".to_string()]),
        first_of_two,
    );
    let mut others = parts[&"nodes".to_string()].clone();
    if let Some(pool) = node_pool(&mut others) {
        pool.weight = 0;
        pool.spare_nodes_per_zone = 1;
        pool.expire_after = FAULT + SimDuration::from_h(24);
    }
    parts.insert("others".to_string(), others);
    let played = play(parts, &Tape::default());
    // The first pod finds the spare node, which gets a successor; the others have room there too.
    assert_eq!(launches(&played), [(0.0, (1, 0))]);
}

#[test]
fn a_node_that_waits_for_pods_is_not_taken_for_an_empty_one() {
    // Each pod needs two minutes to start, so that the new node is half empty for long.
    let slowly = |it: &mut Deployment| it.startup_time = fixed(SimDuration::from_min(2));
    let at_once = |it: &mut NodePool| {
        expire(it);
        it.consolidate_after = SimDuration::ZERO;
    };
    let played = play(three_pods(slowly, at_once), &Tape::default());
    assert_eq!(launches(&played), [(1.0, (1, 3))]);
    let removed = played.times(|it| {
        matches!(
            it,
            EventKind::NodesDisrupted { .. }
                | EventKind::NodesRemoved {
                    reason: NodeRemoval::Empty,
                    ..
                }
        )
    });
    assert!(removed.is_empty(), "{removed:?}");
}

#[test]
fn a_pod_that_is_in_the_batch_does_not_keep_it_open() {
    // All pods are pending at the notice. The old ones are gone half a second later, and their
    // node with them, which is looked at without a pod being new.
    let unprotected = |it: &mut Deployment| {
        it.disruption_budget = None;
        it.termination_grace_period = SimDuration::from_ms(500);
    };
    let played = play(three_pods(unprotected, expire), &Tape::default());
    assert_eq!(launches(&played), [(1.0, (1, 3))]);
}

#[test]
fn a_spot_notice_is_remembered_for_all_pools() {
    let on_spot = |it: &mut NodePool| {
        it.spot_share = Ratio::ONE;
        it.weight = 10;
    };
    let mut parts = three_pods(
        |it| it.runs_on = OneOrList(vec!["nodes".to_string(), "others".to_string()]),
        on_spot,
    );
    let mut others = parts[&"nodes".to_string()].clone();
    if let Some(pool) = node_pool(&mut others) {
        pool.weight = 0;
    }
    parts.insert("others".to_string(), others);
    let played = play(parts, &reclaim());
    // The only type in the only zone counts as unavailable for three minutes, in either pool.
    let launched = launches(&played);
    assert!(launched[0].0 >= 180.0, "{launched:?}");
}
