//! Cluster Autoscaler: what it does when, held to the timelines of its own documents and to
//! published measurements.
//!
//! A pod requests 500m, and an m6i.large holds three. What a pod serves is bounded by CPU only, so
//! that the HPA sees at once how many are needed. The load stands at 540 requests per second, 60 %
//! of nine pods, and trebles where a test says so: 27 pods, nine nodes.

use tradewind::model::{
    ById, ClusterAutoscaler, Component, Design, HorizontalPodAutoscaler, Load, LoadNoise,
    NodeGroup, OneOrList, Spike, Tape, TopologySpread, Triangular, WhenUnsatisfiable,
};
use tradewind::sim::event::{EventKind, GroupFailure, NodeRemoval};
use tradewind::sim::{self, Experiment};
use tradewind::units::{Ratio, SimDuration};

use super::fixture::{
    FAULT, OUTAGE, Played, check_between, deployment, design, edit, ids, load, parts, plan,
    power_loss, zone,
};

/// Instances that are there at once, so that only what else takes time is seen.
const AT_ONCE: Triangular = Triangular::from_s(0, 0, 0);

/// The parts of the fixture with pods that never run out of threads.
fn roomy_parts() -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| it.servers = 64);
    parts
}

fn group() -> NodeGroup {
    NodeGroup {
        nodes: 3,
        min_nodes: Some(3),
        max_nodes: Some(20),
        ..NodeGroup::default()
    }
}

fn on_group(zones: &[&str], group: NodeGroup, flags: ClusterAutoscaler) -> Design {
    let mut parts = roomy_parts();
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    let mut design = design(zones, parts);
    design.architecture.kubernetes.cluster_autoscaler = flags;
    design
}

/// The same without an HPA: so many pods throughout.
fn steady(zones: &[&str], group: NodeGroup, replicas: u32) -> Design {
    let mut parts = roomy_parts();
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    edit(&mut parts, "api", deployment, |it| {
        it.replicas = replicas;
        it.hpa = None;
    });
    design(zones, parts)
}

fn hpa(part: &mut Component) -> Option<&mut HorizontalPodAutoscaler> {
    deployment(part)?.hpa.as_mut()
}

/// Three times the load from one hour on, for a time.
fn trebled(hold: SimDuration) -> Load {
    let spike = Spike {
        at: FAULT,
        factor: 3.0,
        ramp_up: SimDuration::ZERO,
        hold,
        ramp_down: SimDuration::ZERO,
    };
    Load {
        spikes: ids([("spike", spike)]),
        noise: LoadNoise {
            cv: Ratio::ZERO,
            ..LoadNoise::default()
        },
        ..load(540.0)
    }
}

fn played(design: &Design, load: &Load, replication: u32) -> Played {
    let log = sim::run(&Experiment::new(
        design,
        load,
        &Tape::default(),
        &plan(),
        replication,
    ));
    Played { log }
}

fn raises(played: &Played) -> Vec<f64> {
    played.times(|it| matches!(it, EventKind::GroupRaised { .. }))
}

/// Seconds from the load step until every pod that is wanted is ready.
fn all_ready(played: &Played) -> f64 {
    let full = played.pick(|event| match event.kind {
        EventKind::PodsReady { ready, desired, .. } if ready == desired && ready >= 24 => Some(()),
        _ => None,
    });
    full.first().map_or(f64::INFINITY, |(at, ())| *at)
}

/// How long each group of pods that could not be placed waited for a size to be raised.
fn reactions(played: &Played) -> Vec<f64> {
    let raises = raises(played);
    let pending = played.times(|it| matches!(it, EventKind::PodsPending { .. }));
    let answered = pending.iter().filter_map(|at| {
        raises
            .iter()
            .map(|raise| raise - at)
            .find(|after| *after >= 0.0)
    });
    answered.collect()
}

