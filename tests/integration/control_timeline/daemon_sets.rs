//! DaemonSets: what one pod on every node costs, and who counts it.
//!
//! An m6i.large offers pods 1930m; a pod of the api requests 500m.

use tradewind::model::{
    ClusterAutoscaler, Component, ConsolidationPolicy, DaemonSet, FaultKind, Kubernetes, NodeGroup,
    Taint, TaintEffect, Tape, Toleration,
};
use tradewind::sim::event::{EventKind, NodeRemoval};
use tradewind::sim::run_log::Meter;
use tradewind::units::{ByteSize, Cpu, SimDuration};

use super::fixture::{FAULT, Played, deployment, design_with, edit, ids, node_pool, parts, tape};

const ZONES: [&str; 3] = ["a", "c", "d"];

fn daemon(millis: u32) -> DaemonSet {
    DaemonSet {
        cpu_request: Cpu::from_millis(millis),
        memory_request: ByteSize::from_bytes(64 << 20),
        ..DaemonSet::default()
    }
}

fn cluster(daemon: DaemonSet) -> Kubernetes {
    Kubernetes {
        daemon_sets: ids([("agent", daemon)]),
        ..Kubernetes::default()
    }
}

/// Node-hours within three hours of nine pods on Karpenter's nodes, which carry a taint that the
/// api tolerates.
fn node_hours(daemon: DaemonSet) -> f64 {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.tolerations = vec![Toleration::default()];
    });
    edit(&mut parts, "nodes", node_pool, |it| {
        it.taints = vec![Taint {
            key: "team".to_string(),
            value: None,
            effect: TaintEffect::NoSchedule,
        }];
    });
    let played = Played::new(
        &design_with(&ZONES, parts, cluster(daemon)),
        &Tape::default(),
    );
    let usage = &played.log.usage;
    let meters = usage.meters.iter().enumerate();
    let nodes = meters.filter(|(_, it)| matches!(it, Meter::InstanceSeconds { .. }));
    nodes.map(|(at, _)| usage.total(at)).sum::<f64>() / 3600.0
}

#[test]
fn what_runs_on_every_node_makes_karpenter_buy_more_of_them() {
    let everywhere = |millis| DaemonSet {
        tolerations: vec![Toleration::default()],
        ..daemon(millis)
    };
    let hours = |daemon, nodes: f64| {
        let got = node_hours(daemon);
        assert!(
            (got - 3.0 * nodes).abs() < 1e-9,
            "{got} h, not {nodes} nodes"
        );
    };
    hours(everywhere(430), 3.0); // 1500m are left: three pods a node.
    hours(everywhere(431), 6.0); // Two, and three pods in each zone.
    hours(everywhere(931), 9.0); // One.
    hours(daemon(931), 3.0); // It does not tolerate the nodes' taint.
}

#[test]
fn a_node_with_daemons_only_is_empty() {
    let mut parts = parts();
    edit(&mut parts, "nodes", node_pool, |it| {
        it.consolidation_policy = ConsolidationPolicy::WhenEmpty;
    });
    let surge = FaultKind::Surge {
        at: FAULT,
        duration: SimDuration::from_min(20),
        factor: 4.0,
    };
    let design = design_with(&ZONES, parts, cluster(daemon(431)));
    let played = Played::new(&design, &tape(surge));
    let emptied = played.times(|it| {
        let reason = NodeRemoval::Empty;
        matches!(it, EventKind::NodesRemoved { reason: got, .. } if *got == reason)
    });
    assert!(!emptied.is_empty(), "what only daemons run on goes");
}

/// Six nodes of a group with a pod each: nodes that Cluster Autoscaler gives back.
fn given_back(daemon: DaemonSet, ignore: bool) -> u32 {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.replicas = 6;
    });
    let group = NodeGroup {
        nodes: 6,
        min_nodes: Some(3),
        max_nodes: Some(9),
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    let kubernetes = Kubernetes {
        cluster_autoscaler: ClusterAutoscaler {
            ignore_daemonsets_utilization: ignore,
            ..ClusterAutoscaler::default()
        },
        ..cluster(daemon)
    };
    let played = Played::new(&design_with(&ZONES, parts, kubernetes), &Tape::default());
    let events = played.log.events.iter();
    let gone = events.map(|event| match event.kind {
        EventKind::NodesRemoved {
            nodes,
            reason: NodeRemoval::Unneeded,
        } => nodes,
        _ => 0,
    });
    gone.sum()
}

#[test]
fn daemons_keep_nodes_above_the_autoscalers_threshold() {
    // 500m of 1930m are 26 %, with a daemon of 400m 47 %, with one of 500m 52 %.
    assert_eq!(given_back(daemon(0), false), 3);
    assert_eq!(given_back(daemon(400), false), 3);
    assert_eq!(given_back(daemon(500), false), 0);
    // 500m of what is left, 1430m, are 35 %; a node has room for two pods.
    assert_eq!(given_back(daemon(500), true), 3);
    // A node has room for one pod: each has its place, and no other.
    assert_eq!(given_back(daemon(940), true), 0);
}

#[test]
fn new_nodes_of_a_group_have_room_for_what_daemons_leave() {
    let sizes = |millis| {
        let mut parts = parts();
        edit(&mut parts, "api", deployment, |it| {
            it.hpa = None;
            it.replicas = 12;
        });
        let group = NodeGroup {
            nodes: 3,
            min_nodes: Some(3),
            max_nodes: Some(20),
            ..NodeGroup::default()
        };
        parts.insert("nodes".to_string(), Component::NodeGroup(group));
        let design = design_with(&ZONES, parts, cluster(daemon(millis)));
        let played = Played::new(&design, &Tape::default());
        let raised = played.log.events.iter().find_map(|event| match event.kind {
            EventKind::GroupRaised { from, to, pods, .. } => Some((from, to, pods)),
            _ => None,
        });
        raised.expect("pods are pending")
    };
    assert_eq!(sizes(430), (3, 4, 3), "three of twelve, on one node");
    assert_eq!(sizes(431), (3, 6, 6), "six of twelve, two a node");
}
