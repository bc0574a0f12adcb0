//! Storms over ECS services: which deployments are some, and how they scale.

use proptest::prelude::*;

use serde_json::{Value, json};

use super::{Choices, constant_load, zones};
use crate::model::json::FromJson as _;
use crate::model::{
    Architecture, Component, Deployment, Design, Fargate, FaultKind, MetricResolution, OneOrList,
    RunPlan, Tape, TargetTracking, ZoneName,
};
use crate::sim::control::ControlEvent;
use crate::sim::{Experiment, Simulation};
use crate::units::{Ratio, SimDuration};

/// Which deployments of a design are ECS services on Fargate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Services {
    /// None.
    Nothing,
    /// The one that users reach, whose calls go to pods.
    Entry,
    /// All of them.
    Everything,
}

/// Some in one design of four.
pub(super) fn some() -> impl Strategy<Value = Services> {
    prop_oneof![
        6 => Just(Services::Nothing),
        1 => Just(Services::Entry),
        1 => Just(Services::Everything),
    ]
}

fn on_fargate() -> OneOrList<String> {
    OneOrList::one("tasks".to_string())
}

/// Where deployments run that are not told otherwise.
pub(super) fn home(of: &Choices, nodes: OneOrList<String>) -> OneOrList<String> {
    if of.services == Services::Everything {
        on_fargate()
    } else {
        nodes
    }
}

pub(super) fn fargate(of: &Choices) -> Option<(&'static str, Component)> {
    let tasks = Component::Fargate(Fargate {
        zones: Some(zones(of.n_pool_zones)),
        ..Fargate::default()
    });
    (of.services != Services::Nothing).then_some(("tasks", tasks))
}

/// The deployment that users reach, as a service where the design has some.
pub(super) fn or_pods(of: &Choices, api: Deployment) -> Deployment {
    if of.services == Services::Nothing {
        return api;
    }
    let (min, max) = of.scaled.unwrap_or((of.replicas, of.replicas));
    Deployment {
        runs_on: on_fargate(),
        hpa: None,
        topology_spread: None,
        disruption_budget: None,
        replicas: of.replicas.clamp(min, max),
        target_tracking: of.scaled.map(|(min, max)| tracking(of, min, max)),
        ..api
    }
}

/// On CPU, on requests, or on both, with metrics of either resolution.
fn tracking(of: &Choices, min_capacity: u32, max_capacity: u32) -> TargetTracking {
    let (cpu, requests) = match of.seed % 3 {
        0 => (true, true),
        1 => (true, false),
        _ => (false, true),
    };
    TargetTracking {
        min_capacity,
        max_capacity,
        target_cpu_utilization: cpu.then(|| Ratio::new(0.6)),
        target_requests_per_target: requests.then_some(1800),
        metric_resolution: if of.seed.is_multiple_of(2) {
            MetricResolution::High
        } else {
            MetricResolution::Standard
        },
        ..TargetTracking::default()
    }
}

/// Six tasks, nowhere to place those of a lost zone, and load that changes what is wanted.
#[test]
fn one_look_for_capacity_is_pending_at_a_time() {
    let of = |text: Value| Architecture::from_json(&text).expect("well formed");
    let architecture = of(json!({
        "zones": ["a", "c"],
        "components": {
            "users": { "kind": "users", "calls": { "alb": {} } },
            "alb": { "kind": "load_balancer", "routes_to": "api" },
            "api": { "kind": "deployment", "runs_on": "tasks", "replicas": 6 },
            "worker": { "kind": "deployment", "runs_on": "tasks", "replicas": 4 },
            "tasks": { "kind": "fargate" },
        },
    }));
    let (design, _) = Design::resolve("short", architecture);
    let at = SimDuration::from_min(10);
    let shortage = FaultKind::CapacityShortage {
        at,
        duration: SimDuration::from_min(40),
        zone: None,
        instance_types: Vec::new(),
        capacity_type: None,
        share: Ratio::ONE,
    };
    let dark = FaultKind::ZonePowerLoss {
        at,
        duration: SimDuration::from_min(40),
        zone: ZoneName("a".to_string()),
    };
    let faults = [("shortage", shortage), ("zone", dark)];
    let tape = Tape {
        faults: faults
            .map(|(id, it)| (id.to_string(), it))
            .into_iter()
            .collect(),
        ..Tape::default()
    };
    let plan = RunPlan {
        duration: SimDuration::from_h(1),
        ..RunPlan::default()
    };
    let load = constant_load();
    let mut simulation = Simulation::new(&Experiment::new(&design, &load, &tape, &plan, 0));
    let mut most = 0;
    while simulation.step() {
        let mut queue = simulation.control().queue.clone();
        let looks = queue.take_all(|it| *it == ControlEvent::PlaceTasks);
        most = most.max(looks.len());
    }
    assert_eq!(most, 1);
}