/// Facts: scan of 10 s at most, then the Auto Scaling group's 10 to 60 s, then 30 to 100 s until
/// nodes are Ready; "2 to 5 min end to end" with the HPA before and the pods' start after.
#[test]
fn nodes_come_after_a_scan_the_group_and_the_launch() {
    let design = on_group(&["a", "c", "d"], group(), ClusterAutoscaler::default());
    let played = played(&design, &trebled(SimDuration::from_h(1)), 0);
    let reactions = reactions(&played);
    assert!(!reactions.is_empty());
    for after in &reactions {
        assert!(*after <= 10.0, "{reactions:?}");
    }
    let raised = raises(&played)[0];
    let launched = played.times(|it| matches!(it, EventKind::GroupLaunches { .. }));
    check_between(
        "the group launches",
        &launched[..1],
        raised + 10.0,
        raised + 60.0,
    );
    let ready = played.times(|it| matches!(it, EventKind::NodesReady { .. }));
    check_between(
        "first nodes",
        &ready[..1],
        launched[0] + 30.0,
        launched[0] + 160.0,
    );
    check_between("all pods", &[all_ready(&played)], 90.0, 300.0);
}

/// Published (Cluster Autoscaler FAQ): pending to request 5 s on average below 100 nodes and 15 s
/// below 1,000; a simulation should be within a factor of two. Here a look takes no time, and
/// nearly all of the wait is that a burst of pods is left for the look after the next.
#[test]
fn it_reacts_as_fast_as_its_authors_say() {
    let mean_of = |flags: ClusterAutoscaler| {
        let design = on_group(&["a", "c", "d"], group(), flags);
        let load = trebled(SimDuration::from_h(1));
        let all: Vec<f64> = (0..8)
            .flat_map(|replication| reactions(&played(&design, &load, replication)))
            .collect();
        assert!(
            all.len() >= 8 && all.iter().all(|after| *after <= 30.0),
            "{all:?}"
        );
        all.iter().sum::<f64>() / all.len() as f64
    };
    let frequent = mean_of(ClusterAutoscaler::default());
    assert!(
        (7.5..=10.0).contains(&frequent),
        "{frequent} s, both means within a factor of two"
    );
    let by_timer = mean_of(ClusterAutoscaler {
        frequent_loops_enabled: false,
        ..ClusterAutoscaler::default()
    });
    assert!(
        (2.5..=10.0).contains(&by_timer),
        "{by_timer} s, that of small clusters"
    );
}

/// Published (FAQ, on GCE): HPA usually about 1 min, the autoscaler less than 30 s, a node 3 to
/// 4 min, about 5 min in all.
#[test]
fn on_nodes_of_four_minutes_a_load_step_takes_about_five() {
    let slow = NodeGroup {
        launch_time: Triangular::from_s(180, 210, 240),
        asg_time: AT_ONCE,
        ..group()
    };
    let design = on_group(&["a", "c", "d"], slow, ClusterAutoscaler::default());
    let load = trebled(SimDuration::from_h(1));
    let mut all: Vec<f64> = (0..5)
        .map(|replication| all_ready(&played(&design, &load, replication)))
        .collect();
    all.sort_by(f64::total_cmp);
    assert!((240.0..=360.0).contains(&all[2]), "median of {all:?} s");
}

