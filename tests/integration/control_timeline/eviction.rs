//! Drains and disruption budgets: who is let go when, and what a budget cannot stop.

use tradewind::model::{Design, FaultKind, PodDisruptionBudget, Tape, UnhealthyPodEvictionPolicy};
use tradewind::sim::event::{DrainOutcome, EventKind};
use tradewind::units::{IntOrPercent, Ratio, SimDuration};

use super::fixture::{FAULT, Played, deployment, design, edit, ids, node_pool, parts, tape, zone};

/// Nine pods on Spot nodes, of which zone a's three get notice.
fn notice(budget: Option<PodDisruptionBudget>) -> (Design, Tape) {
    let mut parts = parts();
    edit(&mut parts, "nodes", node_pool, |it| {
        it.spot_share = Ratio::ONE;
    });
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.disruption_budget = budget;
    });
    let reclaim = FaultKind::SpotReclaim {
        at: FAULT,
        zone: Some(zone("a")),
        share: Ratio::ONE,
    };
    (design(&["a", "c", "d"], parts), tape(reclaim))
}

fn max_unavailable(n: u32) -> PodDisruptionBudget {
    PodDisruptionBudget {
        max_unavailable: Some(IntOrPercent::Int(n)),
        ..PodDisruptionBudget::default()
    }
}

/// Refusals and pods lost with the machine, after a notice.
fn outcome(budget: Option<PodDisruptionBudget>) -> (Vec<(f64, [u32; 3])>, u32) {
    let (design, tape) = notice(budget);
    let played = Played::new(&design, &tape);
    let refused = played.pick(|event| match event.kind {
        EventKind::EvictionsRefused {
            pods,
            healthy,
            desired_healthy,
            ..
        } => Some([pods, healthy, desired_healthy]),
        _ => None,
    });
    let lost = played.pick(|event| match event.kind {
        EventKind::SpotReclaimed { pods, .. } => Some(pods),
        _ => None,
    });
    assert_eq!(lost.len(), 1);
    assert!((lost[0].0 - 120.0).abs() < 1e-9, "the market does not wait");
    (refused, lost[0].1)
}

#[test]
fn a_budget_holds_pods_back_until_their_replacements_are_ready() {
    let (refused, lost) = outcome(None);
    assert_eq!((refused.len(), lost), (0, 0), "without a budget all go");

    // One may be missing: it goes at once, and each of the others when a replacement is ready. The
    // first of those needs a new node, the others find room on it: two minutes are just enough.
    let (refused, lost) = outcome(Some(max_unavailable(1)));
    assert_eq!(refused, [(0.0, [2, 8, 8])]);
    assert_eq!(lost, 0);

    let (refused, lost) = outcome(Some(max_unavailable(0)));
    assert_eq!(refused, [(0.0, [3, 9, 9])]);
    assert_eq!(lost, 3, "what the budget keeps dies with the machine");

    let (refused, lost) = outcome(Some(max_unavailable(3)));
    assert_eq!((refused.len(), lost), (0, 0));
}

#[test]
fn a_budget_does_not_outlive_its_pods() {
    let budget = PodDisruptionBudget {
        unhealthy_pod_eviction_policy: UnhealthyPodEvictionPolicy::AlwaysAllow,
        ..max_unavailable(0)
    };
    let (design, tape) = notice(Some(budget));
    let played = Played::new(&design, &tape);
    let ready = played.pick(|event| match event.kind {
        EventKind::PodsReady { ready, desired, .. } if ready == desired => Some(()),
        _ => None,
    });
    let first = ready.first().expect("replacements become ready").0;
    assert!((150.0..260.0).contains(&first), "only after 120 s: {first}");
}

/// How the first drain of old nodes ends, and after how many seconds.
fn expired(pool_min: u64, pod_min: u64, budget: Option<u32>) -> (DrainOutcome, f64) {
    let mut parts = parts();
    edit(&mut parts, "nodes", node_pool, |it| {
        it.expire_after = FAULT;
        it.termination_grace_period = Some(SimDuration::from_min(pool_min));
    });
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.termination_grace_period = SimDuration::from_min(pod_min);
        it.disruption_budget = budget.map(max_unavailable);
    });
    let played = Played::new(&design(&["a", "c", "d"], parts), &Tape::default());
    let ended = played.pick(|event| match event.kind {
        EventKind::DrainEnded { outcome, .. } => Some(outcome),
        _ => None,
    });
    let (at, outcome) = *ended.first().expect("old nodes are drained");
    (outcome, at)
}

