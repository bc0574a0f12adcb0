//! Planned drains, terminated instances and crashing pods: who notices when, and who helps.

use tradewind::model::{
    ById, Component, FaultKind, Load, NodeGroup, PodDisruptionBudget, Spike, Tape, ZoneIndex,
};
use tradewind::sim::event::{DrainOutcome, EventKind, NodeRemoval};
use tradewind::units::{IntOrPercent, Ratio, SimDuration};

use super::fixture::{
    FAULT, Played, check_between, deployment, design, edit, ids, node_group, on_twelve_nodes,
    parts, steady, tape, zone,
};

/// The platform with nine pods that nobody scales, within a budget.
fn unscaled(max_unavailable: Option<u32>) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.disruption_budget = max_unavailable.map(|n| PodDisruptionBudget {
            max_unavailable: Some(IntOrPercent::Int(n)),
            ..PodDisruptionBudget::default()
        });
    });
    parts
}

fn on_a_group(mut parts: ById<Component>) -> ById<Component> {
    let group = NodeGroup {
        nodes: 6,
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    parts
}

fn drain(minutes: u64) -> Tape {
    tape(FaultKind::NodeDrain {
        at: FAULT,
        duration: SimDuration::from_min(minutes),
        zone: Some(zone("a")),
        pool: None,
    })
}

fn loss() -> Tape {
    tape(FaultKind::NodeLoss {
        at: FAULT,
        pool: "nodes".to_string(),
        zone: Some(zone("a")),
        nodes: IntOrPercent::Percent(Ratio::ONE),
    })
}

fn ended(played: &Played) -> Vec<(f64, (u32, DrainOutcome))> {
    played.pick(|event| match event.kind {
        EventKind::DrainEnded { nodes, outcome, .. } => Some((nodes, outcome)),
        _ => None,
    })
}

#[test]
fn a_zone_is_drained_node_by_node_and_opened_again() {
    let played = Played::new(
        &design(&["a", "c", "d"], on_a_group(unscaled(None))),
        &drain(30),
    );
    let started = played.pick(|event| match event.kind {
        EventKind::DrainStarted { nodes, pods, .. } => Some((nodes, pods, event.zone)),
        _ => None,
    });
    assert_eq!(started, [(0.0, (2, 3, Some(ZoneIndex(0))))]);
    // Each node is empty when its pods have used their 30 s of grace.
    let ended = ended(&played);
    assert_eq!(ended, [(60.0, (2, DrainOutcome::Emptied))]);
    assert!(
        played.success(0, 7200) > 0.999,
        "a drain in time hurts nobody"
    );
}

#[test]
fn a_drain_waits_for_a_budget_and_is_broken_off_when_its_time_is_over() {
    let blocked = design(&["a", "c", "d"], on_a_group(unscaled(Some(0))));
    let played = Played::new(&blocked, &drain(30));
    let refused = played.pick(|event| match event.kind {
        EventKind::EvictionsRefused { pods, .. } => Some(pods),
        _ => None,
    });
    assert_eq!(refused.len(), 1, "told once, not every 5 s: {refused:?}");
    assert_eq!(ended(&played), [(1800.0, (2, DrainOutcome::GivenUp))]);

    // One at a time: the next goes at kubectl's next try after a replacement is ready.
    let slow = design(&["a", "c", "d"], on_a_group(unscaled(Some(1))));
    let played = Played::new(&slow, &drain(30));
    let ended = ended(&played);
    assert_eq!(ended[0].1, (2, DrainOutcome::Emptied));
    assert!((65.0..200.0).contains(&ended[0].0), "{ended:?}");
}

#[test]
fn a_terminated_instance_is_replaced_by_who_owns_it() {
    // Karpenter hears of it at once.
    let karpenter = Played::new(&design(&["a", "c", "d"], unscaled(None)), &loss());
    let launched = karpenter.times(|it| matches!(it, EventKind::NodesLaunched { .. }));
    check_between("Karpenter launches", &launched[..1], 1.0, 15.0);

    // A node group's pods wait for Kubernetes to find out; its instances come back before that.
    let group = Played::new(
        &design(&["a", "c", "d"], on_a_group(unscaled(None))),
        &loss(),
    );
    let launched = group.times(|it| matches!(it, EventKind::GroupLaunches { .. }));
    assert_eq!(launched.len(), 2);
    check_between("its group replaces it", &launched, 15.0, 120.0);
    let not_ready = group.times(|it| matches!(it, EventKind::NodesNotReady { .. }));
    check_between("nodes are Unknown", &not_ready, 50.0, 50.0);
    let removed = group.times(|it| {
        let lost = NodeRemoval::Lost;
        matches!(it, EventKind::NodesRemoved { reason, .. } if *reason == lost)
    });
    assert_eq!(removed.len(), 2);
    check_between("orphans are collected", &removed, 111.0, 135.0);
    let back = |played: &Played| {
        let ready = played.pick(|event| match event.kind {
            EventKind::PodsReady { ready, desired, .. } if ready == desired => Some(()),
            _ => None,
        });
        ready[0].0
    };
    assert!(back(&karpenter) < back(&group));
    check_between("the group's pods are back", &[back(&group)], 116.0, 200.0);
}

/// A third of the pods crash at every start, and two minutes later half of the load is gone. Six
/// pods at 45 % ask for five; with the three that have no figures assumed at their whole request
/// the mean is 63 %, so that the nine are kept as long as the loop lasts.
#[test]
fn crashed_pods_are_missing_and_hold_a_scale_down_back() {
    let mut parts = parts();
    on_twelve_nodes(&mut parts);
    let fault = FaultKind::PodCrash {
        at: FAULT,
        duration: SimDuration::from_min(25),
        target: "api".to_string(),
        pods: IntOrPercent::Int(3),
    };
    let half = Spike {
        at: FAULT + SimDuration::from_min(2),
        factor: 0.5,
        ramp_up: SimDuration::ZERO,
        hold: SimDuration::from_h(1),
        ramp_down: SimDuration::ZERO,
    };
    let load = Load {
        spikes: ids([("half", half)]),
        ..steady(540.0)
    };
    let length = SimDuration::from_h(2);
    let platform = design(&["a", "c", "d"], parts);
    let played = Played::under(&platform, &load, &tape(fault), length);
    let scaled = played.pick(|event| match event.kind {
        EventKind::HpaScaled { from, to, .. } => Some((from, to)),
        _ => None,
    });
    let (at, (from, to)) = scaled[0];
    assert_eq!(from, 9, "{scaled:?}");
    assert!(to < 9 && at > 25.0 * 60.0, "{scaled:?}");
}

#[test]
fn a_crash_loop_outlives_its_cause() {
    let crash = |duration| {
        let fault = FaultKind::PodCrash {
            at: FAULT,
            duration,
            target: "api".to_string(),
            pods: IntOrPercent::Int(4),
        };
        Played::new(&design(&["a", "c", "d"], unscaled(None)), &tape(fault))
    };
    let ready = |played: &Played| {
        let all = played.pick(|event| match event.kind {
            EventKind::PodsReady { ready, desired, .. } if ready == desired => Some(()),
            _ => None,
        });
        all[0].0
    };
    let once = crash(SimDuration::ZERO);
    check_between("started again at once", &[ready(&once)], 5.0, 31.0);
    assert!(
        once.times(|it| matches!(it, EventKind::CrashLoopBackOff { .. }))
            .is_empty()
    );

    let ten_minutes = SimDuration::from_min(10);
    let long = crash(ten_minutes);
    let waiting = long.pick(|event| match event.kind {
        EventKind::CrashLoopBackOff { pods, longest } => Some((pods, longest)),
        _ => None,
    });
    assert_eq!(waiting.len(), 1);
    let (at, (pods, longest)) = waiting[0];
    assert!((at - 600.0).abs() < 1e-9 && pods > 0, "{waiting:?}");
    let back = ready(&long);
    let last = 600.0 + longest.as_s_f64();
    assert!((last..last + 31.0).contains(&back), "{back}, {longest}");
    assert!(longest <= SimDuration::from_s(300));
    let replaced = long.times(|it| matches!(it, EventKind::NodesLaunched { .. }));
    assert!(replaced.is_empty(), "nobody replaces a pod that crashes");
}

/// A lost node that Cluster Autoscaler would give back is replaced by its group, as any
/// other: the group does not become smaller as well.
#[test]
fn a_node_lost_on_its_way_out_is_replaced_once() {
    let mut parts = on_a_group(unscaled(None));
    edit(&mut parts, "api", deployment, |it| it.replicas = 6);
    edit(&mut parts, "nodes", node_group, |it| {
        it.min_nodes = Some(3);
        it.max_nodes = Some(6);
    });
    let mut design = design(&["a", "c", "d"], parts);
    // Late enough for the fixture, which tells times from its fault's.
    design
        .architecture
        .kubernetes
        .cluster_autoscaler
        .scale_down_unneeded_time = SimDuration::from_min(65);
    let chosen = |played: &Played| {
        let first = played.times(|it| matches!(it, EventKind::NodesUnneeded { .. }));
        *first.first().expect("a node is given back")
    };
    let undisturbed = chosen(&Played::new(&design, &Tape::default()));
    // Within the 50 s for which a node without an instance still counts as Ready.
    let at = (FAULT.as_s_f64() + undisturbed - 30.0) as u64;
    let played = Played::new(
        &design,
        &tape(FaultKind::NodeLoss {
            at: SimDuration::from_s(at),
            pool: "nodes".to_string(),
            zone: None,
            nodes: IntOrPercent::Percent(Ratio::ONE),
        }),
    );
    let given_back = played.times(|it| {
        matches!(
            it,
            EventKind::NodesRemoved {
                reason: NodeRemoval::Unneeded,
                ..
            }
        )
    });
    let launched = played.pick(|event| match event.kind {
        EventKind::GroupLaunches { nodes, .. } => Some(nodes),
        _ => None,
    });
    let launched: u32 = launched.into_iter().map(|(_, nodes)| nodes).sum();
    assert_eq!(launched, 6, "each is replaced");
    assert!(
        given_back.iter().all(|at| *at > undisturbed + 600.0),
        "{given_back:?}"
    );
}

/// Two minutes bound what Cluster Autoscaler tries, not how long pods take to end: for that it
/// waits up to 600 s, which is also the longest grace period that it gives a pod.
#[test]
fn cluster_autoscaler_waits_for_pods_that_take_long_to_end() {
    let lasted = |grace_min: u64| {
        let mut parts = on_a_group(unscaled(None));
        edit(&mut parts, "api", deployment, |it| {
            it.replicas = 6;
            it.termination_grace_period = SimDuration::from_min(grace_min);
        });
        edit(&mut parts, "nodes", node_group, |it| {
            it.min_nodes = Some(3);
            it.max_nodes = Some(6);
        });
        let mut design = design(&["a", "c", "d"], parts);
        let flags = &mut design.architecture.kubernetes.cluster_autoscaler;
        // Late enough for the fixture, which tells times from its fault's.
        flags.scale_down_unneeded_time = SimDuration::from_min(65);
        let played = Played::new(&design, &Tape::default());
        let ended = played.pick(|event| match event.kind {
            EventKind::DrainEnded {
                outcome, lasted, ..
            } => Some((outcome, lasted)),
            _ => None,
        });
        ended.first().expect("a node is drained").1
    };
    let emptied = |minutes| (DrainOutcome::Emptied, SimDuration::from_min(minutes));
    assert_eq!(lasted(1), emptied(1));
    assert_eq!(lasted(5), emptied(5));
    assert_eq!(lasted(20), emptied(10));
}