/// Published (EKS best practices): a scan interval of 60 s instead of 10 s makes a scale-up with
/// a launch of 2 min up to (120 + 60) / (120 + 10) = 1.385 times as long.
#[test]
fn a_long_scan_interval_costs_what_it_adds() {
    let waited = |scan_s: u64| {
        let group = NodeGroup {
            launch_time: Triangular::from_s(120, 120, 120),
            asg_time: AT_ONCE,
            ..group()
        };
        let flags = ClusterAutoscaler {
            scan_interval: SimDuration::from_s(scan_s),
            ..ClusterAutoscaler::default()
        };
        // One burst: the HPA goes to its maximum at once, and no pod comes after.
        let mut parts = roomy_parts();
        parts.insert("nodes".to_string(), Component::NodeGroup(group));
        edit(&mut parts, "api", hpa, |it| it.max_replicas = 12);
        let mut design = design(&["a", "c", "d"], parts);
        design.architecture.kubernetes.cluster_autoscaler = flags;
        let played = played(&design, &trebled(SimDuration::from_h(1)), 0);
        let pending = played.times(|it| matches!(it, EventKind::PodsPending { .. }));
        let raised = raises(&played)[0];
        raised - pending[0] + 120.0
    };
    let ratio = waited(60) / waited(10);
    assert!((ratio - 180.0 / 130.0).abs() < 0.01, "{ratio}");
}

/// Published (FAQ): a node goes when it was below half of its allocatable for 10 min, nodes with
/// pods one at a time. The clock starts when the HPA has let pods go and they have ended (30 s):
/// every node then has one of its three pods left.
#[test]
fn nodes_that_are_not_needed_go_after_ten_minutes_one_by_one() {
    let design = on_group(&["a", "c", "d"], group(), ClusterAutoscaler::default());
    let played = played(&design, &trebled(SimDuration::from_min(20)), 0);
    let scaled_down = played.pick(|event| match event.kind {
        EventKind::HpaScaled { from, to, .. } if to < from => Some(to),
        _ => None,
    });
    let (let_go, _) = scaled_down.last().expect("the HPA lets pods go");
    let chosen = played.pick(|event| match event.kind {
        EventKind::NodesUnneeded {
            nodes,
            pods,
            unneeded_for,
            ..
        } => Some((nodes, pods, unneeded_for.as_s_f64())),
        _ => None,
    });
    let (first, _) = chosen[0];
    check_between(
        "the first node goes",
        &[first],
        let_go + 600.0,
        let_go + 660.0,
    );
    let drained: Vec<_> = chosen
        .iter()
        .filter(|(_, (_, pods, _))| *pods > 0)
        .collect();
    assert!(drained.len() >= 3, "{chosen:?}");
    for (_, (nodes, _, unneeded_for)) in &drained {
        assert_eq!(*nodes, 1, "one at a time");
        assert!(*unneeded_for > 600.0, "{chosen:?}");
    }
    for pair in drained.windows(2) {
        // Five seconds of taint, thirty of grace.
        assert!(
            pair[1].0 - pair[0].0 >= 35.0,
            "the next waits for it: {drained:?}"
        );
    }
    let left: u32 = played
        .pick(|event| match event.kind {
            EventKind::NodesRemoved {
                nodes,
                reason: NodeRemoval::Unneeded,
            } => Some(nodes),
            _ => None,
        })
        .into_iter()
        .map(|(_, nodes)| nodes)
        .sum();
    assert!(left >= 5, "nine nodes become three or four, {left} went");
}

/// Facts: losing one of two zones leaves 50 % unready, more than 45 % and more than three nodes:
/// nothing is scaled until enough are back. Losing one of three leaves 33 %.
#[test]
fn losing_one_of_two_zones_stops_it_and_one_of_three_does_not() {
    let lost = |zones: &[&str], nodes: u32| {
        let group = NodeGroup { nodes, ..group() };
        let design = steady(zones, group, 3 * nodes);
        Played::new(&design, &power_loss("a"))
    };
    let halted = |played: &Played| {
        played.pick(|event| match event.kind {
            EventKind::AutoscalerHalted {
                unready,
                registered,
                ..
            } => Some((unready, registered)),
            _ => None,
        })
    };
    let two = lost(&["a", "c"], 8);
    let halts = halted(&two);
    assert_eq!(halts.len(), 1, "{halts:?}");
    assert_eq!(halts[0].1, (4, 8));
    check_between("it stops after the grace period", &[halts[0].0], 50.0, 60.0);
    let resumed = two.times(|it| matches!(it, EventKind::AutoscalerResumed { .. }));
    let outage_s = OUTAGE.as_s_f64();
    check_between(
        "nodes are back",
        &resumed,
        outage_s + 60.0,
        outage_s + 310.0,
    );
    let early = raises(&two).into_iter().filter(|at| *at < outage_s);
    assert_eq!(early.count(), 0);

    let three = lost(&["a", "c", "d"], 12);
    assert!(halted(&three).is_empty());
    // Pods are replaced from 350 s on, a node's every 10 s; each burst waits for a look.
    check_between("it goes on", &raises(&three)[..1], 350.0, 370.0);
}