/// Karpenter deletes pods in time for the node to go at its limit, and no later.
#[test]
fn a_termination_grace_period_is_when_the_node_goes() {
    use DrainOutcome::{Emptied, PodsDeleted};
    #[track_caller]
    fn check(found: (DrainOutcome, f64), outcome: DrainOutcome, after_s: f64) {
        assert!(
            found.0 == outcome && (found.1 - after_s).abs() < 1e-6,
            "{found:?}"
        );
    }
    check(expired(5, 1, None), Emptied, 60.0);
    check(expired(5, 10, None), Emptied, 300.0);
    check(expired(5, 1, Some(0)), PodsDeleted, 300.0);
    check(expired(5, 10, Some(0)), PodsDeleted, 300.0);
}

/// Karpenter waits a minute beyond the grace period for pods on a machine that died, and no longer.
#[test]
fn karpenter_does_not_wait_for_pods_that_are_stuck() {
    let mut parts = parts();
    edit(&mut parts, "nodes", node_pool, |it| {
        it.expire_after = FAULT + SimDuration::from_s(10);
    });
    edit(&mut parts, "api", deployment, |it| it.hpa = None);
    let outage = FaultKind::ZonePowerLoss {
        at: FAULT,
        duration: SimDuration::from_min(30),
        zone: zone("a"),
    };
    let played = Played::new(&design(&["a", "c", "d"], parts), &tape(outage));
    let ended = played.pick(|event| match event.kind {
        EventKind::DrainEnded { nodes, outcome, .. } => Some((nodes, outcome)),
        _ => None,
    });
    let (at, found) = *ended.first().expect("old nodes are drained");
    assert_eq!(found, (3, DrainOutcome::Emptied));
    assert!((at - (10.0 + 30.0 + 60.0)).abs() < 1e-6, "{at}");
}

/// A drifted node is replaced within its pool's limit, whatever holds its pods, and without such a
/// limit it waits for the budget.
#[test]
fn a_drifted_node_behind_a_budget_goes_only_within_a_limit() {
    let replaced = |limit: Option<SimDuration>| {
        let mut parts = parts();
        edit(&mut parts, "nodes", node_pool, |it| {
            it.termination_grace_period = limit;
        });
        edit(&mut parts, "api", deployment, |it| {
            it.hpa = None;
            it.disruption_budget = Some(max_unavailable(0));
        });
        let drift = FaultKind::NodeDrift {
            at: FAULT,
            pool: Some("nodes".to_string()),
        };
        let played = Played::new(&design(&["a", "c", "d"], parts), &tape(drift));
        let ended = played.pick(|event| match event.kind {
            EventKind::DrainEnded {
                outcome, lasted, ..
            } => Some((outcome, lasted)),
            _ => None,
        });
        ended.into_iter().map(|(_, it)| it).collect::<Vec<_>>()
    };
    assert_eq!(replaced(None), []);
    let limit = SimDuration::from_min(10);
    assert_eq!(
        replaced(Some(limit)),
        [(DrainOutcome::PodsDeleted, limit); 3]
    );
}

/// Pods that are never ready and may always go do not keep a drifted node; others do.
#[test]
fn pods_that_may_always_go_do_not_hold_a_node() {
    let replaced = |policy: UnhealthyPodEvictionPolicy| {
        let mut parts = parts();
        edit(&mut parts, "api", deployment, |it| {
            it.hpa = None;
            it.disruption_budget = Some(PodDisruptionBudget {
                unhealthy_pod_eviction_policy: policy,
                ..max_unavailable(0)
            });
        });
        let crash = FaultKind::PodCrash {
            at: FAULT,
            duration: SimDuration::from_h(2),
            target: "api".to_string(),
            pods: IntOrPercent::Percent(Ratio::ONE),
        };
        let drift = FaultKind::NodeDrift {
            at: FAULT + SimDuration::from_min(10),
            pool: Some("nodes".to_string()),
        };
        let tape = Tape {
            faults: ids([("crash", crash), ("drift", drift)]),
            ..Tape::default()
        };
        let played = Played::new(&design(&["a", "c", "d"], parts), &tape);
        played.times(|it| matches!(it, EventKind::NodesDisrupted { .. }))
    };
    assert!(replaced(UnhealthyPodEvictionPolicy::IfHealthyBudget).is_empty());
    assert!(!replaced(UnhealthyPodEvictionPolicy::AlwaysAllow).is_empty());
}
