//! Pods of higher priority take the room of others when there is none.

use tradewind::model::{
    Component, Deployment, FaultKind, NodeGroup, PodDisruptionBudget, PreemptionPolicy, Triangular,
};
use tradewind::sim::event::EventKind;
use tradewind::units::{IntOrPercent, Ratio};

use super::fixture::{FAULT, Played, deployment, design, edit, parts, tape, zone};

/// Three nodes that nine pods fill, six of the api and three of a batch job of lower priority; one
/// node is lost, and not replaced for hours.
fn played(policy: PreemptionPolicy, budget: Option<PodDisruptionBudget>) -> Played {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.replicas = 6;
        it.priority = 1000;
        it.preemption_policy = policy;
    });
    let batch = Deployment {
        replicas: 3,
        runs_on: "nodes".into(),
        disruption_budget: budget,
        ..Deployment::default()
    };
    let group = NodeGroup {
        nodes: 3,
        replacement_time: Triangular::from_s(36_000, 36_000, 36_000),
        ..NodeGroup::default()
    };
    parts.insert("batch".to_string(), Component::Deployment(batch));
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    let loss = FaultKind::NodeLoss {
        at: FAULT,
        pool: "nodes".to_string(),
        zone: Some(zone("a")),
        nodes: IntOrPercent::Percent(Ratio::ONE),
    };
    Played::new(&design(&["a", "c", "d"], parts), &tape(loss))
}

/// When pods gave way: how many, and how many budgets that violated.
fn preempted(played: &Played) -> Vec<(f64, (u32, u32))> {
    played.pick(|event| match &event.kind {
        EventKind::PodsPreempted {
            pods,
            by,
            priority,
            over,
            violations,
        } => {
            assert_eq!((event.entity.as_str(), by.as_str()), ("batch", "api"));
            assert_eq!((*priority, *over), (0, 1000));
            Some((*pods, *violations))
        }
        _ => None,
    })
}

/// When all six pods of the api are ready again.
fn api_is_back(played: &Played) -> Option<f64> {
    let ready = played.pick(|event| match event.kind {
        EventKind::PodsReady { ready, desired, .. } if ready == desired => {
            (event.entity == "api").then_some(())
        }
        _ => None,
    });
    ready.first().map(|(at, ())| *at)
}

#[test]
fn the_more_important_pods_take_the_room_of_the_others() {
    let played = played(PreemptionPolicy::PreemptLowerPriority, None);
    let gone = preempted(&played);
    let pods: u32 = gone.iter().map(|(_, (pods, _))| pods).sum();
    assert_eq!(pods, 2, "one for each pod that was lost: {gone:?}");
    let back = api_is_back(&played).expect("the api is whole again");
    // The victims have 30 s of grace, and a start takes 5 to 30 s.
    let (from, to) = (gone[0].0 + 35.0, gone[0].0 + 61.0);
    assert!((from..to).contains(&back), "{back}, {gone:?}");
}

#[test]
fn without_preemption_they_only_wait_first_in_the_queue() {
    let played = played(PreemptionPolicy::Never, None);
    assert!(preempted(&played).is_empty());
    assert_eq!(api_is_back(&played), None);
}

#[test]
fn a_budget_is_violated_when_there_is_no_other_way() {
    let budget = PodDisruptionBudget {
        max_unavailable: Some(IntOrPercent::Int(0)),
        ..PodDisruptionBudget::default()
    };
    let played = played(PreemptionPolicy::PreemptLowerPriority, Some(budget));
    let gone = preempted(&played);
    assert_eq!(gone.len(), 2);
    assert!(gone.iter().all(|(_, it)| *it == (1, 1)), "{gone:?}");
}