/// Facts: back-off of 5 min, doubled up to 30 min. A group in a dark zone finds no capacity; the
/// autoscaler reads so within a minute of the group's attempt.
#[test]
fn a_group_without_capacity_is_left_alone_longer_each_time() {
    let zones = Some(vec![zone("a")]);
    let mut parts = roomy_parts();
    let scaled = NodeGroup { zones, ..group() };
    let fixed = NodeGroup {
        zones: Some(vec![zone("c")]),
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(scaled));
    parts.insert("others".to_string(), Component::NodeGroup(fixed));
    edit(&mut parts, "api", deployment, |it| it.hpa = None);
    let played = Played::new(&design(&["a", "c"], parts), &power_loss("a"));
    let backoffs = played.pick(|event| match event.kind {
        EventKind::GroupBackedOff {
            because: GroupFailure::NoCapacity,
            backoff,
            ..
        } => Some(backoff.whole_s() / 60),
        _ => None,
    });
    let lengths: Vec<u64> = backoffs.iter().map(|(_, minutes)| *minutes).collect();
    assert_eq!(lengths, [5, 10, 20], "{backoffs:?}");
    // Pods pending at 350 s, a look 10 s later, the group's turn, the minute of reading.
    check_between("the first failure", &[backoffs[0].0], 370.0, 490.0);
    let gap = backoffs[1].0 - backoffs[0].0;
    assert!((300.0..=450.0).contains(&gap), "{gap} s");
}

/// A group over several zones turns to the others when one has no capacity.
#[test]
fn a_group_turns_to_the_zones_that_are_left() {
    let group = NodeGroup {
        nodes: 12,
        ..group()
    };
    let played = Played::new(&steady(&["a", "c", "d"], group, 36), &power_loss("a"));
    let failed = played.pick(|event| match event.kind {
        EventKind::GroupLaunchFailed { nodes, .. } => Some((event.zone, nodes)),
        _ => None,
    });
    assert!(
        failed
            .iter()
            .all(|(_, (zone, _))| zone.is_some_and(|it| it.0 == 0)),
        "{failed:?}"
    );
    let launched = played.pick(|event| match event.kind {
        EventKind::GroupLaunches { nodes, .. } => Some((event.zone, nodes)),
        _ => None,
    });
    let n_launched: u32 = launched.iter().map(|(_, (_, nodes))| nodes).sum();
    assert_eq!(n_launched, 4, "{launched:?}");
    assert!(
        launched
            .iter()
            .all(|(_, (zone, _))| zone.is_some_and(|it| it.0 > 0))
    );
}

