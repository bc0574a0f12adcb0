//! Cluster Autoscaler and what pods ask of nodes besides room: it asks the scheduler's own filters,
//! and takes no notice of pods that are nominated or expendable.
//!
//! An m6i.large holds three pods of 500m.

use tradewind::model::{
    CapacityType, Component, Deployment, FaultKind, NodeAffinity, NodeGroup, PodAffinity, Taint,
    TaintEffect, Tape, TopologyKey, Triangular,
};
use tradewind::sim::event::{EventKind, NodeRemoval};
use tradewind::sim::{self, Event, Experiment};
use tradewind::units::{Cpu, IntOrPercent, Ratio};

use super::fixture::{FAULT, deployment, design, edit, load, parts, plan, tape, zone};

fn group() -> NodeGroup {
    NodeGroup {
        nodes: 3,
        min_nodes: Some(1),
        max_nodes: Some(20),
        ..NodeGroup::default()
    }
}

fn only_on_its_own_host(it: &mut Deployment) {
    it.pod_anti_affinity = vec![PodAffinity {
        topology_key: TopologyKey::Hostname,
        ..PodAffinity::default()
    }];
}

/// All events of a run of three hours with so many pods of the API throughout.
fn events(
    replicas: u32,
    group: NodeGroup,
    change: impl FnOnce(&mut Deployment),
    batch: Option<Deployment>,
    tape: &Tape,
    replication: u32,
) -> Vec<Event> {
    let mut parts = parts();
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    edit(&mut parts, "api", deployment, |it| {
        it.replicas = replicas;
        it.hpa = None;
        change(it);
    });
    if let Some(batch) = batch {
        parts.insert("batch".to_string(), Component::Deployment(batch));
    }
    let design = design(&["a", "c", "d"], parts);
    let (load, plan) = (load(100.0), plan());
    let log = sim::run(&Experiment::new(&design, &load, tape, &plan, replication));
    log.events
}

fn raises(events: &[Event]) -> Vec<(u32, u32)> {
    let raised = events.iter().filter_map(|it| match it.kind {
        EventKind::GroupRaised { from, to, .. } => Some((from, to)),
        _ => None,
    });
    raised.collect()
}

/// Nodes that were given back because nobody needed them.
fn given_back(events: &[Event]) -> u32 {
    let gone = events.iter().filter_map(|it| match it.kind {
        EventKind::NodesRemoved {
            nodes,
            reason: NodeRemoval::Unneeded,
        } => Some(nodes),
        _ => None,
    });
    gone.sum()
}

/// Six of nine pods have no node, and a new node takes one: six nodes in one look, where room
/// alone would say two.
#[test]
fn pods_that_want_a_node_each_get_as_many_nodes_at_once() {
    let calm = Tape::default();
    let raised = |change: fn(&mut Deployment)| {
        let events = events(9, group(), change, None, &calm, 0);
        raises(&events)
    };
    assert_eq!(raised(only_on_its_own_host), [(3, 9)]);
    assert_eq!(raised(|it| it.host_port = Some(8080)), [(3, 9)]);
}

/// A node that pods may not run on helps them nothing, however many there are.
#[test]
fn no_node_is_bought_that_pods_may_not_run_on() {
    #[track_caller]
    fn check(group: NodeGroup, change: fn(&mut Deployment)) {
        let events = events(9, group, change, None, &Tape::default(), 0);
        assert_eq!(raises(&events), []);
        let refused = |it: &Event| matches!(it.kind, EventKind::GroupsRefused { .. });
        assert!(events.iter().any(refused), "and says so");
    }
    let tainted = NodeGroup {
        taints: vec![Taint {
            key: "gpu".to_string(),
            value: None,
            effect: TaintEffect::NoSchedule,
        }],
        ..group()
    };
    check(tainted, |_| ());
    let elsewhere = NodeGroup {
        zones: Some(vec![zone("c"), zone("d")]),
        ..group()
    };
    check(elsewhere, |it| {
        it.node_affinity = vec![NodeAffinity {
            zones: Some(vec![zone("a")]),
            ..NodeAffinity::default()
        }];
    });
    check(group(), |it| {
        it.node_affinity = vec![NodeAffinity {
            capacity_type: Some(CapacityType::Spot),
            ..NodeAffinity::default()
        }];
    });
}

/// A group over three zones is judged by one node; another look takes a node of another zone.
#[test]
fn a_wish_for_one_zone_is_met_by_a_later_look() {
    for replication in 0..3 {
        let only_a = |it: &mut Deployment| {
            it.node_affinity = vec![NodeAffinity {
                zones: Some(vec![zone("a")]),
                ..NodeAffinity::default()
            }];
        };
        let events = events(9, group(), only_a, None, &Tape::default(), replication);
        assert!(!raises(&events).is_empty(), "run {replication}");
    }
}

/// Three nodes, a quarter used each, with a pod that no other node would take.
#[test]
fn nodes_stay_whose_pods_fit_nowhere_else() {
    let calm = Tape::default();
    let gone = |change: fn(&mut Deployment)| {
        let events = events(3, group(), change, None, &calm, 0);
        (given_back(&events), raises(&events).len())
    };
    assert_eq!(gone(only_on_its_own_host), (0, 0));
    assert_eq!(gone(|it| it.host_port = Some(8080)), (0, 0));
    assert_eq!(gone(|_| ()), (2, 0), "without such a rule one node will do");
}

/// A node is lost, and the API takes the room of a batch job. Its pods wait for their victims to
/// end and need no node; those of the batch job do, unless they are expendable.
#[test]
fn only_the_victims_of_a_preemption_need_a_node() {
    let asked_for = |priority: i32| {
        let loss = tape(FaultKind::NodeLoss {
            at: FAULT,
            pool: "nodes".to_string(),
            zone: Some(zone("a")),
            nodes: IntOrPercent::Percent(Ratio::ONE),
        });
        let group = NodeGroup {
            replacement_time: Triangular::from_s(36_000, 36_000, 36_000),
            ..group()
        };
        let batch = Deployment {
            replicas: 3,
            runs_on: "nodes".into(),
            priority,
            ..Deployment::default()
        };
        let urgent = |it: &mut Deployment| it.priority = 1000;
        let events = events(6, group, urgent, Some(batch), &loss, 0);
        let preempted = |it: &Event| matches!(it.kind, EventKind::PodsPreempted { .. });
        assert!(events.iter().any(preempted));
        let pods = events.iter().filter_map(|it| match it.kind {
            EventKind::GroupRaised { pods, .. } => Some(pods),
            _ => None,
        });
        pods.collect::<Vec<_>>()
    };
    assert_eq!(asked_for(-11), [0_u32; 0]);
    assert_eq!(asked_for(-10), [3], "the lost one and the two victims");
}

/// The one pod of the batch job fills a node beside one of the API's three, and would fit nowhere
/// else.
#[test]
fn expendable_pods_hold_no_node_back() {
    let gone = |priority: i32| {
        let batch = Deployment {
            replicas: 1,
            runs_on: "nodes".into(),
            cpu_request: Cpu::from_millis(1300),
            priority,
            ..Deployment::default()
        };
        let two = NodeGroup {
            nodes: 2,
            ..group()
        };
        let events = events(3, two, |_| (), Some(batch), &Tape::default(), 0);
        (given_back(&events), raises(&events).len())
    };
    assert_eq!(gone(-10), (0, 0));
    assert_eq!(gone(-11), (1, 0), "nor is a node bought for it then");
}
