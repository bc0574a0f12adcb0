//! Pause pods: pods of low priority that hold a spare node until somebody needs it.
//!
//! Published (EKS best practices, Cluster Autoscaler, overprovisioning): when a new node is needed
//! every 30 s and takes 30 s to come, one spare node takes 30 s of scheduling delay away.

use std::collections::BTreeMap;

use tradewind::model::{
    ById, Component, Deployment, HorizontalPodAutoscaler, Load, NodeGroup, Spike, Tape, Triangular,
};
use tradewind::sim::world::PodPhase;
use tradewind::sim::{Experiment, Simulation};
use tradewind::units::{Cpu, Ratio, SimDuration};

use super::fixture::{FAULT, deployment, design, edit, ids, parts, plan, steady};

/// A node has room for three pods of the API. One that is asked for is there 20 s after Cluster
/// Autoscaler's look, which comes every 10 s.
fn platform(pause_pods: u32) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.servers = 64;
        it.priority = 1000;
        it.hpa = Some(HorizontalPodAutoscaler {
            min_replicas: 9,
            max_replicas: 60,
            target_cpu_utilization: Ratio::new(0.6),
            ..HorizontalPodAutoscaler::default()
        });
    });
    let pause = Deployment {
        replicas: pause_pods,
        runs_on: "nodes".into(),
        // As much as three pods of the API: one holds a node.
        cpu_request: Cpu::from_millis(1500),
        termination_grace_period: SimDuration::ZERO,
        ..Deployment::default()
    };
    let group = NodeGroup {
        nodes: 3 + pause_pods,
        min_nodes: Some(3),
        max_nodes: Some(40),
        launch_time: Triangular::from_s(20, 20, 20),
        asg_time: Triangular::from_s(0, 0, 0),
        ..NodeGroup::default()
    };
    if pause_pods > 0 {
        parts.insert("pause".to_string(), Component::Deployment(pause));
    }
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    parts
}

/// The load rises to five times within eight minutes: 36 more pods, a node every 40 s.
fn rising() -> Load {
    let rise = Spike {
        at: FAULT,
        factor: 5.0,
        ramp_up: SimDuration::from_min(8),
        hold: SimDuration::from_h(1),
        ramp_down: SimDuration::ZERO,
    };
    Load {
        spikes: ids([("rise", rise)]),
        ..steady(540.0)
    }
}

/// How long each pod of the API waited for a node, in seconds; pods that never waited are left out.
fn waits(pause_pods: u32) -> Vec<f64> {
    let design = design(&["a", "c", "d"], platform(pause_pods));
    let (load, tape, plan) = (rising(), Tape::default(), plan());
    let mut simulation = Simulation::new(&Experiment::new(&design, &load, &tape, &plan, 0));
    let workloads = &simulation.control().world.workloads;
    let api = workloads.iter().position(|it| it.id == "api");
    let api = api.expect("the API is a workload");
    let (mut since, mut waits) = (BTreeMap::new(), Vec::new());
    while simulation.step() {
        let now = simulation.now();
        for (at, pod) in simulation.control().world.pods.iter().enumerate() {
            if pod.workload == api && pod.phase == PodPhase::Pending {
                since.entry(at).or_insert(now);
            } else if let Some(begin) = since.remove(&at) {
                waits.push(now.since(begin).as_s_f64());
            }
        }
    }
    assert!(since.is_empty(), "every pod finds its node");
    waits
}

#[test]
fn a_spare_node_takes_the_wait_for_a_node_away() {
    let without = waits(0);
    let with_one = waits(1);
    assert!(
        without.len() >= 10,
        "a pod for each new node waits: {without:?}"
    );
    assert!(
        without.iter().all(|it| (19.0..=31.0).contains(it)),
        "for what a node takes: {without:?}"
    );
    let sum = |waits: &[f64]| waits.iter().sum::<f64>();
    // Two nodes may be needed before the spare one is there again.
    assert!(
        sum(&with_one) <= sum(&without) / 5.0,
        "{with_one:?} {without:?}"
    );
}