/// A strict spread is judged in one zone, the template's: a group over three zones grows by one
/// pod's worth where many pods wait. That is why one group per zone is advised.
#[test]
fn a_strict_spread_over_zones_makes_a_group_grow_step_by_step() {
    let grown_to = |when_unsatisfiable: WhenUnsatisfiable| {
        let mut parts = roomy_parts();
        parts.insert("nodes".to_string(), Component::NodeGroup(group()));
        edit(&mut parts, "api", deployment, |it| {
            it.topology_spread = Some(OneOrList::one(TopologySpread {
                when_unsatisfiable,
                ..TopologySpread::default()
            }));
        });
        let design = design(&["a", "c", "d"], parts);
        let played = played(&design, &trebled(SimDuration::from_h(1)), 0);
        let sizes = played.pick(|event| match event.kind {
            EventKind::GroupRaised { from, to, .. } => Some((from, to)),
            _ => None,
        });
        let within = sizes.into_iter().filter(|(at, _)| *at < 300.0);
        within.map(|(_, sizes)| sizes).collect::<Vec<_>>()
    };
    let strict = grown_to(WhenUnsatisfiable::DoNotSchedule);
    assert!(strict.iter().all(|(from, to)| to - from == 1), "{strict:?}");
    assert!(strict.last().is_some_and(|(_, to)| *to < 9), "{strict:?}");
    let lenient = grown_to(WhenUnsatisfiable::ScheduleAnyway);
    assert!(
        lenient.last().is_some_and(|(_, to)| *to >= 9),
        "{lenient:?}"
    );
}

/// The advice of the EKS best practices: one group per zone, and balancing among them.
#[test]
fn one_group_per_zone_grows_evenly_when_told_to_balance() {
    let sizes = |balance_similar_node_groups: bool| {
        let mut parts = roomy_parts();
        parts.remove("nodes");
        for name in ["a", "c", "d"] {
            let one = NodeGroup {
                zones: Some(vec![zone(name)]),
                nodes: 1,
                min_nodes: Some(1),
                ..group()
            };
            parts.insert(format!("nodes-{name}"), Component::NodeGroup(one));
        }
        edit(&mut parts, "api", deployment, |it| {
            let names = ["nodes-a", "nodes-c", "nodes-d"];
            it.runs_on = OneOrList(names.map(str::to_string).to_vec());
        });
        let mut design = design(&["a", "c", "d"], parts);
        let flags = &mut design.architecture.kubernetes.cluster_autoscaler;
        flags.balance_similar_node_groups = balance_similar_node_groups;
        let played = played(&design, &trebled(SimDuration::from_h(1)), 0);
        let raised = played.pick(|event| match event.kind {
            EventKind::GroupRaised { to, .. } => Some((event.entity.clone(), to)),
            _ => None,
        });
        ["nodes-a", "nodes-c", "nodes-d"].map(|id| {
            let of_group = raised.iter().filter(|(_, (entity, _))| entity == id);
            of_group.map(|(_, (_, to))| *to).max().unwrap_or(1)
        })
    };
    let balanced = sizes(true);
    let bounds = |sizes: [u32; 3]| {
        let most = sizes.into_iter().max().unwrap_or(0);
        (sizes.into_iter().min().unwrap_or(0), most)
    };
    let (fewest, most) = bounds(balanced);
    assert!(balanced.iter().sum::<u32>() >= 9, "{balanced:?}");
    assert!(most - fewest <= 1, "{balanced:?}");
    let by_lot = sizes(false);
    let (fewest, most) = bounds(by_lot);
    assert!(most - fewest > 1, "{by_lot:?}");
}

/// Published: blogs put Karpenter at 45 to 90 s and Cluster Autoscaler at 3 to 5 min, one
/// benchmark on AKS at 78 s against 348 s, a ratio of about 4.5. On EKS both wait for the same EC2
/// launch, so what is left between them here is the look and the Auto Scaling group: 20 to 70 s.
/// The published ratio needs nodes that take minutes longer by way of a scaling group.
#[test]
fn against_karpenter_it_loses_its_look_and_the_groups_time() {
    let load = trebled(SimDuration::from_h(1));
    let group = on_group(&["a", "c", "d"], group(), ClusterAutoscaler::default());
    let pool = design(&["a", "c", "d"], roomy_parts());
    for replication in 0..4 {
        let by_group = all_ready(&played(&group, &load, replication));
        let by_pool = all_ready(&played(&pool, &load, replication));
        let later = by_group - by_pool;
        assert!(
            (10.0..=110.0).contains(&later),
            "{by_group} s against {by_pool} s"
        );
    }
}
